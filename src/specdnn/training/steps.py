"""One step of a training; on a graphics card as a CUDA graph.

A small network's step is hundreds of kernels of a few microseconds, and to launch them from Python takes longer than
they run. A graph is launched as one.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from specdnn.training.sgd import Sgd

Loss = Callable[[Tensor, Tensor], Tensor]  # logits and targets of a batch -> their mean loss


class Steps:
    """__call__(inputs, targets): takes a step and returns the batch's loss, on the device of the module."""

    def __init__(self, module: nn.Module, loss: Loss, optimiser: Sgd, clip_norm: float | None = None):
        self._module, self._loss, self._optimiser, self._clip_norm = module, loss, optimiser, clip_norm
        self._graphs: dict[torch.Size, _Graph] = {}  # by the shape of the batch: an epoch's last one is smaller
        self._cold = True  # the first step makes the momenta and the libraries' workspaces
        self._lr = optimiser.lr  # a graph holds the learning rate that it was captured with

    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        if not inputs.is_cuda or self._cold:
            self._cold = False
            return self._taken(inputs, targets)
        if self._optimiser.lr != self._lr:
            self._graphs, self._lr = {}, self._optimiser.lr
        if inputs.shape not in self._graphs:
            self._graphs[inputs.shape] = _Graph(self._taken, inputs, targets)
        return self._graphs[inputs.shape](inputs, targets)

    def _taken(self, inputs: Tensor, targets: Tensor) -> Tensor:
        value = self._loss(self._module(inputs), targets)
        self._optimiser.zero_grad()
        value.backward()
        if self._clip_norm is not None:
            nn.utils.clip_grad_norm_(self._module.parameters(), self._clip_norm)
        self._optimiser.step()
        return value.detach()


class _Graph:
    """A step captured on inputs and targets of one shape; capturing runs nothing."""

    def __init__(self, step: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, targets: Tensor):
        self._inputs, self._targets = inputs.clone(), targets.clone()
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._value = step(self._inputs, self._targets)

    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        self._inputs.copy_(inputs)
        self._targets.copy_(targets)
        self._graph.replay()
        return self._value
