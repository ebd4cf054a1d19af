"""No cut: small networks of one hidden layer on the pixels that SpecDNN's rule ranks first, from random weights.

As many parameters as the rule keeps for the class. For networks whose inputs are pixels.
"""

from specdnn.selection.controls import tiny_networks
from specdnn.selection.method import Method
from specdnn.selection.methods.magnitude import ranks

METHOD = Method(ranks, takes=("seed",), loss="balanced_cross_entropy", shapes=tiny_networks)
