"""What networks are worth: scores, tests between methods, and what gradients and communities say of a dense network."""
