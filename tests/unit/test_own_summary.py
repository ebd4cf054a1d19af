"""What a study's scores come to: the sentence follows the numbers, and no test is made on too few networks."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from specdnn.errors import UserError
from specdnn.own import card, decisions, summary, words

SHARES = (0.01, 0.1)


def runs(
    networks: int,
    of_method: dict[tuple[str, float], float],
    dense: float = 0.95,
    sets: tuple = ("bag",),
    noise: float = 0.001,
):
    """Scores of so many networks whose balanced accuracy is about what is given; held-out images agree."""
    rows = []
    for of in sets:
        for seed in range(1, networks + 1):
            apart = np.random.default_rng([seed, len(of), 1]).normal(0, noise, len(of_method) + 1)
            values = {("dense", None): dense - 0.1, ("dense_tuned", None): dense, **of_method}
            for place, ((method, share), value) in enumerate(values.items()):
                share_of = np.nan if share is None else share
                right = value + (apart[place - 2] if share else 0)
                rows.append(
                    {"study": "s", "set": of, "seed": seed, "device": "cpu", "method": method, "share": share_of}
                    | {"classes": "Bag|Coat", "epoch": 1, "parameters": 100, "multiply_accumulates": 1000}
                    | {"held_out_balanced_accuracy": value, "set_images": 1000, "other_images": 9000}
                    | {"accepted": round(1000 * right), "right": round(900 * right)}
                    | {"false_alarms": round(9000 * (1 - right)), "auroc": 0.9, "settings": "x"}
                )
    return summary.with_all(summary.scored(pd.DataFrame(rows)))


def everywhere(**values: float) -> dict[tuple[str, float], float]:
    """method -> its balanced accuracy at the larger share; at the smaller it has five points less."""
    return {(method, share): value - 0.05 * (share < 0.1) for method, value in values.items() for share in SHARES}


def said(rows: pd.DataFrame, of: str = "bag") -> str:
    found = summary.smallest(rows[rows["set"] == of], 0.01)
    return words.sentence(of, found, "parameters", 0.01)


def test_the_sentence_of_a_method_that_is_better_than_its_controls():
    text = said(runs(6, everywhere(magnitude=0.948, random=0.92, scratch=0.93)))
    assert text.startswith("bag: 10 % of the parameters (100 parameters) come within 1 point of the dense network, by")
    assert "by magnitude: −0.16 (−0.29 to " in text
    assert "; the test agrees (p < 0.001)" in text
    assert text.endswith("p < 0.001).")
    assert "Magnitude here: better than random units (+2.82 points, p < 0.001)" in text
    assert "better than training from scratch (+1.89 points, p < 0.001)" in text


def test_the_sentence_of_a_method_that_is_no_better():
    text = said(runs(6, everywhere(magnitude=0.948, random=0.9489, scratch=0.949), noise=0.01))
    assert "by training from scratch" in text
    assert "not told apart from random units" in text
    assert "than training from scratch" not in text, "it is not held against itself"


def test_the_sentence_where_no_share_is_near():
    text = said(runs(6, everywhere(magnitude=0.9, random=0.85)))
    assert "no share comes within 1 point of the dense network; the nearest is 10 % of the parameters" in text
    assert "the test agrees" not in text


def test_below_five_networks_there_is_no_interval_and_no_test():
    rows = runs(4, everywhere(magnitude=0.948, random=0.92))
    text = said(rows)
    assert "by the mean ahead of random units (+2.79 points;" in text
    assert "too few networks for a test" in text
    assert "p =" not in text
    table = summary.table(rows, 0.01)
    assert table[["low", "high", "p", "p_holm", "near_p", "dense_difference_low"]].isna().all().all()
    assert table.dense_difference.notna().any()


def test_the_method_is_chosen_on_held_out_images_alone():
    rows = runs(6, everywhere(magnitude=0.945, random=0.949))
    rows.loc[rows.method == "magnitude", "held_out_balanced_accuracy"] = 0.99
    assert summary.smallest(rows, 0.01)["method"] == "magnitude"


def test_tests_are_those_of_the_paired_differences_corrected_within_a_set():
    rows = runs(6, everywhere(magnitude=0.948, random=0.92, scratch=0.947))
    table = summary.table(rows, 0.01).set_index(["method", "share"])
    one, other = (summary.networks(rows, name, 0.1).balanced_accuracy for name in ("random", "magnitude"))
    assert table.difference[("random", 0.1)] == pytest.approx((one - other).mean())
    tested = table.p.dropna()
    assert len(tested) == 4, "random and scratch at two shares"
    assert (table.p_holm[tested.index] >= tested).all()
    assert table.p_holm.max() <= 1
    smallest = tested.idxmin()
    assert table.p_holm[smallest] == pytest.approx(4 * tested[smallest])


def test_several_sets_are_averaged_before_anything_is_tested():
    rows = runs(6, everywhere(magnitude=0.948, random=0.92), sets=("bag", "shirt"))
    found = rows[(rows["set"] == summary.ALL) & (rows.method == "random") & (rows.share == 0.1)]
    own = rows[(rows["set"] != summary.ALL) & (rows.method == "random") & (rows.share == 0.1)]
    assert len(found) == 6
    expected = own.groupby("seed").balanced_accuracy.mean()
    assert found.set_index("seed").balanced_accuracy.to_dict() == pytest.approx(expected.to_dict())
    assert said(rows, summary.ALL).startswith("Over all sets: 10 %")


def test_scores_of_other_parameters_are_refused(tmp_path: Path):
    path = tmp_path / "scores.csv"
    path.write_text("study,set,settings\ns,bag,old\n")
    assert len(summary.read(str(path), {"s/bag": "old"})) == 1
    with pytest.raises(UserError, match=r"scores.csv: of settings old, and the parameters are those of new; take back"):
        summary.read(str(path), {"s/bag": "new"})


def test_sections_have_a_row_a_method_and_share():
    rows = runs(6, everywhere(magnitude=0.948, random=0.92), sets=("bag", "shirt"))
    table = summary.table(rows, 0.01).assign(bytes=np.nan, p50=np.nan)
    for name in ("bag", summary.ALL):
        worth, told = words.of_set(table[table["set"] == name], "Study", 2 if name == summary.ALL else 1, notes=True)
        assert list(worth.frame[""])[:2] == ["dense, threshold chosen alike", "dense, its own decision"]
        assert len(worth.frame) == 6
        assert len(told.frame) == 4
        assert told.frame["always no"].iloc[0] == f"0 of {12 if name == summary.ALL else 6}"


ROW = {"set_images": 100, "other_images": 900, "accepted": 94, "right": 90, "false_alarms": 11, "auroc": 0.99}


@pytest.mark.parametrize(
    ("changed", "size", "says"),
    [
        ({}, 9_100, "it accepts 94 of 100 (94.0 %) test images of bag and 11 of 900 (1.2 %) others, 9 kB: here"),
        ({}, 812, "it accepts 94 of 100 (94.0 %) test images of bag and 11 of 900 (1.2 %) others, 812 bytes: here"),
        (
            {"accepted": 0, "false_alarms": 0},
            9_100,
            "it answers no to everything: more images of the class, or another share",
        ),
        (
            {"accepted": 100, "false_alarms": 900},
            9_100,
            "it answers yes to everything: more images of other kinds, or another share",
        ),
    ],
)
def test_the_line_that_a_specialist_ends_with(changed: dict, size: int, says: str):
    assert card.line(["bag"], decisions.scores({**ROW, **changed}), size, "here") == says


def test_rates_are_of_the_counts():
    found = Namespace(**decisions.scores(ROW))
    assert found.recall == 0.94
    # Wilson's, by hand: (p + z^2/2n -+ z sqrt(p q / n + z^2/4n^2)) / (1 + z^2/n)
    z, p, n = 1.959964, 0.94, 100
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    bounds = [(p + z**2 / (2 * n) + sign * half) / (1 + z**2 / n) for sign in (-1, 1)]
    assert found.recall_interval == pytest.approx(bounds, abs=1e-6)
    assert found.refused == pytest.approx(889 / 900)
    assert found.balanced_accuracy == pytest.approx((0.94 + 889 / 900) / 2)
    assert found.accuracy_in_set == 0.9
    assert not found.collapsed
