"""Write one of the paper's tables: regenerated, published and difference, then what is behind each class."""

from argparse import Namespace
from pathlib import Path

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command, table_files
from specdnn.report.published import SPECIALISTS, read_published
from specdnn.report.rendering import Section, markdown
from specdnn.report.text import percent, signed


def with_average(rows: pd.DataFrame) -> pd.DataFrame:
    """The specialists, a row "average" of the paper's two measures, and the dense network."""
    specialists = rows[rows.label != "original"]
    average = {name: specialists[name].mean() for name in ("compress_rate", "parameter_share", "best_epoch_accuracy")}
    return pd.concat([specialists, pd.DataFrame([{"label": "average", **average}]), rows[rows.label == "original"]])


PAPER_COLUMNS = {
    "compress_rate_percent": "paper_compress_rate",
    "accuracy_percent": "paper_accuracy",
    "accuracy_before_retrain_percent": "paper_before_accuracy",
}


SHORT_NOTE = (
    "Kept: the compress rate, as the paper counts it. Accuracy of a specialist: is it this class or not? Of the "
    "original, the dense network: which of ten classes is it? Balanced: the mean of recall and specificity; always "
    "answering no scores 50. †: collapsed, it answers no to every image."
)


def averaged_as(rows: pd.DataFrame, paper: pd.DataFrame) -> pd.DataFrame:
    """The paper, its average over the classes that ours is over; empty where the paper lacks one of their cells.

    Over all of its classes it is the one that is printed, which is not always the mean of the printed cells.
    """
    specialists = paper[~paper.label.isin(["average", "original"])]
    same = specialists[specialists.label.isin(rows.label)]
    if len(same) == len(specialists):
        return paper
    averaged = ["paper_compress_rate", "paper_accuracy"]
    paper.loc[paper.label == "average", averaged] = same[averaged].mean(skipna=False).to_numpy()
    return paper


def join_paper(rows: pd.DataFrame, path: str | None) -> pd.DataFrame:
    """Put the paper's numbers beside ours, as fractions; without a paper (another dataset) its columns are empty."""
    if path is None:
        joined = rows.assign(**dict.fromkeys(PAPER_COLUMNS.values(), float("nan")))
    else:
        paper = read_published(path, SPECIALISTS).rename(columns={"class": "label", **PAPER_COLUMNS})
        paper[list(PAPER_COLUMNS.values())] /= 100
        paper = averaged_as(rows, paper)
        joined = rows.merge(paper[["label", *PAPER_COLUMNS.values()]], on="label", how="left")
    joined["compress_rate_difference"] = joined.compress_rate - joined.paper_compress_rate
    joined["accuracy_difference"] = joined.best_epoch_accuracy - joined.paper_accuracy
    return joined


def in_the_papers_shape(rows: pd.DataFrame) -> pd.DataFrame:
    lines = {
        "Compress rate %, regenerated": [percent(value, 4) for value in rows.compress_rate],
        "published": [percent(value, 4) for value in rows.paper_compress_rate],
        "difference": [signed(100 * value, 4) for value in rows.compress_rate_difference],
        "Accuracy %, regenerated": [percent(value, 2) for value in rows.best_epoch_accuracy],
        "published ": [percent(value, 2) for value in rows.paper_accuracy],
        "difference ": [signed(100 * value, 2) for value in rows.accuracy_difference],
    }
    lines = {title: cells for title, cells in lines.items() if {*cells} != {"–"}}  # without a paper: ours alone
    names = [{"average": "spec avg", "original": "original"}.get(label, f"{label}-spec") for label in rows.label]
    return pd.DataFrame([[title.strip(), *cells] for title, cells in lines.items()], columns=["", *names])


def flags_of(row: pd.Series) -> str:
    notes = [f"empty: {layer}" for layer in str(row.fallback or "").split()]
    if row.best_epoch_collapsed:
        notes.append("always no")
    return ", ".join(notes)


def class_by_class(rows: pd.DataFrame) -> pd.DataFrame:
    specialists = rows[~rows.label.isin(["average", "original"])]
    found = pd.DataFrame(
        {
            "class": specialists.label,
            "kept inputs": specialists.kept,
            "weights + biases": [f"{count:,.0f}" for count in specialists.parameters],
            "share %": [percent(value, 3) for value in specialists.parameter_share],
            "before, published": [percent(value, 2) for value in specialists.paper_before_accuracy],
            "before": [percent(value, 2) for value in specialists.before_accuracy],
            "always no": [percent(value, 2) for value in specialists.always_no],
            "accuracy": [percent(value, 2) for value in specialists.best_epoch_accuracy],
            "last epoch": [percent(value, 2) for value in specialists.last_epoch_accuracy],
            "balanced": [percent(value, 2) for value in specialists.best_epoch_balanced_accuracy],
            "recall": [percent(value, 2) for value in specialists.best_epoch_recall],
            "false positives": [percent(value, 2) for value in specialists.best_epoch_false_positive_rate],
            "AUROC": [f"{value:.4f}" for value in specialists.best_epoch_auroc],
            "flags": [flags_of(row) for _, row in specialists.iterrows()],
        }
    )
    return found if specialists.paper_before_accuracy.notna().any() else found.drop(columns="before, published")


def for_a_page(rows: pd.DataFrame) -> pd.DataFrame:
    """A line for the average, one for the dense network, then one a class: as wide as a page, or a terminal."""
    order = rows.label.map({"average": 0, "original": 1}).fillna(2)
    rows = rows.assign(order=order).sort_values("order", kind="stable")
    balanced = rows.best_epoch_balanced_accuracy.where(rows.label != "average")
    specialists = ~rows.label.isin(["average", "original"])
    balanced = balanced.mask(rows.label == "average", balanced[specialists].mean())
    collapsed = specialists & (rows.best_epoch_collapsed.astype(str) == "True")
    marks = collapsed.map({True: " †", False: ""})
    columns = {
        "": [{"average": "average", "original": "original"}.get(label, f"class {label}") for label in rows.label],
        "accuracy %": [percent(value) for value in rows.best_epoch_accuracy],
        "published": [percent(value) for value in rows.paper_accuracy],
        "balanced %": [percent(value) + mark for value, mark in zip(balanced, marks, strict=True)],
        "kept %": [percent(value, 4 if value < 1 else 0) for value in rows.compress_rate],
        "published ": [percent(value, 4 if value < 1 else 0) for value in rows.paper_compress_rate],
    }
    columns = {name: cells for name, cells in columns.items() if {*cells} != {"–"}}  # without a paper: ours alone
    return pd.DataFrame(columns).rename(columns=str.strip)


def averages(rows: pd.DataFrame) -> dict:
    """The table in a few numbers, for `dvc metrics`."""
    specialists = rows[~rows.label.isin(["average", "original"])]
    return {
        "compress_rate": specialists.compress_rate.mean(),
        "accuracy": specialists.best_epoch_accuracy.mean(),
        "balanced_accuracy": specialists.best_epoch_balanced_accuracy.mean(),
        "collapsed": int((specialists.best_epoch_collapsed.astype(str) == "True").sum()),
        "fallbacks": int((specialists.fallback != "").sum()),
        "original_accuracy": rows[rows.label == "original"].best_epoch_accuracy.item(),
    }


def main(args: Namespace, record: dict) -> None:
    rows = pd.read_csv(args.specialists, dtype={"label": str, "fallback": str}, keep_default_na=False, na_values=[""])
    rows["fallback"] = rows["fallback"].fillna("")
    rows = join_paper(with_average(rows), args.paper)
    sections = [
        Section(
            "In the paper's shape",
            in_the_papers_shape(rows),
            ["Accuracy is one class against the rest, on the test images. Differences in points."],
        ),
        Section(
            "Class by class",
            class_by_class(rows),
            [
                "All scores in % but AUROC. Kept inputs: units kept of the inputs of each layer; share: of the "
                "original's weights + biases; before: accuracy without retraining; always no: accuracy of "
                "answering no to every image; balanced: mean of recall and specificity. Flags: empty, the rule "
                "kept nothing in that layer and the strongest unit was taken instead; always no, the specialist "
                "has collapsed to that answer.",
            ],
        ),
    ]
    csv = rows.drop(columns=["best_epoch_collapsed", "last_epoch_collapsed", "before_collapsed"]).assign(
        collapsed=rows.best_epoch_collapsed
    )
    counts = ["parameters", "best_epoch_epoch", "last_epoch_epoch"]
    csv[counts] = csv[counts].astype("Int64")  # the average has none of these, which made them floats
    table_files.write(args, args.title, sections, csv)
    artefacts.write_text(args.short, markdown(args.title, [Section("In short", for_a_page(rows), [SHORT_NOTE])]))
    artefacts.write_json(args.averages, averages(rows))
    print(f"{args.title}: {Path(args.csv).name} and its .md, .html, .tex")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--title", "title of the table")
    command.reads("--specialists", "CSV of `aggregate`")
    command.may_read("--paper", "CSV of the published numbers, where there are any")
    table_files.add(command)
    command.writes("--short", "Markdown: the paper's measures and balanced accuracy, as wide as a page")
    command.writes("--averages", "JSON of the table's averages")
    command.run(main)
