"""The paper's convolutional networks, and what MINT needs of them: activations of their layers, and masks.

Pruned are the convolutions whose input comes from one other convolution alone: in VGG16 all but the first, in a
ResNet those inside a block. A layer's parents are its inputs as it reads them, its children its outputs after batch
normalisation and ReLU, each averaged over the positions of a map.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision import models
from torchvision.models.resnet import BasicBlock, conv1x1

Pairs = dict[str, str]  # name of a convolution that is pruned -> name of the batch normalisation after it


class ResNet56(nn.Module):
    """For 32 x 32 images: three stages of nine basic blocks, 16, 32 and 64 channels wide (He et al. 2016)."""

    def __init__(self, classes: int):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.stages = nn.ModuleList()
        inputs = 16
        for width in (16, 32, 64):
            stride, shortcut = (1, None) if width == inputs else (2, self._shortcut(inputs, width))
            first = BasicBlock(inputs, width, stride, shortcut)
            self.stages.append(nn.Sequential(first, *(BasicBlock(width, width) for _ in range(8))))
            inputs = width
        self.fc = nn.Linear(64, classes)

    @staticmethod
    def _shortcut(inputs: int, outputs: int) -> nn.Module:
        return nn.Sequential(conv1x1(inputs, outputs, 2), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in self.stages:
            x = stage(x)
        return self.fc(x.mean(dim=(2, 3)))


def vgg16(classes: int) -> nn.Module:
    """VGG16 with batch normalisation for 32 x 32 images: its convolutions, and two linear layers of 512 inputs."""
    features = models.vgg16_bn(weights=None).features
    return nn.Sequential(features, nn.Flatten(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, classes))


def resnet50(classes: int) -> nn.Module:
    return models.resnet50(weights=None, num_classes=classes)


MODELS: dict[str, Callable[[int], nn.Module]] = {"vgg16": vgg16, "resnet56": ResNet56, "resnet50": resnet50}


def prunable(network: nn.Module) -> Pairs:
    """The convolutions that MINT prunes, in the order of the network."""
    names = [name for name, module in network.named_modules() if isinstance(module, nn.Conv2d | nn.BatchNorm2d)]
    pairs = dict(zip(names[::2], names[1::2], strict=True))
    if isinstance(network, nn.Sequential):
        return dict(list(pairs.items())[1:])
    inside = ("conv2", "conv3")
    return {conv: norm for conv, norm in pairs.items() if conv.rpartition(".")[2] in inside}


@torch.no_grad()
def activations(
    network: nn.Module, batches: Iterable[Tensor], pairs: Pairs
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Convolution -> (parents, n x inputs; children, n x outputs), float32, for all images of the batches."""
    parents: dict[str, list[Tensor]] = defaultdict(list)
    children: dict[str, list[Tensor]] = defaultdict(list)
    modules = dict(network.named_modules())

    def keep(where: list) -> Callable:
        return lambda maps: where.append(maps.mean(dim=(2, 3)).cpu())

    hooks = []
    for conv, norm in pairs.items():
        seen, made = keep(parents[conv]), keep(children[conv])
        hooks.append(modules[conv].register_forward_pre_hook(lambda _, given, seen=seen: seen(given[0])))
        hooks.append(modules[norm].register_forward_hook(lambda _, __, out, made=made: made(F.relu(out))))
    network.eval()
    for batch in batches:
        network(batch)
    for hook in hooks:
        hook.remove()
    return {conv: (torch.cat(parents[conv]).numpy(), torch.cat(children[conv]).numpy()) for conv in pairs}
