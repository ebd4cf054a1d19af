"""As `released`, on the calibrated score (`specdnn.selection.rules`)."""

from specdnn.selection.method import Method
from specdnn.selection.methods.magnitude import ranks
from specdnn.selection.reading import keeps_as

METHOD = Method(ranks, keeps=keeps_as("released_calibrated"))
