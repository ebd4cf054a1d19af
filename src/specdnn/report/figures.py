"""What all figures share: size, colours, and bytes that depend on the data alone."""

import io

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from specdnn import artefacts
from specdnn.names import DATASETS
from specdnn.networks import models

# Ten colours that stay apart for colour-blind readers: Okabe and Ito's eight, and two greys.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C7A00", "#000000", "#7F7F7F", "#B59A5B")

STYLES = {  # units: colour, marker; the same in every figure
    "released": (COLOURS[0], "o"),
    "magnitude": (COLOURS[0], "o"),
    "specificity": (COLOURS[1], "s"),
    "disparity": (COLOURS[2], "^"),
    "taylor": (COLOURS[4], "D"),
    "captor": (COLOURS[5], "P"),
    "mint": (COLOURS[9], "<"),
    "mint_marginal": (COLOURS[9], ">"),
    "random": (COLOURS[8], "X"),
    "random_live": (COLOURS[3], "v"),
    "logistic": (COLOURS[7], "d"),
    "logistic_rule": (COLOURS[7], "1"),
    "tiny": (COLOURS[6], "*"),
    "tiny_live": (COLOURS[6], "p"),
    "tiny_coarse": (COLOURS[6], "h"),
}
OTHER = (COLOURS[8], ".")

UNITS = {  # how people call them; what is not here is called by its own name
    "released": "SpecDNN",
    "disparity": "disparity filter",
    "taylor": "Taylor",
    "captor": "CAPTOR",
    "mint": "MINT",
    "mint_marginal": "MINT, marginal",
    "random": "random",
    "random_live": "random, live",
    "rule_inputs": "SpecDNN's pixels",
    "rule_hidden": "SpecDNN's hidden units",
    "logistic": "logistic, all pixels",
    "logistic_rule": "logistic, SpecDNN's pixels",
    "tiny": "tiny network",
    "tiny_live": "tiny network, random live pixels",
    "tiny_coarse": "tiny network, coarse image",
}
LOSSES = {
    "squared": "squared (the paper's)",
    "balanced_squared": "squared, balanced",
    "cross_entropy": "cross-entropy",
    "balanced_cross_entropy": "cross-entropy, balanced",
    "distilled": "taught by the dense network",
}

matplotlib.rcdefaults()  # a file of the user's, here or at home, would change every figure
plt.rcParams.update(
    {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.hashsalt": "specdnn",  # otherwise the ids in the file are random
        "svg.fonttype": "path",
        "figure.constrained_layout.use": True,
    }
)


def written(name: str) -> str:
    """A name of the code as people write it: linear_cka_debiased -> linear CKA, debiased."""
    for short in ("pwcca", "svcca", "cka", "cca", "nbs", "rbf"):
        name = name.replace(short, short.upper())
    return name.replace("_debiased", ", debiased").replace("_", " ")


def place_title(dataset: str, model: str) -> str:
    return f"{models.load(model).title} on {DATASETS.get(dataset, dataset)}"


def write_svg(path: str, figure: Figure) -> None:
    artefacts.write_bytes(path, _rendered(figure, "svg", {"Date": None}))
    plt.close(figure)


def write_svg_and_png(svg: str, png: str, figure: Figure) -> None:
    artefacts.write_bytes(png, _rendered(figure, "png", {"Software": None}))
    write_svg(svg, figure)


def _rendered(figure: Figure, format: str, metadata: dict) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=format, dpi=200, metadata=metadata)
    return buffer.getvalue()
