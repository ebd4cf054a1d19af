"""Write how the methods rank under the comparison's schedule and under the tables' longer one."""

from argparse import Namespace
from itertools import permutations

import pandas as pd
from scipy.stats import kendalltau

from specdnn.cli import Command, count, table_files
from specdnn.evaluation import inference
from specdnn.report.rendering import Section

TITLE = "Two schedules, one ranking?"
NOTE = (
    "Told apart: the 95 % interval of the paired difference leaves out zero under either schedule; uncorrected, so "
    "that more pairs are asked to keep their order rather than fewer."
)


def per_network(runs: pd.DataFrame) -> pd.DataFrame:
    """A row a model and seed, a column a method: balanced accuracy, mean over the classes, and how many collapsed."""
    of_method = runs.groupby(["model", "seed", "method"])
    return of_method.agg({"balanced_accuracy": "mean", "collapsed": "sum"}).unstack("method")


def told_apart(scores: pd.DataFrame, resamples: int) -> set[tuple[str, str]]:
    """The pairs (better, worse) of methods whose paired difference has a 95 % interval above zero."""
    return {
        (better, worse)
        for better, worse in permutations(scores.columns, 2)
        if inference.interval((scores[better] - scores[worse]).to_numpy(), resamples)[0] > 0
    }


def compared(short: pd.DataFrame, long: pd.DataFrame, resamples: int) -> pd.DataFrame:
    """One row a method: mean and rank under both schedules, and how it stands to each other method.

    told_apart: number of methods that differ from it under either schedule; swapped: those of them whose mean
    stands on its other side under the other schedule.
    """
    rows = pd.DataFrame({"networks": len(long), "mean_short": short.mean(), "mean_long": long.mean()})
    for schedule in ("short", "long"):
        rows[f"rank_{schedule}"] = rows[f"mean_{schedule}"].rank(ascending=False, method="min").astype(int)
    pairs = told_apart(short, resamples) | told_apart(long, resamples)
    swapped = {pair for pair in pairs for means in (short.mean(), long.mean()) if means[pair[0]] < means[pair[1]]}
    for name, found in (("told_apart", pairs), ("swapped", swapped)):
        rows[name] = [len({frozenset(pair) for pair in found if method in pair}) for method in rows.index]
    return rows.rename_axis("method").reset_index()


def schedule(text: str) -> tuple[str, str]:
    """epochs, and after how many the rate drops, each time: 20/6"""
    epochs, step = text.split("/")
    return str(count(epochs)), str(count(step))


def of_a_model(text: str) -> tuple[str, tuple[str, str]]:
    """a model and its schedule: lenet_5=20/6"""
    model, short = text.split("=")
    return model, schedule(short)


def main(args: Namespace, record: dict) -> None:
    schedules = dict(map(of_a_model, args.short))
    runs = pd.read_csv(args.runs)
    short, long = (per_network(runs[runs.part == part]) for part in ("own", "long"))
    tables, sections = [], []
    for model in long.index.unique("model"):
        of_long = long.loc[model].dropna(axis="columns")
        of_short = short.loc[model].loc[of_long.index, of_long.columns]
        rows = compared(of_short.balanced_accuracy, of_long.balanced_accuracy, args.resamples).sort_values("rank_long")
        for kind, found in (("short", of_short), ("long", of_long)):
            rows[f"collapsed_{kind}"] = rows.method.map(found.collapsed.sum()).astype(int)
        tables.append(rows.assign(model=model))
        frame = pd.DataFrame({"method": rows.method})
        drops = []
        for kind, (epochs, step) in (("short", schedules[model]), ("long", args.long)):
            name = f"{epochs} epochs"
            frame[f"{name}, %"] = [f"{100 * value:.2f}" for value in rows[f"mean_{kind}"]]
            frame[f"rank, {name}"] = rows[f"rank_{kind}"].astype(str)
            frame[f"always no, {name}"] = rows[f"collapsed_{kind}"].astype(str)
            drops.append(f"every {step} of the {name}")
        frame["told apart from"] = rows.told_apart.astype(str)
        frame["of these, order changed"] = rows.swapped.astype(str)
        tau = kendalltau(rows.mean_short, rows.mean_long).statistic
        notes = [
            f"Balanced accuracy, mean over {inference.counted(len(of_long))}. Kendall's tau {tau:.2f}. The learning "
            f"rate drops after {' and '.join(drops)}. Always no: specialists that say no to every image.",
            NOTE,
        ]
        sections.append(Section(f"{model}, at SpecDNN's own sizes", frame, notes))
    rows = pd.concat(tables)
    table_files.write(args, TITLE, sections, rows)
    print(f"{TITLE} {len(rows)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--short", "the comparison's schedule of each model", each=of_a_model)
    command.takes("--long", "the tables' schedule", type=schedule)
    command.takes("--resamples", "of the networks, for each interval", type=count)
    command.reads("--runs", "CSV of `compare_runs`")
    table_files.add(command)
    command.run(main)
