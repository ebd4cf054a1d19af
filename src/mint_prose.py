"""The sentences of docs/mint.md that have numbers, made from MINT's tables."""

from pathlib import Path

import pandas as pd
from mint_table import TOLERANCE, by_cell, gain_tests, number, printed_row, read_published, with_interval

from comparison_prose import filled
from specdnn.evaluation.inference import counted

TABLES, PUBLISHED = Path("results/mint/tables"), "published/mint_mnist_mlp.csv"
REFERENCE = "released"
OTHERS = {"corrected": "by the corrected scores", "random": "at random", "magnitude": "by least magnitude"}


def rows_of(table: str) -> pd.DataFrame:
    return pd.read_csv(TABLES / f"{table}.csv", dtype={"groups": str})


def headline() -> str:
    rows, published = rows_of("headline"), read_published(PUBLISHED, "headline")
    of = dict(tuple(rows.groupby("method")))
    ours, dense = of[REFERENCE], of["dense"]
    named = published[published.index.get_level_values("groups") != ""]
    printed = printed_row(named, ours.groups.iloc[0], ours.samples.iloc[0])
    stored = published.loc["", "stored"].dropna().iloc[0]
    others = ", ".join(f"{how} {with_interval(of[method].best_epoch_accuracy)} %" for method, how in OTHERS.items())
    return f"""**The headline**, {counted(ours.seed.nunique())}. At the paper's delta the released scores prune
        {with_interval(ours.pruned)} % of fc2 (published {number(printed.params_pruned_percent)}), the network then
        reaches {with_interval(ours.best_epoch_accuracy)} % (published {number(printed.accuracy_percent)}), and fc2
        takes {with_interval(ours.stored_mib, 3)} MiB instead of {with_interval(dense.stored_mib, 3)} (published
        {number(printed.stored, 3)} instead of {number(stored, 3)}). As many blocks chosen otherwise: {others}; not
        pruned {with_interval(dense.best_epoch_accuracy)} %."""


def series(table: str, what: str) -> str:
    rows, published = rows_of(table), read_published(PUBLISHED, table)
    ours = by_cell(rows[rows.method == REFERENCE])
    printed = [printed_row(published, *cell) for cell, _ in ours]
    close = sum(
        abs(of.pruned.mean() - paper.params_pruned_percent) <= TOLERANCE
        for (_, of), paper in zip(ours, printed, strict=True)
    )
    shares = ", ".join(number(of.pruned.mean(), 1) for _, of in ours)
    theirs = ", ".join(number(paper.params_pruned_percent, 1) for paper in printed)
    spreads = ", ".join(number(of.pruned.max() - of.pruned.min(), 0) for _, of in ours)
    accuracies = rows[rows.method != "dense"].groupby(["cell", "method"]).best_epoch_accuracy.mean()
    return f"""**{what}**, {counted(rows.seed.nunique())}. Pruned: {shares} % (published {theirs}); {close} of
        {len(printed)} lie within {TOLERANCE:.0f} points. From network to network one delta differs by up to {spreads}
        points. Mean accuracies of all methods and cells lie between {number(accuracies.min())} and
        {number(accuracies.max())} %. {told_apart(rows)}"""


def told_apart(rows: pd.DataFrame) -> str:
    """Which differences to the released scores, at equal share, chance alone would not make."""
    tests = gain_tests(rows, REFERENCE)
    outside, remain = tests[tests["mean"].abs() > tests.half], tests[tests.p < 0.05]
    names = ", ".join(
        f"`{row.method}` with {row.groups} groups and {row.samples} samples a class "
        f"({with_interval(row.gain, 3, signed=True)} points)"
        for row in remain.itertuples()
    )
    return f"""Differences to the released scores with an interval without 0: {len(outside)} of {len(tests)}; after
        Holm's correction, at 5 %: {len(remain)}{f", {names}" if names else ""}."""


PARAGRAPHS = {  # by table
    "headline": headline,
    "group_size": lambda: series("group_size", "Number of groups"),
    "sample_size": lambda: series("sample_size", "Samples a class"),
}


def tables() -> str:
    """A paragraph for each table that has been made."""
    return filled([write() for table, write in PARAGRAPHS.items() if (TABLES / f"{table}.csv").exists()])
