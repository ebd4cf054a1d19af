"""Which units of a dense network belong with a class: the paper's rules, other methods, and the walk through layers."""
