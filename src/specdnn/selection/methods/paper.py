"""SpecDNN's rule, read as Algorithm 1 as printed (`specdnn.selection.rules`)."""

from specdnn.selection.method import Method
from specdnn.selection.methods.magnitude import ranks
from specdnn.selection.reading import keeps_as

METHOD = Method(ranks, keeps=keeps_as("paper"))
