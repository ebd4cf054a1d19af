"""Datasets: where they come from, how they are read, and which images a protocol trains on and chooses by."""

IMAGE_SIDE = 28  # pixels; every dataset of the study has 28 x 28 grey images
CLASSES = 10
