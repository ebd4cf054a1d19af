"""Training of any network on images as they are: the one loop, with batch norm's statistics among what is kept."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from specdnn import seeding
from specdnn.networks.network import Tensors, logits
from specdnn.own.images import Images
from specdnn.training import loop
from specdnn.training.schedule import Schedule
from specdnn.training.steps import Loss

CHOOSING_BATCH = 500  # images per forward pass where nothing is trained


class Normalised(nn.Module):
    """A network that takes images as they are. The one place where pixels are normalised.

    forward: n x channels x size x size, uint8 -> logits, n x outputs
    """

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, mean: Sequence[float], std: Sequence[float]):
        super().__init__()
        self.network = network
        for name, values in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor(values).view(-1, 1, 1), persistent=False)

    @classmethod
    def of(cls, network: nn.Module, images: Images) -> "Normalised":
        return cls(network, images.mean, images.std)

    def prepared(self, pixels: Tensor) -> Tensor:
        return (pixels.float() / 255 - self.mean) / self.std

    def forward(self, pixels: Tensor) -> Tensor:
        return self.network(self.prepared(pixels))


def tensors(network: nn.Module) -> Tensors:
    """Weights, biases and what batch norm has seen; a copy."""
    return {name: value.detach().cpu().numpy().copy() for name, value in network.state_dict().items()}


def loaded(network: nn.Module, values: Mapping[str, np.ndarray]) -> nn.Module:
    """The network with such tensors, for answers."""
    network.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in values.items()})
    return network.eval()


def answers(module: nn.Module, pixels: Tensor, device: str = "cpu") -> np.ndarray:
    """Logits of all images, n x outputs, float32, as they are without training."""
    was = module.training
    module.eval()
    found = logits(module, pixels.to(device), CHOOSING_BATCH).cpu().numpy()
    module.train(was)
    return found


def feed(pixels: Tensor, targets: Tensor, batch_size: int, most: int | None, order: tuple) -> loop.Feed:
    """Batches of an epoch: so many images of all, others in each. One image alone is left out: it has no variance.

    order: names of the stream that shuffles.
    """
    count = min(most or len(pixels), len(pixels))

    def batches(epoch: int) -> loop.Batches:
        shuffled = torch.randperm(len(pixels), generator=seeding.stream(*order, "epoch", epoch))[:count]
        parts = [part for part in shuffled.to(pixels.device).split(batch_size) if len(part) > 1 or count == 1]
        return loop.taken(pixels, targets, parts)

    return loop.Feed(count, batches)


def fit(
    network: nn.Module,
    images: Images,
    given: tuple[Tensor, Tensor],
    *,
    loss: Loss,
    score: Callable[[np.ndarray], float],
    choosing: Tensor,
    schedule: Schedule,
    order: tuple,
    state: str | Path,
    record: Mapping,
    most: int | None = None,
    device: str = "cpu",
    keep_state: bool = False,
) -> loop.Fit:
    """Train in place. given: pixels and targets; choosing: pixels; score: of their logits, n x outputs -> the epoch's.

    most: images of an epoch. The rest is `loop.fit`'s.
    """
    module = Normalised.of(network, images).to(device)
    pixels, targets = (tensor.to(device) for tensor in given)
    choosing = choosing.to(device)
    return loop.fit(
        module,
        feed(pixels, targets, schedule.batch_size, most, order),
        loss=loss,
        tensors=lambda: [tensors(network)],
        scores=lambda: [score(answers(module, choosing, device))],
        schedule=schedule,
        state=state,
        record=record,
        begin=lambda _: module.train(),
        keep_state=keep_state,
        ties="last",
    )
