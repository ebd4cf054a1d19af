"""Write one of MINT's tables: regenerated beside published, with intervals over seeds, beside controls."""

import json
import math
import re
from argparse import Namespace

import pandas as pd
from scipy.stats import ttest_1samp

from specdnn.artefacts import read_json
from specdnn.cli import Command, natural, table_files
from specdnn.errors import UserError
from specdnn.evaluation.inference import holm
from specdnn.mint.blocks import Grid
from specdnn.mint.intervals import mean_and_half
from specdnn.report.published import MINT, read_published
from specdnn.report.rendering import Section
from specdnn.report.text import number, signed

MIB = 1024**2
REPEATS_SD = 3.8  # points of pruned share between the authors' own five repeats of one cell
TOLERANCE = 4.0  # points
TEST_IMAGES = 10_000  # behind each printed accuracy
STORED = re.compile(r"stored in ([\d.]+) MB")


def groups_of(cell: dict) -> str:
    """How the paper names a cell's groups: `20`, or parents and children of its first layer, `250/100`."""
    grid = Grid.parse(cell["grids"][0])
    return str(grid.parents) if grid.parents == grid.children else f"{grid.parents}/{grid.children}"


def read_rows(cells: dict, seeds: list[str], paths: list[str]) -> pd.DataFrame:
    """One row a cell, seed and method; the dense network is the method `dense`. Shares and accuracies in %."""
    rows = []
    places = [(name, seed) for name in cells for seed in seeds]
    for (name, seed), path in zip(places, paths, strict=True):
        metrics, cell = read_json(path), cells[name]
        if metrics["cell"] != {key: cell[key] for key in metrics["cell"]}:
            raise UserError(f"{path}: stale, made with {metrics['cell']}; delete it and run snakemake again")
        shared = {"cell": name, "groups": groups_of(cell), "samples": cell["samples"], "delta": cell["delta"]}
        shared |= {"seed": int(seed)}
        for method in ["dense", *metrics["record"]["params"]["methods"]]:
            scored = metrics["dense"] if method == "dense" else metrics["methods"][method]
            row = {
                "method": method,
                "pruned": 100 * scored.get("pruned_share", 0),
                "cut": 100 * scored.get("cut_share", 0),
            }
            for epoch in ("best_epoch", "last_epoch"):
                if epoch in scored:
                    row |= {epoch: scored[epoch]["epoch"], f"{epoch}_accuracy": 100 * scored[epoch]["accuracy"]}
            rows.append({**shared, **row, "stored_mib": scored["best_epoch"]["stored_bytes"] / MIB})
    return pd.DataFrame(rows)


def printed_rows(path: str, table: str) -> pd.DataFrame:
    """The paper's rows of this table, indexed by groups and samples as text; stored size from their notes."""
    rows = read_published(path, MINT)
    rows = rows[rows.table == table]
    stored = [float(match[1]) if (match := STORED.search(note)) else math.nan for note in rows.note]
    return rows.assign(stored=stored).set_index(["groups", "samples_per_class"])


def printed_row(published: pd.DataFrame, groups: str, samples: int) -> pd.Series:
    """The paper's row, NaN where it has none (a cell of your own)."""
    return published.reindex([(groups, str(samples))]).iloc[0]


def with_interval(values: pd.Series, digits: int = 2, signed: bool = False) -> str:
    mean, half = mean_and_half(list(values))
    text = f"{mean:+.{digits}f}" if signed else f"{mean:.{digits}f}"
    return text.replace("-", "−") + ("" if math.isnan(half) else f" ± {half:.{digits}f}")


def side_by_side(what: str, printed: float | None, values: pd.Series, digits: int = 2) -> dict[str, str]:
    """Three columns: published, regenerated, and by how much the mean differs; one, where nothing is printed: None."""
    if printed is None:
        return {what: with_interval(values, digits)}
    apart = signed(values.mean() - printed, digits)
    return {
        f"{what}, published": number(printed, digits),
        f"{what}, regenerated": with_interval(values, digits),
        f"{what}, difference": apart,
    }


def by_cell(rows: pd.DataFrame) -> list[tuple[tuple[str, int], pd.DataFrame]]:
    """(groups, samples a class) and the rows of every cell; two cells may differ in other values only."""
    return [((group.groups.iloc[0], group.samples.iloc[0]), group) for _, group in rows.groupby("cell", sort=False)]


def beside_published(rows: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """rows: those of the method whose cut is the paper's; a delta that the paper does not print has a star."""
    stored_is_printed, lines = published.stored.notna().any(), []
    for (groups, samples), group in by_cell(rows):
        printed, delta = printed_row(published, groups, samples), group.delta.iloc[0]
        stored = printed.stored if stored_is_printed else None
        lines.append(
            {
                "groups": groups,
                "samples a class": str(samples),
                "delta": f"{delta:g}" if printed.delta == delta else f"{delta:g}*",
                **side_by_side("pruned %", printed.params_pruned_percent, group.pruned),
                **side_by_side("accuracy %", printed.accuracy_percent, group.best_epoch_accuracy),
                **side_by_side("fc2 stored MiB", stored, group.stored_mib, digits=3),
            }
        )
    return pd.DataFrame(lines)


def gains(group: pd.DataFrame, reference: str) -> dict[str, pd.Series]:
    """Method -> what its accuracy gains over that of `reference`, one value a seed; of: the rows of a cell."""
    accuracy = group.set_index(["method", "seed"]).best_epoch_accuracy
    others = [method for method in accuracy.index.unique("method") if method not in ("dense", reference)]
    return {method: accuracy[method] - accuracy[reference] for method in others}


def beside_controls(rows: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Accuracy of every method at the same share, and what it gains over `reference`, paired by seed."""
    lines = []
    for (groups, samples), group in by_cell(rows):
        line = {"groups": groups, "samples a class": str(samples)}
        accuracies = group.groupby("method", sort=False).best_epoch_accuracy
        line |= {f"{method} %": with_interval(values) for method, values in accuracies}
        found = gains(group, reference)
        line |= {f"{method} − {reference}": with_interval(gain, 3, signed=True) for method, gain in found.items()}
        lines.append(line)
    return pd.DataFrame(lines)


def gain_tests(rows: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Every gain of a table: groups, samples, method, gain (one a seed), its mean and half interval, and p.

    p: paired t-test, after Holm's correction for all of them; NaN for one seed.
    """
    tests = []
    for (groups, samples), group in by_cell(rows):
        for method, gain in gains(group, reference).items():
            mean, half = mean_and_half(list(gain))
            p = float(ttest_1samp(gain, 0).pvalue) if gain.std() > 0 else math.nan
            cell = {"groups": groups, "samples": samples, "method": method}
            tests.append({**cell, "gain": gain, "mean": mean, "half": half, "p": p})
    table = pd.DataFrame(tests)
    return table.assign(p=holm(table.p.to_dict()))


def gains_note(rows: pd.DataFrame, reference: str) -> str:
    """How many of the differences between methods chance alone would not make."""
    tests = gain_tests(rows, reference)
    if tests.half.isna().any():
        return "One seed has no interval: nothing here can be told from chance."
    return (
        f"Differences with an interval without 0: {(tests['mean'].abs() > tests.half).sum()} of {len(tests)}; by "
        f"t-tests at 5 %, after Holm's correction: {(tests.p < 0.05).sum()}."
    )


def own_cuts(rows: pd.DataFrame) -> pd.DataFrame:
    """What each method's own scores would prune at the cell's delta."""
    cuts = rows[rows.method != "dense"].groupby(["cell", "groups", "samples", "method"], sort=False)["cut"]
    table = cuts.apply(with_interval).unstack(sort=False).reset_index("cell", drop=True)
    return table.reset_index().rename_axis(columns=None).astype(str)


def noise_notes(published: pd.DataFrame) -> list[str]:
    """Whether the printed rows differ by more than chance would make them."""
    shares, accuracies = published.params_pruned_percent, published.accuracy_percent
    apart = 1.96 * math.sqrt(2) * REPEATS_SD
    error = 1.96 * math.sqrt(2 * accuracies.mean() * (100 - accuracies.mean()) / TEST_IMAGES)
    inside = {True: "inside", False: "outside"}
    spread = shares.max() - shares.min()
    return [
        f"The printed shares are at most {spread:.2f} points apart. By that standard deviation two runs of one and the "
        f"same cell differ by up to {apart:.1f} points (95 %): the printed trend lies {inside[bool(spread < apart)]} "
        "the noise.",
        f"The printed accuracies are at most {accuracies.max() - accuracies.min():.2f} points apart; "
        f"{TEST_IMAGES:,} test images tell two networks apart from {error:.2f} points on.",
    ]


def main(args: Namespace, record: dict) -> None:
    cells = json.loads(args.cells)
    rows = read_rows(cells, args.seeds, args.metrics)
    published = printed_rows(args.published, args.table)
    ours = published[published.index.get_level_values("groups") != ""]
    printed = published[published.index.get_level_values("groups") == ""]
    reference = rows[rows.method == args.reference]
    cells_of = by_cell(reference)
    beside = [abs(group.pruned.mean() - printed_row(ours, *place).params_pruned_percent) for place, group in cells_of]
    beside = [by for by in beside if not math.isnan(by)]
    dense = rows[rows.method == "dense"].drop_duplicates("seed")
    compared = beside_published(reference, ours)
    sections = [
        Section(
            "Beside the paper",
            compared,
            [
                f"Means over {len(args.seeds)} seeds, ± half of their 95 % interval (Student's t); differences in "
                f"points. Pruned by the method {args.reference} at the paper's delta"
                + (" (*: not printed, our choice)." if compared.delta.str.endswith("*").any() else "."),
                f"{sum(by <= TOLERANCE for by in beside)} of {len(beside)} shares lie within {TOLERANCE:.0f} points of "
                f"the paper's; the authors' own repeats of one cell have a standard deviation of {REPEATS_SD}.",
                f"Not pruned, fc2 takes {with_interval(dense.stored_mib, 3)} MiB.",
                *(noise_notes(ours) if len(ours) > 1 else []),
            ],
        ),
        Section(
            "Beside the controls",
            beside_controls(rows, args.reference),
            [
                f"Test accuracy where every method prunes as many blocks of each layer as {args.reference} does, and "
                "differences paired by seed, in points. random: blocks drawn at random; magnitude: the blocks of "
                "least mean |w|; dense: not pruned.",
                gains_note(rows, args.reference),
            ],
        ),
        Section(
            "What delta would prune",
            own_cuts(rows),
            ["Share in % that each method's own scores prune at the same delta: it depends on how they tie."],
        ),
    ]
    if len(printed):
        names = {"note": "method", "params_pruned_percent": "pruned %", "accuracy_percent": "accuracy %"}
        sections.append(Section("Published only", printed[list(names)].rename(columns=names).astype(str)))
    table_files.write(args, args.title, sections, rows)
    print(f"{args.title}: {len(rows)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--title", "title of the table")
    command.takes("--table", "name of the table in the file of published numbers")
    command.takes("--cells", "JSON: name of each row -> its grids, samples, delta and cap")
    command.takes("--reference", "the method that stands for the paper's")
    command.takes_many("--seeds", "seeds of each row", each=natural)
    command.reads("--published", "CSV of the published numbers")
    command.reads_many("--metrics", "metrics of each row and seed, rows first")
    table_files.add(command)
    command.run(main)
