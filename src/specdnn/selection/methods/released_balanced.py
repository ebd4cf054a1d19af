"""As `released`, trained with both answers weighed alike, and with its threshold chosen on held-out images."""

from specdnn.selection.method import Method
from specdnn.selection.methods.magnitude import ranks
from specdnn.selection.reading import keeps_as

METHOD = Method(ranks, keeps=keeps_as("released"), loss="balanced_cross_entropy")
