"""No cut, and no pixel chosen: small networks on the means of squares of pixels, from random weights.

At most as many parameters as SpecDNN's rule keeps for the class, in one hidden layer or without any. They see the whole
image, so there are such beside every network of the study. What the comparison found best on held-out images at that
size (docs/comparison.md, "The recipe").
"""

from specdnn.selection.controls import tiny_coarse
from specdnn.selection.method import Method
from specdnn.selection.methods.magnitude import ranks

METHOD = Method(ranks, takes=("seed",), loss="balanced_squared", shapes=tiny_coarse, all_pixels=True)
