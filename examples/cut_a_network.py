"""Cut the network for two classes out of a trained one, and write it as files that run anywhere: FOLDER gets them.

Put your own network in place of the first line, with its weights loaded, and retrain what comes out on your images.
"""

import sys

import torch
import torchvision

import specdnn

if len(sys.argv) != 2:
    sys.exit("python examples/cut_a_network.py FOLDER")

model = torchvision.models.resnet18(weights=None, num_classes=10)  # yours; this one has random weights
cut = specdnn.extract(model, torch.zeros(1, 3, 64, 64), classes=[3, 5], share=0.05)

print(f"{cut.parameters:,} of {cut.dense.parameters:,} parameters stay, and {cut.multiply_accumulates:,} multiply-adds")
print(f"differs from the masked network by {cut.certificate.difference:.0e}")
print(f"logits of one image for classes 3 and 5: {cut.network(torch.zeros(1, 3, 64, 64)).tolist()[0]}")
cut.save(sys.argv[1])
print(f"{sys.argv[1]}: network.safetensors, network.pt2, network.onnx, plan.json, card.md")
