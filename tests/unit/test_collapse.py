"""What is said of specialists that have collapsed, and the line of a set."""

from pathlib import Path

import pandas as pd
import pytest
from support import run_here

from specdnn.report import collapse


@pytest.mark.parametrize(
    ("collapsed", "said"),
    [
        ("", "none of 3 specialists answers no to everything"),
        ("8", "1 of 3 specialists answers no to everything: 8"),
        ("3 8", "2 of 3 specialists answer no to everything: 3, 8"),
    ],
)
def test_the_sentence_names_how_many_and_which(collapsed: str, said: str):
    assert collapse.sentence({label: label in collapsed.split() for label in ("0", "3", "8")}) == said


def test_a_line_of_a_set_has_means_and_the_weakest(tmp_path: Path):
    rows = pd.DataFrame(
        {
            "label": ["0", "8", "original"],
            "parameters": [10, 20, 1000],
            "best_epoch_accuracy": [0.98, 0.9, 0.97],
            "best_epoch_balanced_accuracy": [0.96, 0.5, None],
            "best_epoch_auroc": [0.99, 0.6, None],
            "best_epoch_collapsed": [False, True, None],
        }
    )
    for seed in (1, 2):
        folder = tmp_path / f"aggregate/published/mnist/lenet_5/seed{seed}/released"
        folder.mkdir(parents=True)
        rows.to_csv(folder / "specialists.csv", index=False)
    of = {"protocols": "published", "datasets": "mnist", "models": "lenet_5", "seeds": [1, 2], "methods": "released"}
    files = {ending: tmp_path / f"table.{ending}" for ending in ("csv", "md", "html", "tex")}
    done = run_here("side_by_side", {**of, "aggregated": tmp_path / "aggregate", **files})
    assert done.returncode == 0, done.stderr
    written = pd.read_csv(files["csv"], dtype=str)
    assert [*written.seed] == ["1", "2"]
    assert dict(written.iloc[0])["balanced_accuracy"] == "0.73"
    assert (written.weakest == "8").all()
    cells = [cell.strip() for cell in files["md"].read_text().splitlines()[6].split("|")]
    assert cells[1:4] == ["LeNet-5", "MNIST", "released"]
    assert cells[-4:-1] == ["50.00 (8)", "0.7950", "1 of 2: 8"]
