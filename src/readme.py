"""Write the tables and the numbers of README.md and docs from what the study wrote; `make readme`.

Between `<!-- begin PATH -->` and `<!-- end -->` stands the first table of that file; between `<!-- begin NAME -->`
and `<!-- end -->` stand the sentences of the function of that name below, with their numbers.
"""

import re
import sys
from pathlib import Path

import pandas as pd

import comparison_prose
import export_prose
import mint_prose
import similarity_prose
from comparison_prose import TABLES, filled, percent

MARKED = re.compile(r"(<!-- begin (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def first_table(path: str) -> str:
    """The title and the first table of a Markdown file of `tables`."""
    title, _, table = Path(path).read_text().split("\n\n")[:3]
    return f"**{title.removeprefix('## ')}**\n\n{table}"


def rows_of(table: str) -> tuple[pd.DataFrame, float]:
    """The specialists of a table, and the average accuracy that the paper prints for them."""
    rows = pd.read_csv(TABLES / f"{table}.csv", dtype={"label": str}).set_index("label")
    return rows.drop(index=["average", "original"]), rows.paper_accuracy["average"]


def mean(rows: pd.DataFrame, column: str, digits: int = 2) -> str:
    return percent(rows[column].mean(), digits)


def findings() -> str:
    (one, paper_one), (two, paper_two) = rows_of("table1_lenet_300_100"), rows_of("table2_lenet_5")
    readings = pd.read_csv(TABLES / "readings.csv")
    printed = readings[readings.method == "paper"].groupby("model").compress_rate
    ranked = readings[readings.method == "first_exceed"]
    paragraphs = [
        f"""Accuracies of the published kind come out again: {mean(one, "best_epoch_accuracy")} on average for
        LeNet-300-100 (published {percent(paper_one)}), {mean(two, "best_epoch_accuracy")} for LeNet-5
        (published {percent(paper_two)}). They flatter: the question is "this class or not?", and always
        answering *no* already scores {mean(one, "always_no")}. Balanced accuracy is
        {mean(one, "best_epoch_balanced_accuracy")} and {mean(two, "best_epoch_balanced_accuracy")};
        {one.collapsed.sum()} of ten specialists of LeNet-300-100 and {two.collapsed.sum()} of LeNet-5 have collapsed to
        always *no*.""",
        f"""The compress rates come out because of a slip: the released code puts a unit's *index* where the formula
        has its *rank*, so how many units are kept depends on how hidden units happen to be numbered. On the same
        networks the algorithm as printed keeps {percent(printed.mean()["lenet_300_100"], 1)} of LeNet-300-100 and
        {percent(printed.mean()["lenet_5"], 1)} of LeNet-5; the released loop with true ranks keeps nothing at all in
        some layer in {ranked.status.str.contains("forced").sum()} of {len(ranked)} cases. Even with the slip that
        happens in {one.fallback.notna().sum()} of ten classes of LeNet-300-100 and {two.fallback.notna().sum()} of
        LeNet-5; there the strongest unit is taken instead, and flagged.""",
        f"""Table II's compress rate counts all rows of a kept column, though most of them are dropped too. By weights
        and biases the LeNet-5 specialists have {two.parameters.min():,.0f} to {two.parameters.max():,.0f} parameters,
        {mean(two, "parameter_share")} of the original's and not {mean(two, "compress_rate", 1)}.""",
    ]
    return filled(paragraphs)


def takes() -> str:
    """How long the study is for one who starts it."""
    rows = pd.read_csv("results/benchmarks/study.csv")
    minutes = rows[rows.rule == "total"].set_index("scope").ideal_seconds / 60
    return filled(
        [
            f"""On two cores the study takes about {minutes["all"]:.0f} minutes: {minutes["published"]:.0f} for the
            published protocol, the rest for the same tables with epochs chosen on held-out images
            ([results/benchmarks/study.md](results/benchmarks/study.md))."""
        ]
    )


BLOCKS = {
    "findings": findings,
    "answer": comparison_prose.answer,
    "in_short": lambda: filled([comparison_prose.in_short()]),
    "comparison": comparison_prose.comparison,
    "along_budgets": comparison_prose.along_budgets,
    "budgets": comparison_prose.budgets,
    "communities": comparison_prose.communities,
    "ran": comparison_prose.ran,
    "deployed": export_prose.deployed,
    "mint": mint_prose.tables,
    "similarity": similarity_prose.tables,
    "takes": takes,
    "plan": lambda: Path("results/benchmarks/plan.md").read_text().strip(),
}


def refreshed(text: str) -> str:
    def fill(match: re.Match) -> str:
        content = BLOCKS[match[2]]() if match[2] in BLOCKS else first_table(match[2])
        return f"{match[1]}\n{content}\n\n{match[3]}"

    return MARKED.sub(fill, text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(refreshed(Path(name).read_text()))
