"""What all figures share: size, colours, and bytes that depend on the data alone."""

import io

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from specdnn import artefacts

# Ten colours that stay apart for colour-blind readers: Okabe and Ito's eight, and two greys.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C7A00", "#000000", "#7F7F7F", "#B59A5B")

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
