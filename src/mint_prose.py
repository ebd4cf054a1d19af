"""The sentences of docs/mint.md that have numbers, made from MINT's tables."""

from itertools import groupby
from pathlib import Path

import pandas as pd

from comparison_prose import filled
from mint_table import TOLERANCE, gains, number, printed_row, read_published, with_interval
from specdnn.inference import counted
from specdnn.mint.intervals import mean_and_half

TABLES, PUBLISHED = Path("results/mint/tables"), "published/mint_mnist_mlp.csv"
REFERENCE = "released"
OTHERS = {"corrected": "by the corrected scores", "random": "at random", "magnitude": "by least magnitude"}


def rows_of(table: str) -> pd.DataFrame:
    return pd.read_csv(TABLES / f"{table}.csv", dtype={"groups": str})


def headline() -> str:
    rows, published = rows_of("headline"), read_published(PUBLISHED, "headline")
    of = dict(tuple(rows.groupby("method")))
    ours, dense = of[REFERENCE], of["dense"]
    printed = printed_row(published, ours.groups.iloc[0], ours.samples.iloc[0])
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
    ours = rows[rows.method == REFERENCE].groupby(["groups", "samples"], sort=False)
    printed = [printed_row(published, *cell) for cell, _ in ours]
    close = sum(
        abs(of.pruned.mean() - paper.params_pruned_percent) <= TOLERANCE
        for (_, of), paper in zip(ours, printed, strict=True)
    )
    shares = ", ".join(number(of.pruned.mean(), 1) for _, of in ours)
    theirs = ", ".join(number(paper.params_pruned_percent, 1) for paper in printed)
    accuracies = rows[rows.method != "dense"].groupby(["groups", "samples", "method"]).best_epoch_accuracy.mean()
    return f"""**{what}**, {counted(rows.seed.nunique())}. Pruned: {shares} % (published {theirs}); {close} of
        {len(printed)} lie within {TOLERANCE:.0f} points. Mean accuracies of all methods and cells lie between
        {number(accuracies.min())} and {number(accuracies.max())} %. {told_apart(rows)}"""


def told_apart(rows: pd.DataFrame) -> str:
    """Which differences to the released scores, at equal share, chance alone would not make."""
    found = []
    for (groups, samples), of in rows.groupby(["groups", "samples"], sort=False):
        for method, gain in gains(of, REFERENCE).items():
            mean, half = mean_and_half(list(gain))
            found.append(
                (method, abs(mean) > half, f"{with_interval(gain, signed=True)} ({groups} groups, {samples} a class)")
            )
    apart = sorted((method, text) for method, outside, text in found if outside)
    if not apart:
        return f"None of {len(found)} differences to the released scores has an interval without 0."
    by_method = [
        f"`{method}` {', '.join(text for _, text in of)}" for method, of in groupby(apart, key=lambda pair: pair[0])
    ]
    return f"""Of {len(found)} differences to the released scores {len(apart)} have an interval without 0, in points:
        {"; ".join(by_method)}."""


PARAGRAPHS = {  # by table
    "headline": headline,
    "group_size": lambda: series("group_size", "Number of groups"),
    "sample_size": lambda: series("sample_size", "Samples a class"),
}


def tables() -> str:
    """A paragraph for each table that has been made."""
    return filled([write() for table, write in PARAGRAPHS.items() if (TABLES / f"{table}.csv").exists()])
