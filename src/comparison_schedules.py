"""Write how the methods rank under the comparison's schedule and under the tables' longer one."""

from argparse import Namespace

import pandas as pd
from scipy.stats import kendalltau

from specdnn.cli import Command, count
from specdnn.rendering import Section, write_table, writes_table

TITLE = "Two schedules, one ranking?"


def means(paths: list[str]) -> pd.DataFrame:
    """Balanced accuracy of each method, mean over classes and networks; indexed by model and method."""
    runs = pd.concat([pd.read_csv(path) for path in paths])
    runs = runs[runs.method != "dense"]
    found = runs.groupby(["model", "method"]).balanced_accuracy.agg(["mean"])
    return found.join(runs.groupby(["model", "method"]).seed.nunique().rename("networks"))


def main(args: Namespace, record: dict) -> None:
    both = means(args.short), means(args.long)
    rows = pd.merge(*both, left_index=True, right_index=True, suffixes=("_short", "_long")).reset_index()
    for schedule in ("short", "long"):
        rows[f"rank_{schedule}"] = rows.groupby("model")[f"mean_{schedule}"].rank(ascending=False, method="min")
    sections = []
    for model, part in rows.groupby("model", sort=False):
        part = part.sort_values("rank_long")
        tau = kendalltau(part.mean_short, part.mean_long).statistic
        short, long = f"{args.short_epochs} epochs", f"{args.long_epochs} epochs"
        frame = pd.DataFrame(
            {
                "method": part.method,
                f"{short}, %": [f"{100 * value:.2f}" for value in part.mean_short],
                f"{long}, %": [f"{100 * value:.2f}" for value in part.mean_long],
                f"rank, {short}": [f"{value:.0f}" for value in part.rank_short],
                f"rank, {long}": [f"{value:.0f}" for value in part.rank_long],
            }
        )
        note = f"Balanced accuracy, mean over {int(part.networks_long.max())} dense networks. Kendall's tau {tau:.2f}."
        sections.append(Section(f"{model}, at SpecDNN's own sizes", frame, [note]))
    write_table(args, TITLE, sections, rows)
    print(f"{TITLE} {len(rows)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--short-epochs", "of the comparison's schedule", type=count)
    command.takes("--long-epochs", "of the tables' schedule", type=count)
    command.reads_many("--short", "scores under the comparison's schedule, one file a network")
    command.reads_many("--long", "scores of the same networks under the tables' schedule")
    writes_table(command)
    command.run(main)
