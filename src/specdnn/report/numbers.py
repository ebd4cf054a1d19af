"""The numbers that the pages quote, computed from the tables that the studies wrote: key -> value and text.

A key is the name of a table, what names a row of it, and a column, joined by dots:

    compare.{dataset}.{model}.{arm}.{column}               compare.csv; arm: units.initial.loss.widths[.share]
    hypotheses.{dataset}.{model}.{id}.{column}             compare_hypotheses.csv; holds: 1 where it does, else 0
    recipe.{dataset}.{model}.{row}.{column}                recipe, released[_tuned], logistic of compare_recipe.csv
    recipe.{model}.rank{place}.{column}                    the best candidates for it, over all datasets
    collapse.{dataset}.{model}.{loss}.{initial}.{narrowest}.{specialists,collapsed}     compare_collapse.csv
    survival.{dataset}.{model}.{lr}.{loss}.{bias}.{specialists,collapsed,constant}      compare_survival.csv
    rankings.{between}.{what both share}.{first}.{second}.{column}  compare_rankings.csv
    longer.{dataset}.{model}.{arm}.{column}                compare_longer.csv: stopped_: by the comparison's epochs
    communities.{dataset}.{model}.{what}.{where}.{mean,from,to}     communities.csv
    {table}.{column}                                       a table of the study, mean over its specialists
    readings.{model}.{method}.{column}                     mean rate, and how many classes have an empty layer
    export.{model}.{network}.{variant}.{column}            protocol held_out; `specialist`: mean of the paper's ten
    mint.{cell}.{method}.{column}                          mean over the seeds
    similarity.{demo,rounds,units}.{...}.{column}          against the printed rows; the last round; kept units
    seeds.{dataset}.{model}.{measure}.{mean,from,to}       seeds.csv: how dense networks differ
    exactness.{all or network}.{cuts,exact,networks,relative_difference}  networks of torchvision that were cut
    pretrained.{classes}.{share}.{column}                  EfficientNet-Lite0: 1.0 is the whole network
    own.{study}.{set, or all}.{method}[.{share}].{column}  own networks: own.csv
    study.{scope}.minutes                                  what the study takes on two cores
    environment.{part}.gigabytes                           what the environment weighs
    commands.{command}[_first].{seconds,minutes}           how long `make COMMAND` takes; _first: its first table

A table that is not there has no keys, an empty cell has none, and what is empty in a name is left out of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from specdnn import files
from specdnn.report.published import SIMILARITY, read_published


@dataclass(frozen=True)
class Number:
    """A value, and how a page writes it."""

    value: float
    text: str


def percent(digits: int) -> Callable[[float], str]:
    """0.9759 -> 97.59 %"""
    return lambda value: f"{100 * value:.{digits}f} %"


def plain(digits: int) -> Callable[[float], str]:
    """-1234.5 -> −1,234.50; never −0.00"""
    return lambda value: f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def points(value: float) -> str:
    """A difference of two shares in points, signed: +1.9, −5.8, ±0.0."""
    text = f"{100 * value:+.1f}"
    return f"±{text[1:]}" if float(text) == 0 else text.replace("-", "−")


KINDS = {  # columns: how they are written; other columns have no keys
    "accuracy best_epoch_accuracy last_epoch_accuracy paper_accuracy always_no pruned": percent(2),
    "best_epoch_balanced_accuracy compress_rate paper_compress_rate parameter_share": percent(2),
    "balanced_accuracy tuned_balanced_accuracy not_collapsed recall false_positive_rate": percent(1),
    "stopped_balanced_accuracy stopped_tuned_balanced_accuracy": percent(1),
    "low high tuned_low tuned_high held_out_balanced_accuracy held_out_tuned": percent(1),
    "held_out test left_mean right_mean smallest_share smallest_share_tested": percent(1),
    "tuned_smallest_share tuned_smallest_share_tested": percent(1),
    "dense_difference tuned_dense_difference": points,
    "networks parameters fewest_parameters most_parameters specialists collapsed reached forced minutes": plain(0),
    "pairs methods candidates holds told_apart reversed contradicted seconds": plain(0),
    "multiply_accumulates bytes differing_decisions layers within rounds_above": plain(0),
    "p50_of_1": plain(1),  # microseconds for one image
    "correlation tau": plain(2),
    "near_dense_p tuned_near_dense_p cka density stored_mib": plain(3),
    "constant cuts exact classes agree pictures_of_classes": plain(0),
    "milliseconds gigabytes": plain(1),
    "order": plain(2),
    "relative_difference": lambda value: f"{value:.0e}",
    "auroc auroc_low auroc_high farthest mean from to": plain(4),
}
COSTS = ["parameters", "multiply_accumulates", "bytes", "p50_of_1"]
SHARES = [f"{cost}_of_{base}" for cost in COSTS for base in ("dense", "float32")]
FORMATS = {column: shown for columns, shown in KINDS.items() for column in columns.split()}
FORMATS |= dict.fromkeys(SHARES, percent(1))
FORMATS |= {
    f"loss_{of}{column}": shown
    for of in ("", "tuned_")
    for column, shown in (("difference", points), ("p_holm", plain(3)))
}
for prefix, shown in (("", points), ("tuned_", points), ("auroc_", plain(4))):  # of tests against the reference
    FORMATS |= dict.fromkeys([f"{prefix}difference{end}" for end in ("", "_low", "_high")], shown)
    FORMATS |= dict.fromkeys([f"{prefix}{p}" for p in ("p", "p_holm", "alike_p")], plain(3))
    FORMATS[f"{prefix}effect_size"] = plain(2)


def named(*names: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """A reader of rows that these columns name; what is empty is no part of a name."""
    return lambda rows: rows.astype(dict.fromkeys(names, object)).fillna(dict.fromkeys(names, "")).set_index([*names])


def hypotheses(rows: pd.DataFrame) -> pd.DataFrame:
    return named("dataset", "model", "id")(rows.assign(holds=rows.outcome == "holds"))


def collapse(rows: pd.DataFrame) -> pd.DataFrame:
    return named("dataset", "model", "loss", "initial", "narrowest")(rows.astype({"narrowest": str}))


def survival(rows: pd.DataFrame) -> pd.DataFrame:
    return named("dataset", "model", "lr", "loss", "bias")(rows.astype({"lr": str}))


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """One row without a name; the paper's averages are as it prints them, not as its cells average."""
    single, average = rows[~rows.label.isin(["average", "original"])], rows[rows.label == "average"].iloc[0]
    found = {**single.mean(numeric_only=True), **average.filter(like="paper")}
    found |= {"fewest_parameters": single.parameters.min(), "most_parameters": single.parameters.max()}
    found |= {"collapsed": single.collapsed.astype(bool).sum(), "forced": single.fallback.notna().sum()}
    return pd.DataFrame([found], index=[""])


def readings(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.assign(forced=rows.status.str.contains("forced"))
    return rows.groupby(["model", "method"]).agg({"compress_rate": "mean", "forced": "sum"})


def communities(rows: pd.DataFrame) -> pd.DataFrame:
    """`mean`, `from` and `to`, as in the table; rates and recall as shares of 1."""
    names = rows[["what", "where"]].replace({",": "", " ": "_"}, regex=True)
    return (
        rows.assign(**names)
        .rename(columns={"low": "from", "high": "to"})
        .set_index(["dataset", "model", "what", "where"])
    )


def seeds(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.rename(columns={"least": "from", "most": "to"}).set_index(["dataset", "model", "measure"])


def export(rows: pd.DataFrame) -> pd.DataFrame:
    """With the shares of the dense network's costs in float32, and of the same network's in float32."""
    rows = rows[(rows.protocol == "held_out") & (rows.method == "released")]
    rows = rows.assign(network=rows.network.mask(rows.network.str.startswith("class"), "specialist"))
    networks = rows.groupby(["model", "network", "variant"])
    found = networks[[*COSTS, "accuracy"]].mean().join(networks.differing_decisions.sum())
    places = found.index.to_frame()
    for name, base in (("dense", {"network": "dense", "variant": "float32"}), ("float32", {"variant": "float32"})):
        bases = found[COSTS].reindex(pd.MultiIndex.from_frame(places.assign(**base))).set_axis(found.index)
        found = found.join((found[COSTS] / bases).add_suffix(f"_of_{name}"))
    return found


def mint(rows: pd.DataFrame) -> pd.DataFrame:
    """Of percent shares and accuracies, as the tables of MINT have them."""
    found = rows.groupby(["cell", "method"])[["pruned", "best_epoch_accuracy", "stored_mib"]].mean()
    return found / [100, 100, 1]


def demo(rows: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """How far the layers' thresholded mean CCA is from print, and how many are within two standard deviations."""
    rows = rows[(rows.metric == "thresholded_mean_cca") & rows.view.isin(["positions", "units"]) & (rows["round"] > 0)]
    printed = pd.MultiIndex.from_frame(rows[["round", "layer"]])
    apart = (rows["mean"] - published.stack().reindex(printed).to_numpy()).abs()
    rows = rows.assign(apart=apart, within=apart <= 2 * rows["std"])
    return rows.groupby("method").agg(farthest=("apart", "max"), within=("within", "sum"), layers=("layer", "size"))


def rounds(rows: pd.DataFrame) -> pd.DataFrame:
    """Debiased linear CKA after the last round; and for how many rounds in a row it is no less than the ceiling."""
    rows = rows[(rows.metric == "linear_cka_debiased") & rows.view.isin(["flattened", "units"])]
    ceiling = rows[rows.method == "dense"].set_index("layer")["mean"]
    rows = rows.assign(above=rows["mean"] >= rows.layer.map(ceiling))
    layers = rows.sort_values("round").groupby(["method", "layer"])
    found = layers.agg(cka=("mean", "last"), density=("density", "last"))
    return found.assign(rounds_above=layers.above.agg(lambda above: above.cumprod().sum()))


def units(rows: pd.DataFrame) -> pd.DataFrame:
    """Correlation of a specialist's units with the same units of its dense network."""
    rows = rows[(rows.metric == "unit_correlation") & (rows.protocol == "held_out") & (rows.view != "positions")]
    return rows.groupby(["model", "layer", "retraining", "images"])["mean"].mean().to_frame("correlation")


def exactness(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each network, and of all: how many cuts, how many of them exact, and the largest difference of these."""

    def counted(of: pd.DataFrame) -> pd.Series:
        known = of[of.difference.notna()]
        counts = {"cuts": len(of), "exact": len(known), "networks": known.network.nunique()}
        return pd.Series({**counts, "relative_difference": known.difference.max()})

    return pd.DataFrame({name: counted(part) for name, part in [("all", rows), *rows.groupby("network")]}).T


def pretrained(rows: pd.DataFrame) -> pd.DataFrame:
    named_rows = rows.drop(columns="difference").astype({"classes": str, "share": str})
    return named_rows.set_index(["classes", "share"])


def own(rows: pd.DataFrame) -> pd.DataFrame:
    named_rows = rows.assign(set=rows["set"].replace("all sets", "all"), share=rows.share.fillna(""))
    named_rows = named_rows.drop(columns="classes")  # names, where other tables have a number of them
    return named_rows.set_index(["study", "set", "method", "share"])


def environment(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(gigabytes=rows["bytes"] / 1e9).set_index("part")[["gigabytes"]]


def commands(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(minutes=rows.seconds / 60).set_index("command")


def study(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows.rule == "total"].assign(minutes=rows.ideal_seconds / 60).set_index("scope")[["minutes"]]


def written(rows: pd.DataFrame) -> dict[str, Number]:
    """Every known column of every row that has a value, under the row's index and the column's name."""
    found: dict[str, Number] = {}
    for place, row in zip(rows.index, rows.to_dict("records"), strict=True):
        parts = [part for part in (place if isinstance(place, tuple) else (place,)) if part]
        for column in rows.columns.intersection([*FORMATS]):
            if pd.notna(row[column]):
                found[".".join([*parts, column])] = Number(float(row[column]), FORMATS[column](row[column]))
    return found


# Tables: the first part of their keys (empty: the file's name), and what reads them.
READERS: dict[str, tuple[str, Callable[..., pd.DataFrame]]] = {
    "tables/compare.csv": ("compare", named("dataset", "model", "units", "initial", "loss", "widths", "share")),
    "tables/compare_hypotheses.csv": ("hypotheses", hypotheses),
    "tables/compare_recipe.csv": ("recipe", named("dataset", "model", "row")),
    "tables/compare_rankings.csv": (
        "rankings",
        named("between", "dataset", "model", "loss", "measure", "first", "second"),
    ),
    "tables/compare_longer.csv": ("longer", named("dataset", "model", "units", "initial", "loss", "widths", "share")),
    "tables/compare_collapse.csv": ("collapse", collapse),
    "tables/compare_survival.csv": ("survival", survival),
    "tables/communities.csv": ("communities", communities),
    "tables/table*.csv": ("", table),
    "tables/readings.csv": ("readings", readings),
    "tables/seeds.csv": ("seeds", seeds),
    "tables/export.csv": ("export", export),
    "tables/exactness.csv": ("exactness", exactness),
    "benchmarks/pretrained.csv": ("pretrained", pretrained),
    "tables/similarity_demo.csv": ("similarity.demo", demo),
    "tables/similarity_rounds.csv": ("similarity.rounds", rounds),
    "tables/similarity_units.csv": ("similarity.units", units),
    "mint/tables/*.csv": ("mint", mint),
    "tables/own.csv": ("own", own),
    "benchmarks/environment.csv": ("environment", environment),
    "benchmarks/commands.csv": ("commands", commands),
    "benchmarks/study.csv": ("study", study),
}


def numbers(results: Path, published: Path) -> dict[str, Number]:
    """Of the tables below `results`; `published`: the folder of the papers' numbers.

    Raises UserError for a table that is not what its job wrote.
    """
    found: dict[str, Number] = {}
    for pattern, (prefix, read) in READERS.items():
        given = (
            [read_published(published / "similarity_demo.csv", SIMILARITY).set_index("round")] if read is demo else []
        )
        for path in sorted(results.glob(pattern)):
            files.verified(path)
            rows = read(pd.read_csv(path, dtype={"share": str, "label": str}), *given)
            found |= {f"{prefix or path.stem}.{key}": number for key, number in written(rows).items()}
    return found
