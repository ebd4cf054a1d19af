"""Write the table of the studies of own networks: what specialists are worth, and how small they can be."""

from argparse import Namespace

import pandas as pd

from specdnn.cli import Command, table_files
from specdnn.own import summary, words
from specdnn.own.summary import ALL

TITLE = "Own networks, own classes"


def of_study(text: str) -> tuple[str, str, float, str]:
    """STUDY=TITLE|WHAT|NEAR: what its shares are of, and how far below the dense network is near it"""
    name, _, rest = text.partition("=")
    title, what, near = rest.rsplit("|", 2)
    return name, title, float(near), what


def with_costs(table: pd.DataFrame, paths: list[str]) -> pd.DataFrame:
    """With bytes and p50, of the exported networks; the mean over the sets where there is a row for all."""
    costs = pd.concat([pd.read_csv(path, dtype=summary.TEXTS) for path in paths], ignore_index=True)
    dense = costs[costs.method == summary.DENSE].assign(method=summary.TUNED)
    costs = pd.concat([costs, dense], ignore_index=True)
    means = costs.groupby(["study", "method", "share"], dropna=False)[["bytes", "p50"]].mean().reset_index()
    return table.merge(pd.concat([costs, means.assign(set=ALL)]), on=summary.KEY, how="left")


def main(args: Namespace, record: dict) -> None:
    settings = dict(entry.split("=") for entry in args.settings)
    rows = summary.joined((summary.read(path, settings) for path in args.scores), [*settings])
    rows = summary.with_all(summary.scored(rows))
    sections, tables = [], []
    for study, title, near, what in map(of_study, args.studies):
        part = rows[rows.study == study]
        sets = [*part["set"].unique()]
        sets = [ALL] * (ALL in sets) + [name for name in sets if name != ALL]
        found = {}
        for name in sets:
            own = part[part["set"] == name]
            called = name if name == ALL else own.classes.iloc[0].replace("|", ", ")
            found[called] = summary.smallest(own, near)
        table = with_costs(summary.table(part, near), args.costs)
        sections.append(words.answers(found, what.replace("_", "-"), near, title))
        for place, name in enumerate(sets):
            specialists = len({*sets} - {ALL}) if name == ALL else 1  # of a network
            sections += words.of_set(table[table["set"] == name], title, specialists, notes=not place)
        tables.append(table)
    frame = pd.concat(tables, ignore_index=True)
    table_files.write(args, TITLE, sections, frame)
    print(sections[0].notes[0])


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--studies", "STUDY=TITLE|WHAT|NEAR", each=of_study)
    command.takes_many("--settings", "STUDY/SET=SETTINGS: what the scores must be made with; in the table's order")
    command.reads_many("--scores", "CSV of `own_specialists`, one a network and set")
    command.reads_many("--costs", "CSV of `own_latency`, one a study")
    table_files.add(command)
    command.run(main)
