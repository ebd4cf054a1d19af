"""README.md and docs say what the study's files say."""

from pathlib import Path

import pandas as pd
import pytest
from comparison import of_curve

import comparison_prose
import readme

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("page", "blocks"),
    [
        ("README.md", 5),
        ("docs/findings.md", 7),
        ("docs/export.md", 1),
        ("docs/cluster.md", 1),
        ("docs/mint.md", 4),
        ("docs/similarity.md", 1),
    ],
)
def test_the_tables_and_numbers_in_the_prose_are_those_of_the_results(page: str, blocks: int, monkeypatch):
    monkeypatch.chdir(ROOT)
    text = Path(page).read_text()
    assert text.count("<!-- begin") == blocks
    assert readme.refreshed(text) == text, "run `make readme`"


def test_what_findings_says_in_words_of_the_comparison_holds_in_its_table(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    rows = comparison_prose.comparison_rows()
    own, five = (comparison_prose.at_own_size(rows[rows.model == model]) for model in ("lenet_300_100", "lenet_5"))
    assert own.p_holm["random"] < 0.05, "by their weights is better than at random"
    assert own.difference["random"] < 0
    assert own.difference_low["disparity"] < 0 < own.difference_high["disparity"], "nothing over strong links"
    assert own.difference["logistic"] > 0, "nothing over logistic regression"
    assert five.difference_low["random"] < 0 < five.difference_high["random"], "in LeNet-5 no better than at random"
    assert five.p_holm["logistic"] < 0.05, "in LeNet-5 better than logistic regression"
    assert five.difference["logistic"] < 0
    learned = five[five.networks == five.networks.max()].drop(index="logistic").not_collapsed
    assert learned.max() - learned.min() < 0.02, "those that learn are alike"
    curve = of_curve(rows)
    told = curve[(curve.model == "lenet_300_100") & (curve.p_holm < 0.05)].set_index(["method", "budget"]).difference
    assert told.loc[["random", "scratch"]].lt(0).tolist() == [True] * 12, "units drawn at random lose at every budget"
    up_to_3 = ["0.001", "0.003", "0.01", "0.03"]
    assert told.loc["disparity"].gt(0).to_dict() == dict.fromkeys(up_to_3, True), "the filter does better"
    five = curve[curve.model == "lenet_5"]
    alike = five[(five.method != "taylor") | (five.budget != "0.001")].groupby("budget").balanced_accuracy
    assert alike.ngroups == 6
    assert (alike.max() - alike.min() < 0.01).all(), "in LeNet-5 it hardly matters which units these are"
    schedules = pd.read_csv("results/tables/comparison_schedules.csv").set_index(["model", "method"])
    saved = (schedules.collapsed_short - schedules.collapsed_long).loc["lenet_5"]
    assert saved[saved != 0].to_dict() == {"released": 1}, "what turns round is one specialist of SpecDNN's units"
    assert not schedules.swapped.loc["lenet_300_100"].any(), "for LeNet-300-100 the first schedule stays"


def test_a_collapsed_specialist_was_at_its_best_in_the_first_epoch_as_findings_says():
    rows = pd.concat(map(pd.read_csv, ROOT.glob("results/scores/*/*/*/*/*.csv")))
    collapsed = rows[rows.collapsed]
    assert len(collapsed) > 0
    assert (collapsed.epoch == 1).all()
    assert (collapsed.held_out_score == 0.5).all()
