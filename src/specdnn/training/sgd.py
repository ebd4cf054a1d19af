"""torch.optim.SGD without its class: the same fused step, and the same bytes (tests/unit/test_training.py).

The first object of any class of torch.optim imports torch's compiler, which doubles the start of a job that compiles
nothing.
"""

from collections.abc import Callable, Iterable
from functools import partial

import torch
from torch import Tensor, nn
from torch.optim.sgd import sgd as step


class Sgd:
    """What the training loop uses of torch.optim.SGD: a learning rate to be set, momenta to be saved."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], *, lr: float, momentum: float, weight_decay: float, nesterov: bool
    ):
        self.parameters = [*parameters]
        self.lr = lr
        self.momenta: dict[nn.Parameter, Tensor | None] = {}  # of what has moved; None without momentum
        self._step: Callable[..., None] = partial(
            step,
            fused=True,
            momentum=momentum,
            weight_decay=weight_decay,
            nesterov=nesterov,
            dampening=0,
            maximize=False,
        )

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        moved = [parameter for parameter in self.parameters if parameter.grad is not None]
        gradients = [parameter.grad for parameter in moved]
        momenta = [self.momenta.get(parameter) for parameter in moved]  # those of the first step are made by it
        self._step(moved, gradients, momenta, lr=self.lr)
        self.momenta.update(zip(moved, momenta, strict=True))
