"""Print the bytes of memory that networks take at most, beyond what the runtime takes of its own; a process of its own.

    python benchmarks/export_memory.py BATCH_SIZE EMPTY NETWORK...

runs EMPTY, a graph that computes nothing, and counts from there: loading the networks, and a batch through each.
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime


def field(name: str) -> int:
    """A value of /proc/self/status in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(name))


def run(path: str, pixels: np.ndarray) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    session.run(None, {"pixels": pixels})
    return session


pixels = np.zeros((int(sys.argv[1]), 28, 28), np.uint8)
kept = [run(sys.argv[2], pixels)]
Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the peak counts from here
before = field("VmRSS")
kept += [run(path, pixels) for path in sys.argv[3:]]
print(field("VmHWM") - before)
