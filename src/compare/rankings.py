"""Write how far the order of the methods is the same under another loss, dataset, network, measure or schedule."""

from argparse import Namespace
from itertools import combinations

import pandas as pd

from specdnn.cli import Command, table_files
from specdnn.evaluation import inference
from specdnn.evaluation.arms import MEASURES, NETWORK, PLACE, kind_of, per_network, read_runs
from specdnn.report.rendering import Section
from specdnn.report.text import number

TITLE = "One ranking of the methods?"
FACTORS = {  # what two rankings differ in -> title of their table
    "loss": "between losses",
    "dataset": "between datasets",
    "model": "between networks",
    "measure": "between measures",
    "schedule": "between schedules",
}
STOPPED, LONGER = "stopped", "longer"  # the comparison's schedule, and that of parts with epochs of their own
COUNTS = ["told_apart", "reversed", "contradicted"]  # pairs of methods
NOTES = [
    "Methods at SpecDNN's own widths, weights kept, ranked by their mean over the dense networks. What ran on fewer of "
    "them than others did is left out. tau: Kendall's tau-b. Tests of two methods are paired t tests over these "
    "networks, corrected after Holm over all pairs of one ranking.",
    "Told apart: pairs of methods that differ in at least one of the two rankings; reversed: those of them whose means "
    "stand the other way round in the other; contradicted: those that differ in both, the other way round.",
]
SCHEDULE_NOTE = (
    "Stopped: by the comparison's epochs; longer: by the epochs that a part has of its own, on its networks."
)


def rankings(runs: pd.DataFrame, schedule: str = STOPPED) -> dict[tuple[str, ...], pd.DataFrame]:
    """A name in the order of FACTORS -> a row a dense network, a column a method that ran on as many as any."""
    networks = per_network(runs)
    networks = networks[[kind_of(arm) == "own" for arm in networks.to_dict("records")]]
    found = {}
    for (dataset, model, loss), part in networks.groupby([*PLACE, "loss"], sort=False):
        for measure in MEASURES.values():
            scores = part.pivot(index=NETWORK, columns="units", values=measure)
            ran_on = scores.count()
            found[loss, dataset, model, measure, schedule] = scores.loc[:, ran_on == ran_on.max()]
    return found


def signs(scores: pd.DataFrame) -> pd.DataFrame:
    """A row a pair of methods: the sign of its mean difference, and whether it is told apart."""
    pairs = [*combinations(scores.columns, 2)]
    differences = {pair: (scores[pair[0]] - scores[pair[1]]).to_numpy() for pair in pairs}
    names = {f"{one} {other}": (one, other) for one, other in pairs}
    p = inference.holm({name: inference.paired_p(differences[pair]) for name, pair in names.items()})
    rows = {
        name: {"difference": differences[pair].mean(), "apart": p[name] < inference.SIGNIFICANT}
        for name, pair in names.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["difference", "apart"])


def agreement(one: pd.DataFrame, other: pd.DataFrame, same_networks: bool = False) -> dict:
    """How two rankings agree on the methods that both have; one, other: a row a network, a column a method.

    same_networks: on those that both have, for rankings of the same dense networks.
    """
    methods = [method for method in one.columns if method in other.columns]
    one, other = (scores[methods].dropna() for scores in (one, other))
    if same_networks:
        shared = one.index.intersection(other.index)
        one, other = one.loc[shared], other.loc[shared]
    left, right = signs(one), signs(other)
    turned = left.difference * right.difference < 0
    return {
        "methods": len(methods),
        "networks": min(len(one), len(other)),
        "tau": inference.rank_correlation(one.mean().to_numpy(), other.mean().to_numpy()),
        "told_apart": int((left.apart | right.apart).sum()),
        "reversed": int((turned & (left.apart | right.apart)).sum()),
        "contradicted": int((turned & left.apart & right.apart).sum()),
    }


def between(found: dict[tuple[str, ...], pd.DataFrame]) -> pd.DataFrame:
    """A row for every two rankings that differ in one factor alone: `first` and `second` are its values.

    Rankings by the longer schedule are held against the same by the other alone.
    """
    names = [*FACTORS]
    rows = []
    for one, other in combinations(found, 2):
        differing = [name for name, left, right in zip(names, one, other, strict=True) if left != right]
        if len(differing) == 1 and (differing == ["schedule"] or STOPPED in one):
            place = names.index(differing[0])
            shared = {name: value for name, value in zip(names, one, strict=True) if name != differing[0]}
            row = {"between": differing[0], "first": one[place], "second": other[place], **shared}
            rows.append({**row, **agreement(found[one], found[other], same_networks=row["between"] == "schedule")})
    columns = ["between", *names, "first", "second", "methods", "networks", "tau"]
    frame = pd.DataFrame(rows, columns=[*columns, *COUNTS])
    return frame[frame.methods > 1]


def shown(rows: pd.DataFrame, factor: str) -> pd.DataFrame:
    same = [name for name in ("model", "dataset", "loss", "measure") if name != factor]
    texts = rows.assign(tau=[number(value) for value in rows.tau]).astype(str)
    columns = [*same, "networks", "methods", "tau", *COUNTS]
    frame = texts[columns].rename(columns=lambda name: name.replace("_", " "))
    frame.insert(0, "rankings", texts["first"] + ", " + texts["second"])
    return frame


def main(args: Namespace, record: dict) -> None:
    found = rankings(read_runs(args.runs))
    if args.longer:
        found |= rankings(read_runs(args.longer), LONGER)
    rows = between(found)
    sections = [
        Section(
            f"Methods ranked {title}",
            shown(rows[rows.between == factor], factor),
            [*NOTES, *([SCHEDULE_NOTE] if factor == "schedule" else [])],
        )
        for factor, title in FACTORS.items()
        if (rows.between == factor).any()
    ]
    table_files.write(args, TITLE, sections, rows)
    print(f"{TITLE} {len(rows)} pairs of rankings")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads("--runs", "CSV of `compare_runs`")
    command.may_read("--longer", "the same of the specialists that were trained for longer")
    table_files.add(command)
    command.run(main)
