"""Training: one loop for one network or for many at once, with exact resume."""
