"""Controls of the comparison, which choose nothing: what any small network could do.

scratch   the units that `magnitude` keeps, from random initial weights: what the dense network's are worth
          (its ranking is in `specdnn.methods.weights`)
logistic  one-vs-rest logistic regression on all pixels, 785 parameters whatever the budget
"""

from specdnn.models import IMAGE_SIDE, Architecture, Linear

LOGISTIC = Architecture("logistic", (Linear("pixels", IMAGE_SIDE**2, 1),), rows_counted="kept")
