"""What a training's steps are: epochs, batches, and a learning rate that drops by a factor after some epochs."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True)
class Schedule:
    """SGD with momentum and weight decay on all parameters.

    milestones: epochs after which the learning rate is multiplied by `lr_gamma`; nesterov: the kind of momentum;
    clip_norm: largest norm of a step's gradient over all parameters, longer ones are scaled to it; None: any.
    """

    epochs: int
    batch_size: int
    lr: float
    milestones: tuple[int, ...]
    lr_gamma: float
    momentum: float
    weight_decay: float
    nesterov: bool = False
    clip_norm: float | None = None

    @staticmethod
    def every(step: int, epochs: int) -> tuple[int, ...]:
        """Milestones after every `step` epochs, as in SpecDNN's released code."""
        return tuple(range(step, epochs, step))

    def lr_at(self, epoch: int) -> float:
        """Learning rate in epoch 1, 2, ..."""
        return self.lr * self.lr_gamma ** sum(epoch > milestone for milestone in self.milestones)

    def continued(self) -> Self:
        """As many epochs at the rate of the last one: fine-tuning."""
        return replace(self, lr=self.lr_at(self.epochs), milestones=())
