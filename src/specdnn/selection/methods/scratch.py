"""A control: the units that `magnitude` keeps, from random initial weights. What the dense network's are worth."""

from specdnn.selection.method import Method
from specdnn.selection.methods.magnitude import ranks

METHOD = Method(ranks, fresh=True)
