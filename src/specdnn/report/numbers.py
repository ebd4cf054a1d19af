"""The numbers that the pages quote, computed from the tables that the studies wrote: key -> value and text.

A key is the name of a table, what names a row of it, and a column, joined by dots:

    compare.{dataset}.{model}.{arm}.{column}               compare.csv; arm: units.initial.loss.widths[.share]
    hypotheses.{dataset}.{model}.{id}.{column}             compare_hypotheses.csv; holds: 1 where it does, else 0
    recipe.{dataset}.{model}.{row}.{column}                recipe, released[_tuned], logistic of compare_recipe.csv
    recipe.{model}.rank{place}.{column}                    the best candidates for it, over all datasets
    collapse.{dataset}.{model}.{loss}.{initial}.{narrowest}.{specialists,collapsed}     compare_collapse.csv
    survival.{dataset}.{model}.{lr}.{loss}.{bias}.{collapsed,constant,...}      compare_survival.csv
    rankings.{between}.{what both share}.{first}.{second}.{column}  compare_rankings.csv
    longer.{dataset}.{model}.{arm}.{column}                compare_longer.csv
    communities.{dataset}.{model}.{what}.{where}.{mean,from,to}     communities.csv
    {table}.{column}                                       a table of the study, mean over its specialists
    readings.{model}.{method}.{column}                     mean rate, and how many classes have an empty layer
    export.{model}.{network}.{variant}.{column}            held_out; `specialist`: mean of ten; {method}_... of others
    mint.{cell}.{method}.{column}                          mean over the seeds
    similarity.{demo,rounds,units}.{...}.{column}          against the printed rows; the last round; kept units
    seeds.{dataset}.{model}.{measure}.{from,to}            seeds.csv: how dense networks differ
    exactness.{all or network}.{cuts,exact,networks,relative_difference}  networks of torchvision that were cut
    pretrained.{classes}.{share}.{column}                  EfficientNet-Lite0: 1.0 is the whole network
    own.{study}.{set, or all}.{method}[.{share}].{column}  own networks: own.csv
    study.{scope}.minutes                                  what the study takes on two cores
    environment.{part}.gigabytes                           what the environment weighs
    commands.{command}[_first].seconds                     how long `make COMMAND` takes; _first: its first table

A table that is not there has no keys, an empty cell has none, and what is empty in a name is left out of it.
QUOTED says which columns of each table have keys, KINDS how each is written.
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


KINDS = {  # columns of QUOTED: how they are written
    "accuracy best_epoch_accuracy paper_accuracy best_epoch_balanced_accuracy always_no pruned": percent(2),
    "compress_rate paper_compress_rate parameter_share": percent(2),
    "balanced_accuracy tuned_balanced_accuracy": percent(1),
    "smallest_share_tested tuned_smallest_share tuned_smallest_share_tested": percent(1),
    "parameters_of_dense multiply_accumulates_of_dense bytes_of_dense bytes_of_float32": percent(1),
    "p50_of_1_of_dense p50_of_1_of_float32": percent(1),  # microseconds for one image
    "difference difference_low difference_high dense_difference": points,
    "tuned_difference tuned_difference_high tuned_dense_difference loss_tuned_difference": points,
    "p_holm tuned_p_holm loss_p_holm loss_tuned_p_holm alike_p cka density": plain(3),
    "networks parameters fewest_parameters most_parameters specialists collapsed constant forced": plain(0),
    "holds told_apart reversed contradicted layers within rounds_above": plain(0),
    "cuts exact agree differing_decisions minutes seconds": plain(0),
    "gigabytes": plain(1),
    "correlation tau order": plain(2),
    "auroc farthest mean from to": plain(4),
    "relative_difference": lambda value: f"{value:.0e}",
}
FORMATS = {column: shown for columns, shown in KINDS.items() for column in columns.split()}
COSTS = ["parameters", "multiply_accumulates", "bytes", "p50_of_1"]


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
    found["collapsed"] = single.collapsed.astype(bool).sum()
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
    rows = rows[(rows.protocol == "held_out") & ((rows.method == "released") | ~rows.network.isin(["dense", "empty"]))]
    names = rows.network.mask(rows.network.str.startswith("class"), "specialist")
    rows = rows.assign(network=names.where(rows.method == "released", rows.method + "_" + names))
    networks = rows.groupby(["model", "network", "variant"])
    found = networks[[*COSTS, "accuracy"]].mean().join(networks.differing_decisions.sum())
    places = found.index.to_frame()
    for name, base in (("dense", {"network": "dense", "variant": "float32"}), ("float32", {"variant": "float32"})):
        bases = found[COSTS].reindex(pd.MultiIndex.from_frame(places.assign(**base))).set_axis(found.index)
        found = found.join((found[COSTS] / bases).add_suffix(f"_of_{name}"))
    return found


def mint(rows: pd.DataFrame) -> pd.DataFrame:
    """Of percent shares and accuracies, as the tables of MINT have them."""
    return rows.groupby(["cell", "method"])[["pruned", "best_epoch_accuracy"]].mean() / 100


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


def study(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows.rule == "total"].assign(minutes=rows.ideal_seconds / 60).set_index("scope")[["minutes"]]


def written(rows: pd.DataFrame, columns: list[str]) -> dict[str, Number]:
    """Every one of these columns of every row that has a value, under the row's index and the column's name."""
    found: dict[str, Number] = {}
    for place, row in zip(rows.index, rows.to_dict("records"), strict=True):
        parts = [part for part in (place if isinstance(place, tuple) else (place,)) if part]
        for column in rows.columns.intersection(columns):
            if pd.notna(row[column]):
                found[".".join([*parts, column])] = Number(float(row[column]), FORMATS[column](row[column]))
    return found


@dataclass(frozen=True)
class Quoted:
    """A table: the first part of its keys (empty: the file's name), what reads it, and the columns that have keys.

    These are the columns that a page quotes or that a sentence of docs/claims.yaml needs.
    """

    prefix: str
    read: Callable[..., pd.DataFrame]
    columns: str


ARM = ("dataset", "model", "units", "initial", "loss", "widths", "share")
TESTED = "difference difference_low difference_high p_holm"
QUOTED = {
    "tables/compare.csv": Quoted(
        "compare",
        named(*ARM),
        f"networks parameters collapsed balanced_accuracy {TESTED} alike_p smallest_share_tested"
        " tuned_balanced_accuracy tuned_difference tuned_difference_high tuned_p_holm tuned_dense_difference"
        " tuned_smallest_share tuned_smallest_share_tested loss_p_holm loss_tuned_difference loss_tuned_p_holm",
    ),
    "tables/compare_hypotheses.csv": Quoted("hypotheses", hypotheses, f"holds {TESTED}"),
    "tables/compare_recipe.csv": Quoted("recipe", named("dataset", "model", "row"), f"networks collapsed {TESTED}"),
    "tables/compare_rankings.csv": Quoted(
        "rankings",
        named("between", "dataset", "model", "loss", "measure", "first", "second"),
        "tau told_apart reversed contradicted",
    ),
    "tables/compare_longer.csv": Quoted("longer", named(*ARM), "networks difference tuned_difference"),
    "tables/compare_collapse.csv": Quoted("collapse", collapse, "specialists collapsed"),
    "tables/compare_survival.csv": Quoted("survival", survival, "balanced_accuracy collapsed constant"),
    "tables/communities.csv": Quoted("communities", communities, "networks mean from to"),
    "tables/table*.csv": Quoted(
        "",
        table,
        "best_epoch_accuracy best_epoch_balanced_accuracy paper_accuracy always_no collapsed compress_rate"
        " paper_compress_rate parameter_share fewest_parameters most_parameters",
    ),
    "tables/readings.csv": Quoted("readings", readings, "compress_rate forced"),
    "tables/seeds.csv": Quoted("seeds", seeds, "networks from to"),
    "tables/export.csv": Quoted(
        "export",
        export,
        "accuracy differing_decisions parameters_of_dense multiply_accumulates_of_dense bytes_of_dense bytes_of_float32"
        " p50_of_1_of_dense p50_of_1_of_float32",
    ),
    "tables/exactness.csv": Quoted("exactness", exactness, "networks cuts exact relative_difference"),
    "benchmarks/pretrained.csv": Quoted("pretrained", pretrained, "agree order"),
    "tables/similarity_demo.csv": Quoted("similarity.demo", demo, "farthest within layers"),
    "tables/similarity_rounds.csv": Quoted("similarity.rounds", rounds, "cka density rounds_above"),
    "tables/similarity_units.csv": Quoted("similarity.units", units, "correlation"),
    "mint/tables/*.csv": Quoted("mint", mint, "best_epoch_accuracy pruned"),
    "tables/own.csv": Quoted(
        "own", own, "balanced_accuracy dense_difference difference p_holm parameters collapsed auroc"
    ),
    "benchmarks/environment.csv": Quoted("environment", environment, "gigabytes"),
    "benchmarks/commands.csv": Quoted("commands", named("command"), "seconds"),
    "benchmarks/study.csv": Quoted("study", study, "minutes"),
}


def numbers(results: Path, published: Path) -> dict[str, Number]:
    """Of the tables below `results`; `published`: the folder of the papers' numbers.

    Raises UserError for a table that is not what its job wrote.
    """
    found: dict[str, Number] = {}
    for pattern, of in QUOTED.items():
        printed = read_published(published / "similarity_demo.csv", SIMILARITY) if of.read is demo else None
        given = [] if printed is None else [printed.set_index("round")]
        for path in sorted(results.glob(pattern)):
            files.verified(path)
            rows = of.read(pd.read_csv(path, dtype={"share": str, "label": str}), *given)
            keys = written(rows, of.columns.split())
            found |= {f"{of.prefix or path.stem}.{key}": number for key, number in keys.items()}
    return found
