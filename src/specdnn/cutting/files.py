"""A cut as files that run without this package: weights, a program of torch's, ONNX; with the plan and a card.

The bytes depend on the network alone. The program and the ONNX file are read back and run before they are kept: they
must give what the network gives.
"""

import copy
import hashlib
import io
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from specdnn import artefacts, seeding
from specdnn.errors import UserError

if TYPE_CHECKING:
    import onnx

    from specdnn.cutting.cut import Cut

WEIGHTS, PROGRAM, GRAPH, PLAN, CARD = "network.safetensors", "network.pt2", "network.onnx", "plan.json", "card.md"
INPUT, OUTPUT = "input", "logits"  # of the ONNX file
CLOSE = 1e-4  # relative: float32 in another order of sums


def tensors_of(network: nn.Module) -> dict[str, np.ndarray]:
    """Parameters and buffers, by their names in the state dict."""
    return {name: value.detach().cpu().contiguous().numpy() for name, value in network.state_dict().items()}


def digest_of(network: nn.Module) -> str:
    """SHA-256 of its parameters and buffers, under their names."""
    found = hashlib.sha256()
    for name, value in tensors_of(network).items():
        found.update(f"{name} {value.dtype} {value.shape} ".encode() + value.tobytes())
    return found.hexdigest()


def program_of(network: nn.Module, example: Tensor) -> torch.export.ExportedProgram:
    """The network in evaluation mode, for batches of any size. Raises UserError where torch.export cannot write it."""
    images = torch.cat([example[:1], example[:1]])  # of a batch of one torch would make a constant
    shapes = ({0: torch.export.Dim("batch", min=1)},)
    try:
        program = torch.export.export(network.eval(), (images,), dynamic_shapes=shapes)
    except Exception as error:  # torch has a dozen kinds for it
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"{type(network).__name__}: torch.export cannot write it as a program ({reason})") from None
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # names files of this machine
    return program


def program_bytes(program: torch.export.ExportedProgram) -> bytes:
    """The content of a .pt2 file."""
    content = io.BytesIO()
    torch.export.save(program, content)
    return content.getvalue()


def graph_of(
    program: torch.export.ExportedProgram, inputs: tuple[str, ...] = (INPUT,), outputs: tuple[str, ...] = (OUTPUT,)
) -> "onnx.ModelProto":
    """The program as ONNX, without what torch notes of the files it came from."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = torch.onnx.export(program, dynamo=True, input_names=inputs, output_names=outputs, verbose=False)
    if found is None:
        raise UserError("torch.onnx cannot write the network")
    model: Any = found.model_proto
    for part in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output, *model.functions):
        del part.metadata_props[:]
    for value in [*model.graph.value_info, *model.graph.initializer]:
        del value.metadata_props[:]
    return model


def save(cut: "Cut", folder: str | Path, example: Tensor) -> None:
    """Write the cut as it is now, in evaluation mode: weights, program, graph, plan and card; all of them or none.

    example: what the network takes, a batch of 1 or more. The network itself is left as it was. Plan and card say
    whether its weights are still those of the cut, which the certificate is about. Raises UserError where torch cannot
    export the network, or where what it writes answers otherwise than the network.
    """
    noise = torch.randn(example.shape, generator=seeding.stream("save")).to(example)
    network, images = copy.deepcopy(cut.network).eval(), torch.cat([example, noise])
    with torch.no_grad():
        wanted = network(images.clone())
    program = program_of(network, example)
    contents = {PROGRAM: program_bytes(program), GRAPH: graph_of(program).SerializeToString(deterministic=True)}
    differences = {name: _difference(RUNNERS[name](contents[name], images.clone()), wanted) for name in contents}
    for name, difference in differences.items():
        if not difference <= CLOSE:
            raise UserError(f"{name}: answers otherwise than the network, by {difference:.1e}; nothing was written")
    changed = digest_of(network) != cut.digest
    described = {**cut.plan, "certificate": cut.certificate.facts(), "whole": dict(cut.whole), "changed": changed}
    sizes = {name: len(content) for name, content in contents.items()}
    Path(folder).mkdir(parents=True, exist_ok=True)
    artefacts.save_tensors(Path(folder, WEIGHTS), tensors_of(network), described)
    for name, content in contents.items():
        artefacts.write_bytes(Path(folder, name), content)
    artefacts.write_json(Path(folder, PLAN), described)
    artefacts.write_text(Path(folder, CARD), card(cut, sizes, differences, changed))


def _run_program(content: bytes, images: Tensor) -> Tensor:
    with tempfile.NamedTemporaryFile(suffix=".pt2") as file, torch.no_grad():
        Path(file.name).write_bytes(content)
        return torch.export.load(file.name).module()(images)


def _run_graph(content: bytes, images: Tensor) -> Tensor:
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {INPUT: images.numpy()})[0])


RUNNERS: Mapping[str, Callable[[bytes, Tensor], Tensor]] = {PROGRAM: _run_program, GRAPH: _run_graph}


def _difference(found: Tensor, wanted: Tensor) -> float:
    return float((found - wanted).abs().max() / wanted.abs().max().clamp_min(1e-30))


def card(cut: "Cut", sizes: Mapping[str, int], differences: Mapping[str, float], changed: bool) -> str:
    """What the network is, as Markdown; changed: its weights are no longer those of the cut."""
    plan, dense = cut.plan, cut.dense
    share = cut.parameters / dense.parameters
    arithmetic = cut.multiply_accumulates / dense.multiply_accumulates
    rows = [f"| parameters | {cut.parameters:,} | {dense.parameters:,} | {100 * share:.2f} % |"]
    rows += [f"| MACs | {cut.multiply_accumulates:,} | {dense.multiply_accumulates:,} | {100 * arithmetic:.2f} % |"]
    exact = (
        f"in float64 its outputs differed from those of the masked dense network by at most "
        f"{cut.certificate.difference:.1e} of the largest, on {cut.certificate.inputs} inputs."
    )
    now = (
        "Its weights have changed since, by retraining or by hand, and these files have the new ones. The certificate "
        "is not about them, and what they are worth was not measured here."
        if changed
        else "It was not retrained: what it is worth was not measured here."
    )
    stays = [f"- `{name}`: {why}" for name, why in cut.whole.items()]
    parts = [
        f"# Classes {', '.join(map(str, plan['classes']))}, cut out",
        f"Units kept by `{plan['method']}`, {'with' if plan['fold'] else 'without'} norms folded in.",
        "\n".join(["| | this network | dense | |", "|---|--:|--:|--:|", *rows]),
        f"{'The cut was exact' if changed else 'Exact'}: {exact}",
        now,
        "\n".join(f"- `{name}`: {size:,} bytes, differs by {differences[name]:.0e}" for name, size in sizes.items()),
        *(["Not cut, since no cut there is exact:", "\n".join(stays)] if stays else []),
    ]
    return "\n\n".join(parts) + "\n"
