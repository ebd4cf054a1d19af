"""A user's own network and classes: images, networks, specialists of sets of classes, and what they are worth."""
