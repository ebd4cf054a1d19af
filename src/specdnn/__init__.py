"""The library of SpecDNN-Repro: one module a subject, none of them knows Snakemake or params.yaml.

`specdnn.extract` cuts the network for some classes out of any trained one (specdnn.cutting). What the workflow's
scripts use is imported from the rooms. The names here are loaded when asked for, so that no script waits for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specdnn.cutting import Cut, extract, restore

__all__ = ["Cut", "extract", "restore"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("specdnn.cutting"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
