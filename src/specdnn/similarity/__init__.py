"""Iterative magnitude pruning, and how similar the layers of a pruned network stay to the dense one."""
