"""The training of many specialists as one module, on the same images in the same order; each keeps its best epoch."""

from pathlib import Path

import torch
from torch import Tensor

from specdnn.data import CLASSES
from specdnn.data.protocols import Images
from specdnn.errors import UserError
from specdnn.networks.network import logits
from specdnn.training import loop, stacked
from specdnn.training.losses import OneClassLosses
from specdnn.training.members import Member
from specdnn.training.schedule import Schedule


def truth_of(images: Images) -> Tensor:
    """n x 10: 1 for an image's own class."""
    return torch.nn.functional.one_hot(images.labels, CLASSES).float()


def check_classes(labels: list[int], choosing_set: Images) -> None:
    """Raises UserError where the images that choose the epoch cannot tell a class from the rest."""
    for label in sorted({*labels}):
        found = (choosing_set.labels == label).sum().item()
        if found in (0, len(choosing_set.labels)):
            raise UserError(
                f"class {label}: {found} of the {len(choosing_set.labels)} images that choose the epoch are of it, and "
                "no balanced accuracy comes of that; raise images.held_out"
            )


def fit(
    group: list[Member],
    schedule: Schedule,
    *,
    training_set: Images,
    wanted: Tensor,
    choosing_set: Images,
    choosing_batch: int,
    order: tuple,
    state: str | Path,
    record: dict,
    device: str = "cpu",
    keep_state: bool = False,
) -> tuple[list[Member], loop.Fit]:
    """Train the members of one kind, each by its own loss; returns them in the fit's order.

    wanted: of the training images, n x 10 as `truth_of` gives it, or n x 20 as `OneClassLosses` has it where a loss
    asks for a dense network's answers. A member's best epoch is that of the best balanced accuracy on the choosing
    images, choosing_batch at a time; of several the last, so that one that always answers no was trained. order: names
    of the stream that shuffles; state, keep_state: as `loop.fit` has them.
    """
    module = stacked.assemble(group, device)
    labels = [member.label for member in module.members]
    is_class = choosing_set.labels[:, None] == choosing_set.labels.new_tensor(labels)  # n x members
    shares = wanted[:, :CLASSES].mean(0)
    loss = OneClassLosses([member.loss for member in module.members], labels, shares).to(device)
    choosing, is_class = module.prepare(choosing_set.images).to(device), is_class.to(device)
    inputs = module.prepare(training_set.images).to(device)
    at_once = min(choosing_batch, module.at_once)

    def scores() -> list[float]:
        return stacked.balanced_accuracies(logits(module, choosing, at_once), is_class)

    found = loop.fit(
        module,
        loop.Feed.in_memory(inputs, wanted.to(device), schedule.batch_size, order),
        loss=loss,
        tensors=module.tensors,
        scores=scores,
        schedule=schedule,
        state=state,
        record={**record, "members": [member.name for member in module.members]},
        keep_state=keep_state,
        ties="last",
    )
    return module.members, found
