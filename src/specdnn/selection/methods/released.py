"""SpecDNN's rule as in the released code, with a unit's index where the formula has its rank: `selection.rules`."""

from specdnn.selection.method import Method
from specdnn.selection.methods.magnitude import ranks
from specdnn.selection.reading import keeps_as

METHOD = Method(ranks, keeps=keeps_as("released"))
