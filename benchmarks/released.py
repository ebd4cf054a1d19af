"""The released training procedure in our own words: what `speed.py` measures the project against.

It decodes and normalises one picture at a time, and it trains a specialist as the whole network behind masks.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from specdnn.data import idx
from specdnn.networks.models import Architecture, Conv
from specdnn.networks.network import Network
from specdnn.training.schedule import Schedule


class Pictures(Dataset):
    """Training images of a dataset as torchvision serves them: a picture and its label, transformed when asked for."""

    def __init__(self, card_path: str | Path, images: int):
        split = idx.load(card_path, "train", images)
        self._pixels, self._labels = split.pixels, split.labels
        normalise = transforms.Normalize((split.mean,), (split.std,))
        self._transform = transforms.Compose([transforms.ToTensor(), normalise])

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(Image.fromarray(self._pixels[index])), int(self._labels[index])


class DenseNetwork(Network):
    """The dense network in the released order of operations: each ReLU on the whole map, then the pooling."""

    def __init__(self, architecture: Architecture):
        super().__init__(architecture)
        self.to(memory_format=torch.contiguous_format)

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.architecture.layers
        for layer in hidden:
            if isinstance(layer, Conv):
                x = F.max_pool2d(F.relu(self.stack[layer.name](x)), layer.pool)
            else:
                x = F.relu(self.stack[layer.name](x.flatten(1)))
        return self.stack[last.name](x)


def train(
    network: nn.Module, pictures: Dataset, loss: Callable[[Tensor, Tensor], Tensor], schedule: Schedule
) -> Iterator[float]:
    """Step after step without end: each `next` trains on one batch and gives its loss.

    loss: takes the logits and the labels (n, 0..9).
    """
    optimiser = torch.optim.SGD(
        network.parameters(), lr=schedule.lr, momentum=schedule.momentum, weight_decay=schedule.weight_decay
    )
    while True:
        for images, labels in DataLoader(pictures, batch_size=schedule.batch_size, shuffle=True):
            optimiser.zero_grad()
            value = loss(network(images), labels)
            value.backward()
            optimiser.step()
            yield value.item()
