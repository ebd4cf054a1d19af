"""How much groups of units tell of each other: an estimate of mutual information from spanning trees.

Source: Ganesh, Corso and Sekeh, "MINT: Deep Network Compression via Mutual Information-based Neuron Trimming", 2020.
"""
