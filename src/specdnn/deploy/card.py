"""A network's model card: what it decides, how it was made, what it is worth, and where it ends."""

MODELS = {"lenet_300_100": "LeNet-300-100", "lenet_5": "LeNet-5"}
PROTOCOLS = {"published": "epochs chosen on the test set", "held_out": "epochs chosen on held-out images"}
