"""Which training images the scores are estimated from."""

import numpy as np
import torch


def balanced(labels: np.ndarray, per_class: int, stream: torch.Generator) -> np.ndarray:
    """Indices of `per_class` images of each label that there is, drawn with replacement, in random order."""
    drawn = []
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        drawn.append(places[torch.randint(len(places), (per_class,), generator=stream).numpy()])
    everyone = np.concatenate(drawn)
    return everyone[torch.randperm(len(everyone), generator=stream).numpy()]
