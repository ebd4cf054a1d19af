"""Write the tables and the numbers of README.md from what the study wrote; `make readme`.

Between `<!-- begin PATH -->` and `<!-- end -->` stands the first table of that file; between `<!-- begin
findings -->` and `<!-- end -->` stand the sentences below, with their numbers.
"""

import re
import sys
from pathlib import Path

import pandas as pd

MARKED = re.compile(r"(<!-- begin (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
TABLES = Path("results/tables")


def first_table(path: str) -> str:
    """The title and the first table of a Markdown file of `tables`."""
    title, _, table = Path(path).read_text().split("\n\n")[:3]
    return f"**{title.removeprefix('## ')}**\n\n{table}"


def rows_of(table: str) -> pd.DataFrame:
    rows = pd.read_csv(TABLES / f"{table}.csv", dtype={"label": str})
    return rows[~rows.label.isin(["average", "original"])]


def findings() -> str:
    one, two = rows_of("table1_lenet_300_100"), rows_of("table2_lenet_5")
    readings = pd.read_csv(TABLES / "readings.csv")
    rate = readings.groupby(["model", "method"]).compress_rate
    low, high = 100 * rate.min(), 100 * rate.max()
    nothing = readings[readings.method == "first_exceed"].status.str.contains("forced")
    fallbacks = [int(table.fallback.notna().sum()) for table in (one, two)]
    return f"""\
Accuracies of the published kind come out again: {100 * one.best_epoch_accuracy.mean():.2f} % on average for LeNet-300-100
(published {100 * one.paper_accuracy.mean():.2f} %) and {100 * two.best_epoch_accuracy.mean():.2f} % for LeNet-5 (published \
{100 * two.paper_accuracy.mean():.2f} %). They flatter: the question is "this class or not?", and
always answering *no* already scores {100 * one.always_no.mean():.2f} %. Balanced accuracy is \
{100 * one.best_epoch_balanced_accuracy.mean():.2f} % and {100 * two.best_epoch_balanced_accuracy.mean():.2f} %.

The compress rates come out because of a slip. The released code puts a unit's *index* where the formula has its *rank*, so
how many units are kept depends on how hidden units happen to be numbered. On the same networks the algorithm as printed
keeps {low["lenet_300_100", "paper"]:.1f} to {high["lenet_300_100", "paper"]:.1f} % of LeNet-300-100 and \
{low["lenet_5", "paper"]:.1f} to {high["lenet_5", "paper"]:.1f} % of LeNet-5; the released loop with true ranks finds
no significant unit somewhere in {nothing.sum()} of {len(nothing)} cases. Even the slip keeps nothing in some layer for \
{fallbacks[0]} and {fallbacks[1]} of ten classes, where we
take the strongest unit instead and flag it.

Table II counts columns of which most rows are gone: by weights and biases, LeNet-5 specialists have \
{two.parameters.min():,} to {two.parameters.max():,} of 431,080,
{100 * two.parameter_share.mean():.2f} % and not {100 * two.compress_rate.mean():.1f} %."""


def refreshed(text: str) -> str:
    def fill(match: re.Match) -> str:
        content = findings() if match[2] == "findings" else first_table(match[2])
        return f"{match[1]}\n{content}\n\n{match[3]}"

    return MARKED.sub(fill, text)


if __name__ == "__main__":
    readme = Path(sys.argv[1])
    readme.write_text(refreshed(readme.read_text()))
