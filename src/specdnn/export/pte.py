"""A trained network as an ExecuTorch program, for telephones and the like. Optional: needs the package executorch.

The same steps as in `specdnn.export.graph`, for one image at a time, on ExecuTorch's portable kernels.
"""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from specdnn.data import IMAGE_SIDE
from specdnn.errors import UserError
from specdnn.export.trained import Trained
from specdnn.networks.models import Conv
from specdnn.networks.network import means
from specdnn.networks.window import window_of


class _Plain(nn.Module):
    """pixels, 1 x 28 x 28, uint8 -> probability, 1 x outputs; nothing but operators that the exporter knows."""

    gathered: Tensor | None  # places of the kept pixels, means or features; None: every feature

    def __init__(self, trained: Trained, normalisation: Mapping[str, float]):
        super().__init__()
        self._layers, self._side = trained.architecture.layers, trained.architecture.window
        self._normalisation = normalisation
        for name, tensor in trained.tensors.items():
            self.register_buffer(name.replace(".", "_"), torch.from_numpy(np.array(tensor)))
        convolutional = bool(trained.architecture.convolutions)
        self._window = window_of(trained.architecture, trained.kept) if convolutional else None
        gathered = self._window.features if self._window else trained.kept[self._layers[0].name]
        self.register_buffer("gathered", None if gathered is None else torch.as_tensor(np.array(gathered, np.int64)))

    def forward(self, pixels: Tensor) -> Tensor:
        if self._window:
            pixels = pixels[:, self._window.rows, self._window.columns].unsqueeze(1)
        elif self._side == 1:
            pixels = self._gather(pixels.flatten(1))
        x = (pixels.to(torch.float32) / 255 - self._normalisation["mean"]) / self._normalisation["std"]
        if self._side > 1:
            x = self._gather(means(x, self._side))
        for layer in self._layers:
            weight, bias = (getattr(self, f"{layer.name}_{part}") for part in ("weight", "bias"))
            if isinstance(layer, Conv):
                maps = F.relu(F.conv2d(x, weight, bias))
                x = F.max_pool2d(maps, layer.pool) if layer.pooling == "max" else F.avg_pool2d(maps, layer.pool)
            else:
                if x.dim() == 4:
                    x = self._gather(x.flatten(1))
                x = F.linear(x, weight, bias)
            x = torch.sigmoid(x) if layer is self._layers[-1] else F.relu(x)
        return x

    def _gather(self, flat: Tensor) -> Tensor:
        return flat if self.gathered is None else flat.index_select(1, self.gathered)


def _package(name: str) -> ModuleType:
    try:
        return import_module(f"executorch.{name}")
    except ImportError as error:
        raise UserError(
            f"the package executorch cannot be imported ({error}); install it, or set export.executorch: false"
        ) from None


def program(trained: Trained, normalisation: Mapping[str, float]) -> bytes:
    """The program of a network, the content of a .pte file. Raises UserError where executorch is not installed."""
    lowering = _package("exir")
    example = torch.zeros(1, IMAGE_SIDE, IMAGE_SIDE, dtype=torch.uint8)
    traced = torch.export.export(_Plain(trained, normalisation).eval(), (example,))
    return bytes(lowering.to_edge(traced).to_executorch().buffer)


def answers(content: bytes, pixels: np.ndarray) -> np.ndarray:
    """Probabilities for images, n x 28 x 28, uint8, one by one: n x outputs, float32."""
    method = _package("runtime").Runtime.get().load_program(content).load_method("forward")
    return np.concatenate([method.execute([image.clone()])[0].numpy() for image in torch.from_numpy(pixels).split(1)])
