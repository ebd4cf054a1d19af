"""The sentences of docs/similarity.md that have numbers, made from the tables of the layer-similarity studies."""

from itertools import product

import pandas as pd
from similarity_table import PUBLISHED_METRIC, REFERENCES

from comparison_prose import NAMES, TABLES, filled
from specdnn.evaluation.inference import counted
from specdnn.report.rendering import markdown_table
from specdnn.similarity.units import OUTPUT

METRIC, VIEWS = "linear_cka_debiased", ["flattened", "units"]  # of the rounds
PROTOCOL = "held_out"  # of the units
METHODS = {
    "rewinding": "learning-rate rewinding",
    "fine_tuning": "fine-tuning",
    "one_shot": "one-shot pruning",
}


def demo() -> str:
    rows = pd.read_csv(TABLES / "similarity_demo.csv")
    published = pd.read_csv("published/similarity_demo.csv", index_col="round")
    rows = rows[(rows.metric == PUBLISHED_METRIC) & rows.view.isin(["positions", "units"])]
    parts = []
    for method in ("fine_tuning", "rewinding"):
        of = rows[rows.method == method]
        printed = [published.loc[step, layer] for step, layer in zip(of["round"], of.layer, strict=True)]
        apart = (of["mean"] - printed).abs()
        worst, within = of.loc[apart.idxmax()], (apart <= 2 * of["std"]).sum()
        parts.append(
            f"""under {METHODS[method]} by at most {apart.max():.4f} ({worst.layer}, round {worst["round"]}), and
            {within} of {len(of)} lie within two standard deviations over our seeds"""
        )
    return f"""**The demo**, {counted(rows.seeds.max())}. The printed values of the thresholded mean CCA differ from
        ours {"; ".join(parts)}."""


def rounds() -> str:
    """Layer by layer: for how many rounds in a row a method's networks stay as alike as two dense networks are."""
    rows = of_rounds()
    last = rows[rows["round"] == rows["round"].max()]
    ceiling = rows[rows.method == "dense"].set_index("layer")["mean"]
    sentences = []
    for method in METHODS:
        by_round = rows[rows.method == method].pivot(index="round", columns="layer", values="mean")
        above = (by_round[ceiling.index] >= ceiling).cumprod().sum()
        stays = ", ".join(f"{layer} {count}" for layer, count in above.items())
        sentences.append(f"Under {METHODS[method]} a layer stays above the ceiling for so many rounds: {stays}.")
    return f"""**Ten rounds**, {counted(rows.seeds.max())}, the last at a density of {last.density.iloc[0]:.3f}.
        {" ".join(sentences)}"""


def of_rounds() -> pd.DataFrame:
    rows = pd.read_csv(TABLES / "similarity_rounds.csv")
    return rows[(rows.metric == METRIC) & rows.view.isin(VIEWS)]


def last_round() -> str:
    """Debiased linear CKA with the dense network after the last round, between ceiling and floor: a table."""
    rows = of_rounds()
    rows = rows[(rows["round"] == rows["round"].max()) | rows.method.isin(REFERENCES)]
    table = rows.pivot(index="method", columns="layer", values="mean")
    table = table.loc[[*METHODS, *REFERENCES], rows.layer.unique()].map("{:.3f}".format)
    table.index = [*METHODS.values(), *REFERENCES.values()]
    table = table.rename_axis("linear CKA, debiased; maps flattened").reset_index()
    return markdown_table(table)


def units() -> str:
    """How a specialist's units correlate with the same units of its dense network: a sentence and a table."""
    rows = pd.read_csv(TABLES / "similarity_units.csv")
    rows = rows[(rows.metric == "unit_correlation") & (rows.protocol == PROTOCOL) & (rows.view != "positions")]
    sentence = f"""**Kept units**, {counted(rows.seed.nunique())} of each kind: the correlation of a specialist's units
        with the same units of its dense network, mean over units and classes, on test images of the class and on
        others."""
    cells = rows.set_index(["retraining", "images"])["mean"].round(2).add(0.0).map("{:.2f}".format)
    layers = rows.drop_duplicates(["model", "layer"])
    places = layers.layer.map(lambda layer: "the output" if layer == OUTPUT else f"inputs of {layer}")
    table = pd.DataFrame(
        {"kept units": [f"{NAMES[m]}, {place}" for m, place in zip(layers.model, places, strict=True)]}
    )
    for stage, images in product(("before", "after"), ("class", "others")):
        table[f"{stage} retraining, {images}"] = cells[stage, images].to_list()
    return f"{filled([sentence])}\n\n{markdown_table(table)}"


PARAGRAPHS = {  # by table
    "demo": lambda: filled([demo()]),
    "rounds": lambda: f"{filled([rounds()])}\n\n{last_round()}",
    "units": units,
}


def tables() -> str:
    """What each table that has been made says."""
    made = [write() for table, write in PARAGRAPHS.items() if (TABLES / f"similarity_{table}.csv").exists()]
    return "\n\n".join(made)
