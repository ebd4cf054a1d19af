"""Cutting any network for a set of its classes: its structure, the walk, the widths, the cut and its certificate."""

from specdnn.cutting.cut import Cut, extract, restore

__all__ = ["Cut", "extract", "restore"]
