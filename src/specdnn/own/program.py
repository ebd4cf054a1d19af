"""A specialist as one program with its preprocessing and its decision inside: for torch.export and ONNX."""

import io
from collections.abc import Callable, Sequence

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from specdnn.cutting import files
from specdnn.own.training import Normalised

INPUT, OUTPUTS = "pixels", ("logit", "probability", "answer")
BATCH = 500

Answers = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # pixels -> logit, answer


class Program(nn.Module):
    """forward: pixels, n x channels x size x size, uint8 -> logit, probability, answer.

    logit: n x k, less the thresholds; probability: its sigmoid, above 0.5 is a yes; answer: n, the place in the set of
    the most certain yes, -1 where there is none.
    """

    thresholds: Tensor

    def __init__(self, network: nn.Module, thresholds: Sequence[float]):
        super().__init__()
        self.network = network
        self.register_buffer("thresholds", torch.tensor(thresholds, dtype=torch.float32))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        logit = self.network(pixels) - self.thresholds
        best, place = logit.max(1)
        return logit, torch.sigmoid(logit), torch.where(best > 0, place, -1)


class Restricted(nn.Module):
    """A dense network as one of a set of classes: `decisions.restricted` of its logits."""

    others: Tensor
    own: Tensor

    def __init__(self, network: Normalised, classes: Sequence[int], of: int):
        super().__init__()
        self.network = network
        others = [[label for label in range(of) if label != own] for own in classes]
        self.register_buffer("own", torch.tensor(classes))
        self.register_buffer("others", torch.tensor(others))

    def forward(self, pixels: Tensor) -> Tensor:
        logits = self.network(pixels)
        rest = logits.index_select(1, self.others.flatten()).view(-1, *self.others.shape)
        return logits.index_select(1, self.own) - rest.amax(2)


def contents(program: Program, channels: int, size: int) -> dict[str, bytes]:
    """pt2 and onnx: the program as torch's own and in ONNX, for a batch of any size. UserError where torch cannot."""
    example = torch.zeros(1, channels, size, size, dtype=torch.uint8)
    made = files.program_of(program, example)
    graph = files.graph_of(made, (INPUT,), OUTPUTS)
    return {"pt2": files.program_bytes(made), "onnx": graph.SerializeToString(deterministic=True)}


def by_torch(program: Program) -> Answers:
    return _by(program.eval())


def by_pt2(content: bytes) -> Answers:
    return _by(torch.export.load(io.BytesIO(content)).module())


def _by(module: nn.Module) -> Answers:
    @torch.no_grad()
    def answers(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        parts = [module(batch) for batch in torch.from_numpy(pixels).split(BATCH)]
        return tuple(torch.cat([part[place] for part in parts]).numpy() for place in (0, 2))  # type: ignore[return-value]

    return answers


def session(content: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def by_onnx(content: bytes) -> Answers:
    run = session(content)

    def answers(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        parts = [
            run.run(["logit", "answer"], {INPUT: pixels[start : start + BATCH]})
            for start in range(0, len(pixels), BATCH)
        ]
        return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]

    return answers


def held_against(
    expected: tuple[np.ndarray, np.ndarray], found: tuple[np.ndarray, np.ndarray]
) -> dict[str, float | int]:
    """How a file's answers differ from torch's; each: logit, answer."""
    return {
        "largest_logit_difference": float(np.abs(expected[0] - found[0]).max()),
        "differing_decisions": int((expected[1] != found[1]).sum()),
    }
