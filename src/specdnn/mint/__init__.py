"""MINT: pruning groups of weights by the conditional mutual information of the units that they connect."""

CONTROLS = ("random", "magnitude")  # methods that score blocks without asking for information
