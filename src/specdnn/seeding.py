"""Random streams that depend on names alone, never on what ran before."""

import hashlib

import torch


def stream(*names: object) -> torch.Generator:
    """A generator of its own for, say, `("train", 1, "epoch", 7)`: the same names, the same numbers."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big", signed=True))


def make_deterministic(threads: int) -> None:
    """Bit-for-bit repeatable torch on CPU. `threads` is a parameter, since sums split by thread."""
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("error")  # use_deterministic_algorithms would load torch's compiler, too: 1 s
    # A debugging aid that costs a pass over every buffer:
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # torch swaps its class
    torch.backends.cudnn.allow_tf32 = False  # a graphics card's shorter floats; its products have whole ones by default
    torch.set_flush_denormal(True)  # a saturated sigmoid's gradients underflow; denormals cost 100x in time
