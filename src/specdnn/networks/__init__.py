"""Networks: their layers as data, the torch modules made of them, and what is left when only some units are kept."""
