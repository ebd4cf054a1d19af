"""A uniform permutation of the inputs, the same for every C: what choosing well is worth."""

import hashlib

import numpy as np

from specdnn.selection.method import Candidates, Method


def permutation(candidates: Candidates) -> np.ndarray:
    """A permutation of 0..m-1 for this seed, class, layer and draw."""
    names = ["random", candidates.seed, candidates.label, candidates.name]
    names += [candidates.draw] if candidates.draw > 1 else []
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    return generator.permutation(candidates.affinity.shape[1]).astype(np.float64)


METHOD = Method(permutation, takes=("seed",))
