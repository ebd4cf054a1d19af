"""What a training step costs at least: its floating-point operations, and the rate at which this machine does them."""

import os
import re
import time
from pathlib import Path

import torch

from specdnn.data import IMAGE_SIDE
from specdnn.networks.models import Architecture, Conv

SIDE = 1024  # of the square float32 matrices whose product gives the machine's rate


def machine() -> str:
    """A sentence for the notes of a table of seconds: processor, cores, and the instructions that torch uses."""
    info = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.+)", info.read_text(encoding="utf-8")) if info.exists() else None
    processor = named[1] if named else "unknown processor"
    return f"Machine: {processor}, {os.cpu_count()} cores, {torch.backends.cpu.get_cpu_capability()}."


def multiplications(architecture: Architecture) -> list[int]:
    """Multiply-adds of one image's forward pass, layer by layer."""
    side, counts = IMAGE_SIDE, []
    for layer in architecture.layers:
        positions = 1
        if isinstance(layer, Conv):
            side -= layer.kernel - 1
            positions = side**2
            side //= layer.pool
        counts.append(layer.outputs * layer.inputs * layer.kernel_area * positions)
    return counts


def step_operations(architecture: Architecture, batch_size: int) -> int:
    """Floating-point operations of a training step, a multiply-add being two.

    The outputs, the gradients of the weights, and those of the inputs of every layer but the first; biases,
    activations, pooling, loss and optimiser count nothing.
    """
    first, *others = multiplications(architecture)
    return 2 * batch_size * (2 * first + 3 * sum(others))


def multiply_seconds(threads: int, times: int = 20) -> float:
    """Seconds for one product of two 1024 x 1024 matrices, 2 SIDE^3 operations."""
    torch.set_num_threads(threads)
    left, right, product = torch.randn(3, SIDE, SIDE)
    torch.mm(left, right, out=product)
    start = time.perf_counter()
    for _ in range(times):
        torch.mm(left, right, out=product)
    return (time.perf_counter() - start) / times
