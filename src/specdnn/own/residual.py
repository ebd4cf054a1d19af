"""A small residual network with batch norm, for images of 16 to 64 pixels: ResNet-14 in the style of He et al. (2016).

Three stages of two blocks, 16, 32 and 64 channels wide; 174,970 parameters for ten classes of grey images.
"""

from collections.abc import Iterator
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

WIDTHS = (16, 32, 64)
BLOCKS = 2  # a stage


class Block(nn.Module):
    """Two convolutions beside a shortcut; where the size changes, the shortcut is a convolution, too."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride > 1:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """n x inputs x h x w -> n x outputs x h / stride x w / stride"""
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


def _blocks() -> Iterator[Block]:
    for place, (inputs, outputs) in enumerate(pairwise((WIDTHS[0], *WIDTHS))):
        yield Block(inputs, outputs, stride=2 if place else 1)
        yield from (Block(outputs, outputs, stride=1) for _ in range(BLOCKS - 1))


class Residual(nn.Module):
    """n x channels x size x size -> logits, n x classes."""

    def __init__(self, classes: int, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, WIDTHS[0], 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(WIDTHS[0])
        self.blocks = nn.Sequential(*_blocks())
        self.head = nn.Linear(WIDTHS[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(F.relu(self.norm(self.conv(x))))
        return self.head(x.mean(dim=(2, 3)))
