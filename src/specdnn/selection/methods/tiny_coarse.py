"""No cut, and no pixel chosen: small networks on the means of squares of pixels, from random weights.

As many parameters as SpecDNN's rule keeps for the class, in one hidden layer or without any. They see the whole image,
so there are such beside every network of the study.
"""

from specdnn.selection.controls import tiny_coarse
from specdnn.selection.method import Method
from specdnn.selection.methods.magnitude import ranks

METHOD = Method(ranks, takes=("seed",), loss="balanced_cross_entropy", shapes=tiny_coarse, all_pixels=True)
