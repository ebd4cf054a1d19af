"""Write the comparison's tables: methods at equal numbers of parameters, with intervals and paired tests."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from specdnn.artefacts import read_json
from specdnn.cli import Command, count, proportion, table_files
from specdnn.evaluation import inference
from specdnn.report.rendering import Section
from specdnn.report.text import number, percent, signed

TITLE = "Methods at equal numbers of parameters"
REFERENCE = "released"
OWN = {"own": "the comparison's schedule", "long": "the tables' schedule"}  # parts at SpecDNN's own sizes
PART = ["part", "share"]  # of the comparison; share: of the parameters, along the curve
TESTED = ["difference", "difference_low", "difference_high", "p", "p_holm"]
MEANS = ["balanced_accuracy", "not_collapsed", "accuracy", "auroc", "recall", "false_positive_rate", "parameters"]

OWN_NOTES = [
    "Means over the classes, then over the dense networks; intervals resample the networks. Differences in points of "
    "balanced accuracy, paired by network; p of Wilcoxon's signed-rank test, corrected after Holm over the methods.",
    "released: the paper's rule as its code has it, and the same networks as magnitude at these widths; scratch: the "
    "same small networks from random weights; logistic: regression on the pixels, at its own size; dense: the network "
    "of all ten classes; not always no: the mean without the specialists that say no to every image.",
]
ENOUGH_NOTE = (
    "For each class and network the smallest budget of the curve at which a method reaches {target} % balanced "
    "accuracy on the held-out images; the largest, where none does. Scores are of the test images, which had no part "
    "in the choice."
)
CURVE_NOTE = "The same share of every layer's inputs is kept."
BRACKETS_NOTE = "In brackets: 95 % interval over the networks."
STAR_NOTE = (
    "With a star: differs from {} at the same share, p below 0.05 in Wilcoxon's signed-rank test, paired by "
    "network, after Holm's correction over the methods."
)
RULES_NOTE = (
    "Over all dense networks and classes. Where a rule keeps nothing in a layer, the strongest input stands in, and "
    "counts as one."
)


def enough(runs: pd.DataFrame, target: float) -> pd.DataFrame:
    """Of each class's specialists along the curve, the smallest whose held-out score reaches `target`.

    The largest where none does. Rows of `runs` as a part "enough", and whether the target is `reached`.
    """
    curve = runs[runs.part == "curve"].sort_values("parameters", kind="stable")
    curve = curve.assign(reached=curve.held_out_score >= target)
    chosen = [
        of_class[of_class.reached].head(1) if of_class.reached.any() else of_class.tail(1)
        for _, of_class in curve.groupby(["model", "method", "seed", "label"], sort=False)
    ]
    return pd.concat(chosen).assign(part="enough", share=float("nan")) if chosen else curve


def per_network(runs: pd.DataFrame) -> pd.DataFrame:
    """Means over the classes: one row a model, part, share, method and seed.

    not_collapsed: mean balanced accuracy of those specialists that say yes to any image; NaN where none does.
    """
    runs = runs.assign(not_collapsed=runs.balanced_accuracy.mask(runs.collapsed))
    flags = {"collapsed": ("collapsed", "sum"), "reached": ("reached", "sum"), "classes": ("label", "nunique")}
    means = {name: (name, "mean") for name in [*MEANS, "asked"]}
    of_network = runs.groupby(["model", *PART, "method", "seed"], sort=False, dropna=False)
    return of_network.agg(**means, **flags).reset_index()


def summary(networks: pd.DataFrame, resamples: int) -> pd.DataFrame:
    """One row a model, part, share and method: mean, interval, and the paired difference to the reference."""
    rows = []
    for (model, part, share), group in networks.groupby(["model", *PART], sort=False, dropna=False):
        scores = {method: rows_of.set_index("seed") for method, rows_of in group.groupby("method", sort=False)}
        against = REFERENCE if REFERENCE in scores else "magnitude"
        base = scores.get(against)
        differences = {
            method: (scored.balanced_accuracy - base.balanced_accuracy).dropna()
            for method, scored in scores.items()
            if base is not None and method != against
        }
        p = {method: inference.paired_p(values.to_numpy()) for method, values in differences.items()}
        corrected = inference.holm(p)
        for method, scored in scores.items():
            low, high = inference.interval(scored.balanced_accuracy.to_numpy(), resamples)
            row = {"model": model, "part": part, "share": share, "method": method, "networks": len(scored)}
            row |= {name: scored[name].mean() for name in MEANS}
            row |= {"low": low, "high": high, "specialists": scored.classes.sum()}
            row |= {name: scored[name].sum() for name in ("collapsed", "reached")}
            row |= {"against": None, **dict.fromkeys(TESTED, float("nan"))}
            if method in differences:
                low, high = inference.interval(differences[method].to_numpy(), resamples)
                row |= {"against": against, "difference": differences[method].mean()}
                row |= {"difference_low": low, "difference_high": high, "p": p[method], "p_holm": corrected[method]}
            rows.append(row)
    return pd.DataFrame(rows)


def points(value: float) -> str:
    """A difference of two shares of 1, in points."""
    return signed(100 * value)


def between(low: float, high: float, shown: Callable[[float], str] = percent) -> str:
    return "–" if pd.isna(low) else f"{shown(low)} to {shown(high)}"


def at_own_size(rows: pd.DataFrame) -> pd.DataFrame:
    lines = rows.sort_values("balanced_accuracy", ascending=False)
    networks = lines[lines.method != "dense"].networks.max()
    against = next(iter(lines.against.dropna()), REFERENCE)
    return pd.DataFrame(
        {
            "method": [
                row.method if row.networks == networks else f"{row.method} ({inference.counted(row.networks)})"
                for row in lines.itertuples()
            ],
            "parameters": [f"{count:,.0f}" for count in lines.parameters],
            "balanced accuracy %": [percent(value) for value in lines.balanced_accuracy],
            "95 % interval": [between(row.low, row.high) for row in lines.itertuples()],
            "accuracy %": [percent(value) for value in lines.accuracy],
            "AUROC": [f"{value:.4f}" for value in lines.auroc],
            "always no": [f"{row.collapsed:.0f} of {row.specialists:.0f}" for row in lines.itertuples()],
            "not always no, %": [percent(value) for value in lines.not_collapsed],
            f"against {against}": [points(value) for value in lines.difference],
            "its 95 % interval": [
                between(row.difference_low, row.difference_high, points) for row in lines.itertuples()
            ],
            "p (Holm)": [number(value, 3) for value in lines.p_holm],
        }
    )


def along_budgets(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a method, a column a share of the parameters: mean balanced accuracy, a star if told apart, interval."""
    shares = sorted(rows.share.unique())
    lines = []
    for method, part in rows.groupby("method", sort=False):
        cells = part.set_index("share")
        line = {"method": method}
        for share in shares:
            row = cells.loc[share]
            star = "*" if row.p_holm < 0.05 else ""
            interval = "" if pd.isna(row.low) else f" ({percent(row.low, 1)}–{percent(row.high, 1)})"
            line[f"{100 * share:g} %"] = percent(row.balanced_accuracy, 1) + star + interval
        lines.append(line)
    return pd.DataFrame(lines)


def of_enough(rows: pd.DataFrame) -> pd.DataFrame:
    lines = rows.sort_values("parameters")
    return pd.DataFrame(
        {
            "method": lines.method,
            "parameters, mean": [f"{count:,.0f}" for count in lines.parameters],
            "reached": [f"{row.reached:.0f} of {row.specialists:.0f}" for row in lines.itertuples()],
            "balanced accuracy %": [percent(value) for value in lines.balanced_accuracy],
            "95 % interval": [between(row.low, row.high) for row in lines.itertuples()],
        }
    )


def by_rules(communities: list[dict]) -> pd.DataFrame:
    """What each rule selects by itself, over all networks and classes of one model."""
    rows = pd.DataFrame([row for found in communities for row in found["selected"]])
    lines = []
    for method, part in rows.groupby("method", sort=False):
        lines.append(
            {
                "rule": method,
                "mean compress rate %": f"{100 * part.compress_rate.mean():.3f}",
                "from – to": f"{100 * part.compress_rate.min():.3f} – {100 * part.compress_rate.max():.3f}",
                "median parameters": f"{part.parameters.median():,.0f}",
                "an empty layer": f"{(part.empty_layers > 0).sum()} of {len(part)}",
                "a layer kept whole": f"{(part.full_layers > 0).sum()} of {len(part)}",
            }
        )
    return pd.DataFrame(lines)


def limits_of(networks: int) -> list[str]:
    """What so few networks cannot tell."""
    if networks < 2:
        return ["One network has no interval and no test."]
    return [f"With {networks} networks p cannot be below {inference.least_p(networks):.3f} before correction."]


def sections(rows: pd.DataFrame, communities: dict[str, list[dict]], target: float) -> list[Section]:
    found = []
    for model in rows.model.unique():
        of_model = rows[rows.model == model]
        for part, schedule in OWN.items():
            own = of_model[of_model.part.isin([part, "dense"])]
            if part not in own.part.values:
                continue
            networks = int(own[own.part == part].networks.max())
            title = f"{model}: at SpecDNN's own size for each class, {schedule}, {inference.counted(networks)}"
            found.append(Section(title, at_own_size(own), [*OWN_NOTES, *limits_of(networks)]))
        chosen = of_model[of_model.part == "enough"]
        curve = of_model[of_model.part == "curve"]
        if len(curve):
            networks = int(curve.networks.max())
            title = f"{model}: balanced accuracy % along shares of the parameters, {inference.counted(networks)}"
            starred = curve[curve.p_holm < 0.05].against.unique()
            notes = [CURVE_NOTE, *[BRACKETS_NOTE] * (networks > 1), *map(STAR_NOTE.format, starred)]
            found.append(Section(title, along_budgets(curve), notes))
            title = f"{model}: the smallest budget that is enough, {inference.counted(networks)}"
            found.append(Section(title, of_enough(chosen), [ENOUGH_NOTE.format(target=f"{100 * target:g}")]))
        found.append(Section(f"{model}: what each rule selects by itself", by_rules(communities[model]), [RULES_NOTE]))
    return found


def main(args: Namespace, record: dict) -> None:
    runs = pd.read_csv(args.runs)
    runs = pd.concat([runs.assign(reached=False), enough(runs, args.enough)])
    rows = summary(per_network(runs), args.resamples)
    table_files.write(args, TITLE, sections(rows, read_json(args.communities), args.enough), rows)
    print(f"{Path(args.csv).name}: {len(rows)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--resamples", "of the networks, for each interval", type=count)
    command.takes("--enough", "held-out balanced accuracy for which the smallest budget is chosen", type=proportion)
    command.reads("--runs", "CSV of `compare_runs`")
    command.reads("--communities", "JSON of `compare_runs`")
    table_files.add(command)
    command.run(main)
