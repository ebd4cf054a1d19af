"""The comparison's numbers, counted again from the score files by plain pandas and scipy: none of the product's code.

On scores made up here; and on those in git, if they are there, against the tables in git.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats
from support import ROOT, run_here

ARM = ["units", "initial", "loss", "widths", "share"]
PLACE = ["dataset", "model"]
CLOSE = {"rtol": 1e-12, "atol": 1e-12}
ALIKE, NEAR_DENSE, FAIR = 0.005, 0.01, "balanced_cross_entropy"
CHOOSE = {"lenet_300_100": 5, "lenet_5": 3, "coarse_300_100": 3}
TINY = ["tiny", "tiny_live", "tiny_coarse"]
SMALL = ["logistic", "logistic_rule", *TINY]
OF_PARTS = yaml.safe_load((ROOT / "params.yaml").read_text())["compare"]["parts"]
PARTS = ["dense", *(part for part in OF_PARTS if not any("epochs" in entry for entry in OF_PARTS[part].values()))]
THRESHOLDS = {
    "0.5": ("held_out_balanced_accuracy", "balanced_accuracy"),
    "tuned": ("held_out_tuned", "tuned_balanced_accuracy"),
}
COLUMNS = [
    *("model", "dataset", "seed", "part", *ARM, "draw", "label", "asked", "parameters", "epoch", "threshold"),
    *("images", "positives", "true_positives", "false_positives", "tuned_true_positives", "tuned_false_positives"),
    *("auroc", "held_out_balanced_accuracy", "held_out_tuned", "held_out_auroc"),
    *(f"accepts_{j}" for j in range(10)),
]


def made_up(dataset: str, model: str, networks: int, random: np.random.Generator) -> pd.DataFrame:
    """Scores of some arms of each kind; each network has its own level, so that pairing matters."""
    arms = [("dense", "", "", "", np.nan, 1, 99)]
    for loss, level in (("squared", 90), (FAIR, 94)):
        arms += [
            ("released", "kept", loss, "released", np.nan, 1, level),
            ("released", "random", loss, "released", np.nan, 3, level),
            ("random_live", "kept", loss, "released", np.nan, 3, level + 0.3),
            ("random", "kept", loss, "released", np.nan, 3, level - 2),
            ("rule_inputs", "kept", loss, "released", np.nan, 3, level + 1),
            ("logistic", "random", loss, "pixels", np.nan, 3, level + 0.5),
            ("tiny", "random", loss, "tiny1", np.nan, 3, level - 1),
            ("tiny", "random", loss, "tiny2", np.nan, 3, level + 1),
            ("released", "kept", loss, "even", np.nan, 1, level - 3),
        ]
    for share, level in ((0.003, 94), (0.01, 97), (0.1, 98.8)):
        arms += [
            ("magnitude", "kept", FAIR, "even", share, 1, level),
            ("random", "kept", FAIR, "even", share, 3, level),
        ]
    rows = [
        (*arm[:5], draw, seed, label, arm[6])
        for arm in arms
        for draw in range(1, arm[5] + 1)
        for seed in range(1, networks + 1 - 2 * (arm[0] == "random"))  # some arms miss networks
        for label in range(10)
    ]
    frame = pd.DataFrame(rows, columns=[*ARM, "draw", "seed", "label", "level"])
    frame = frame.assign(dataset=dataset, model=model, part="own", images=10000)
    frame["asked"] = frame["parameters"] = (frame.share * 266610).fillna(500).astype(int)
    frame["positives"] = 900 + 20 * frame.label
    level = frame.level / 100 + 0.003 * np.sin(frame.seed)
    for name, gain in (("", 0.0), ("tuned_", 0.005)):
        recall, alarms = (np.clip(level + gain + random.normal(0, 0.01, len(frame)), 0, 1) for _ in range(2))
        frame[f"{name}true_positives"] = (recall * frame.positives).astype(int)
        frame[f"{name}false_positives"] = ((1 - alarms) * (10000 - frame.positives)).astype(int)
    dead = (random.uniform(size=len(frame)) < 0.02) & (frame.loss == "squared")
    frame.loc[dead, ["true_positives", "false_positives"]] = 0
    frame["auroc"] = np.clip(level + 0.03 + random.normal(0, 0.005, len(frame)), 0, 1)
    for name in ("held_out_balanced_accuracy", "held_out_tuned", "held_out_auroc"):
        frame[name] = level + random.normal(0, 0.01, len(frame))
    released = (frame.units == "released") & (frame.initial == "kept") & (frame.widths == "released")
    for j in range(10):
        frame[f"accepts_{j}"] = np.where(frame.label == j, 0.9, 0.1 * random.uniform(size=len(frame)))
        frame.loc[~released & (frame.units != "dense"), f"accepts_{j}"] = np.nan
    return frame.assign(epoch=1, threshold=0.0).replace("", None)[COLUMNS]


def write_study(folder: Path) -> dict[str, list]:
    """Score files and communities of 20 + 6 + 5 networks, and with which settings they are to be joined."""
    random = np.random.default_rng(0)
    flags: dict[str, list] = {"scores": [], "settings": [], "communities": [], "of_communities": []}
    for dataset, model, networks in (
        ("mnist", "lenet_300_100", 20),
        ("digits", "lenet_300_100", 6),
        ("mnist", "lenet_5", 5),
    ):
        flags["settings"] += [f"{dataset}/{model}/{part}=0123456789ab" for part in ("own", "dense")]
        flags["of_communities"] += [f"{dataset}/{model}=0123456789ab"]
        for seed, rows in made_up(dataset, model, networks, random).groupby("seed"):
            place = folder / "scores/held_out" / dataset / model / f"seed{seed}"
            place.mkdir(parents=True)
            rows = rows.assign(settings="0123456789ab")
            rows.to_csv(place / "own.csv", index=False)
            rows[rows.units == "dense"].assign(part="dense").to_csv(place / "dense.csv", index=False)
            params = {"dataset": dataset, "model": model, "settings": "0123456789ab"}
            selected = {"method": "released", "label": 0, "compress_rate": 0.02, "parameters": 500}
            selected |= {"empty_layers": 0, "full_layers": 1}
            found = {"record": {"params": params}, "selected": [selected], "relabelled_rates": [0.02, 0.03]}
            found |= {"overlaps": [{"layer": "fc1", "shared": 9 + seed, "by_chance": 5}]}
            found |= {"removals": [{"label": 0, "loss": 0.5, "loss_of_others": 0.1, "loss_by_chance": 0.01 * seed}]}
            (place / "communities.json").write_text(json.dumps(found))
            flags["scores"] += [place / "own.csv", place / "dense.csv"]
            flags["communities"].append(place / "communities.json")
    return flags


@dataclass
class Study:
    """Score files, and the tables that were made of them."""

    scores: list[Path]
    tables: Path

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.tables / f"{name}.csv", dtype=dict.fromkeys(["initial", "loss", "widths"], str))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("study")
    flags = write_study(folder)
    runs, joined = folder / "runs.csv", folder / "communities.json"
    scores = {"scores": flags["scores"], "settings": flags["settings"]}
    assert run_here("compare/runs", {**scores, "runs": runs}).stderr == ""
    communities = {"communities": flags["communities"], "settings": flags["of_communities"]}
    assert run_here("compare/communities_joined", {**communities, "joined": joined}).stderr == ""
    margin = {"alike": ALIKE}
    tables = {
        "table": (
            "compare",
            {**margin, "near_dense": NEAR_DENSE, "fair_loss": FAIR, "resamples": 100, "communities": joined},
        ),
        "hypotheses": ("compare_hypotheses", {**margin, "hypotheses": ROOT / "docs/hypotheses.yaml"}),
        "rankings": ("compare_rankings", {}),
        "recipe": ("compare_recipe", {"choose": [f"{m}={n}" for m, n in CHOOSE.items()]}),
    }
    for script, (name, values) in tables.items():
        files = {kind: folder / f"{name}.{kind}" for kind in ("csv", "md", "html", "tex")}
        done = run_here(f"compare/{script}", {**values, "runs": runs, **files})
        assert (done.returncode, done.stderr) == (0, ""), script
    return Study(flags["scores"], folder)


@pytest.fixture(scope="module", params=["made up", "in git"])
def study(request: pytest.FixtureRequest) -> Study:
    if request.param == "made up":
        return request.getfixturevalue("made")
    scores = [path for path in sorted(ROOT.glob("results/scores/*/*/*/*/*.csv")) if path.stem in PARTS]
    if not scores or "units" not in scores[0].open().readline().split(","):
        pytest.skip("the scores in git are of the former comparison, which had neither losses nor draws")
    return Study(scores, ROOT / "results/tables")


def specialists(study: Study) -> pd.DataFrame:
    """A row a specialist, from the counts of the score files."""
    rows = pd.concat([pd.read_csv(path) for path in study.scores])
    rows = rows[(rows.units == "dense") == (rows.part == "dense")]  # older files have the dense network's in each part
    rows[ARM[1:4]] = rows[ARM[1:4]].fillna("")
    rows["share"] = rows.share.fillna(-1.0)
    rows = rows[~rows.duplicated([*PLACE, "seed", *ARM, "draw", "label"])]
    others = rows.images - rows.positives
    rows["recall"] = rows.true_positives / rows.positives
    rows["false_positive_rate"] = rows.false_positives / others
    rows["balanced_accuracy"] = 0.5 * rows.recall + 0.5 * (others - rows.false_positives) / others
    tuned = rows.tuned_true_positives / rows.positives
    rows["tuned_balanced_accuracy"] = 0.5 * tuned + 0.5 * (others - rows.tuned_false_positives) / others
    rows["accuracy"] = (rows.true_positives + others - rows.false_positives) / rows.images
    rows["collapsed"] = 1.0 * (rows.true_positives + rows.false_positives == 0)
    rows["tuned_collapsed"] = 1.0 * (rows.tuned_true_positives + rows.tuned_false_positives == 0)
    rows["not_collapsed"] = np.where(rows.collapsed == 1, np.nan, rows.balanced_accuracy)
    rows["specialists"] = 1
    return rows


def counted(study: Study) -> pd.DataFrame:
    """A row a network and arm."""
    rows = specialists(study)
    tiny = rows.units.isin(TINY)
    case = [*PLACE, "seed", "units", "label", "initial", "loss", "share"]
    if tiny.any():
        shapes = rows[tiny].pivot_table("held_out_balanced_accuracy", case, "widths", aggfunc="mean").idxmax(axis=1)
        chosen = shapes.reindex(pd.MultiIndex.from_frame(rows[case])).to_numpy()
        rows = rows[~tiny | (rows.widths == chosen)]
    rows.loc[rows.units.isin(TINY), "widths"] = "tiny"
    sums = dict.fromkeys(["specialists"], "sum") | {"collapsed": ["mean", "sum"], "tuned_collapsed": ["mean", "sum"]}
    means = ["recall", "false_positive_rate", "balanced_accuracy", "tuned_balanced_accuracy", "accuracy", "auroc"]
    means += ["not_collapsed", "parameters", "held_out_balanced_accuracy", "held_out_tuned"]
    found = rows.groupby([*PLACE, *ARM, "seed"]).agg(dict.fromkeys(means, "mean") | sums)
    found.columns = ["_".join(name) if "collapsed" in name[0] else name[0] for name in found.columns]
    return found.rename(columns={"not_collapsed_mean": "not_collapsed"}).reset_index()


def test_what_more_epochs_are_worth(study: Study, arms: dict):
    paths = sorted(ROOT.glob("results/scores/*/*/*/*/longer.csv"))
    if study.tables != ROOT / "results/tables" or not paths:
        pytest.skip("no scores of a longer schedule")
    longer = counted(Study(paths, study.tables))
    rows = study.table("compare_longer")
    assert len(rows) == len(longer[longer.units != "dense"][[*PLACE, *ARM]].drop_duplicates())
    found = []
    for dataset, model, arm, row in places(rows):
        after = longer[(longer[[*PLACE, *ARM]] == [dataset, model, *arm]).all(axis=1)].set_index("seed")
        before = arms[dataset, model, *arm].loc[after.index]
        for name, prefix in (("balanced_accuracy", ""), ("tuned_balanced_accuracy", "tuned_"), ("auroc", "auroc_")):
            wanted = differing(after[name], before[name])
            names = ["difference", "difference_low", "difference_high", "p"]
            shown = row[[f"{prefix}{one}" for one in names]].astype(float)
            np.testing.assert_allclose(shown, [wanted[one] for one in names], err_msg=f"{arm} {name}", **CLOSE)
        np.testing.assert_allclose(row.balanced_accuracy, after.balanced_accuracy.mean(), **CLOSE)
        assert (row.collapsed, row.stopped_collapsed) == (after.collapsed_sum.sum(), before.collapsed_sum.sum())
        found.append((dataset, model, arm[2]))
    corrected = pd.concat([holm(part) for _, part in rows.p.groupby(pd.Series(found, index=rows.index))])
    np.testing.assert_allclose(rows.p_holm, corrected[rows.index], **CLOSE)


@pytest.fixture(scope="module")
def networks(study: Study) -> pd.DataFrame:
    return counted(study)


@pytest.fixture(scope="module")
def arms(networks: pd.DataFrame) -> dict[tuple, pd.DataFrame]:
    """(dataset, model, *arm) -> a row a network."""
    groups = networks.set_index("seed").groupby([*PLACE, *ARM])
    return defaultdict(lambda: networks.iloc[:0], {name: rows.sort_index() for name, rows in groups})


def holm(p: pd.Series) -> pd.Series:
    """Step-down by hand."""
    known = p.dropna().sort_values()
    found = p.copy()
    highest = 0.0
    for place, (name, value) in enumerate(known.items()):
        highest = max(highest, min(1.0, value * (len(known) - place)))
        found[name] = highest
    return found


def differing(one: pd.Series, other: pd.Series, margin: float = ALIKE) -> dict:
    """Interval and tests of two arms on the networks of both; without tests below five."""
    both = one.dropna().index.intersection(other.dropna().index)
    one, other = one[both], other[both]
    names = ["difference_low", "difference_high", "effect_size", "p", "wilcoxon", "alike_p"]
    found = {"difference": (one - other).mean(), "pairs": len(both), **dict.fromkeys(names, np.nan)}
    if len(both) < 5:
        return found
    if np.ptp(one - other) < 1e-12 > abs(found["difference"]):  # the same in every network: scipy has no answer
        return found | {"difference_low": 0, "difference_high": 0, "p": 1, "wilcoxon": 1, "alike_p": 0}
    test = stats.ttest_rel(one, other)
    found["difference_low"], found["difference_high"] = test.confidence_interval(0.95)
    found["p"], found["wilcoxon"] = test.pvalue, stats.wilcoxon(one - other).pvalue
    found["effect_size"] = test.statistic / np.sqrt(len(both))
    above = stats.ttest_1samp(one - other, -margin, alternative="greater").pvalue
    found["alike_p"] = max(above, stats.ttest_1samp(one - other, margin, alternative="less").pvalue)
    return found


def places(rows: pd.DataFrame) -> list[tuple[str, str, tuple, pd.Series]]:
    filled = rows.assign(share=rows.share.fillna(-1.0)).fillna(dict.fromkeys(ARM[1:4], ""))
    arms = filled[[*PLACE, *ARM]].itertuples(index=False)
    return [(arm[0], arm[1], tuple(arm[2:]), row) for arm, (_, row) in zip(arms, rows.iterrows(), strict=True)]


def test_every_arm_is_in_the_table_once(study: Study, networks: pd.DataFrame):
    rows = study.table("compare")
    assert len(rows) == len(networks[[*PLACE, *ARM]].drop_duplicates())
    assert not rows.duplicated([*PLACE, *ARM]).any()


def test_means_and_their_intervals(study: Study, arms: dict):
    for dataset, model, arm, row in places(study.table("compare")):
        found = arms[dataset, model, *arm]
        assert (row.networks, row.specialists) == (len(found), found.specialists.sum())
        assert row.collapsed == found.collapsed_sum.sum()
        for name in ("accuracy", "recall", "false_positive_rate", "not_collapsed", "parameters"):
            np.testing.assert_allclose(row[name], found[name].mean(), err_msg=f"{arm} {name}", **CLOSE)
        for name, prefix in (("balanced_accuracy", ""), ("tuned_balanced_accuracy", "tuned_"), ("auroc", "auroc_")):
            values = found[name]
            half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
            low, high = (values.mean() - half, values.mean() + half) if len(values) >= 5 else (np.nan, np.nan)
            wanted = [values.mean(), low, high]
            np.testing.assert_allclose(
                row[[name, f"{prefix}low", f"{prefix}high"]].astype(float), wanted, err_msg=f"{arm} {name}", **CLOSE
            )


def against(arm: tuple, known: set[tuple]) -> tuple | None:
    """Its reference, from the words of docs: SpecDNN's own under the same loss; magnitude's order along the curve."""
    if arm[0] == "dense":
        return None
    if arm[4] < 0:
        wanted = [("released", "kept", arm[2], "released", -1.0)]
    else:
        wanted = [(units, "kept", *arm[2:]) for units in ("magnitude", "released")]
    return next((one for one in wanted if one in known and one != arm), None)


def kind(arm: tuple) -> str:
    if arm[4] >= 0:
        return "curve"
    if arm[1] == "random" or arm[0] in (*SMALL, "rule_inputs", "rule_hidden"):
        return "controls"
    return "own" if arm[3] == "released" else "widths"


@pytest.mark.parametrize(
    ("measure", "prefix"), [("balanced_accuracy", ""), ("tuned_balanced_accuracy", "tuned_"), ("auroc", "auroc_")]
)
@pytest.mark.parametrize("to", ["", "loss_"])
def test_paired_tests_and_their_correction(study: Study, arms: dict, measure: str, prefix: str, to: str):
    rows = study.table("compare")
    found = []
    for dataset, model, arm, _ in places(rows):
        known = {one for place, other, one, _ in places(rows) if (place, other) == (dataset, model)}
        papers = (*arm[:2], "squared", *arm[3:])
        reference = against(arm, known) if to == "" else papers if papers in known and papers != arm else None
        one = {"family": (dataset, model, arm[2], kind(arm)) if to == "" else (dataset, model, *arm[:2], *arm[3:])}
        if reference:
            ours, theirs = (arms[dataset, model, *name][measure] for name in (arm, reference))
            one |= differing(ours, theirs)
        found.append(one)
    found = pd.DataFrame(found, index=rows.index)
    found["p_holm"] = pd.concat([holm(members.p) for _, members in found.groupby("family")])
    for name in (
        "difference",
        "difference_low",
        "difference_high",
        "effect_size",
        "p",
        "wilcoxon",
        "alike_p",
        "p_holm",
    ):
        np.testing.assert_allclose(rows[f"{to}{prefix}{name}"], found[name], err_msg=name, **CLOSE)
    if to == prefix == "":
        assert rows.pairs.tolist() == found.pairs.fillna(0).tolist()


def test_intervals_and_tests_say_the_same(study: Study):
    rows = study.table("compare").dropna(subset=["p"])
    assert len(rows) > 10
    outside = (rows.difference_low > 0) | (rows.difference_high < 0)
    assert (outside == (rows.p < 0.05)).all()


@pytest.mark.parametrize(("measure", "prefix"), [("balanced_accuracy", ""), ("tuned_balanced_accuracy", "tuned_")])
def test_the_smallest_share_near_the_dense_network(study: Study, arms: dict, measure: str, prefix: str):
    rows = study.table("compare")
    for _, curve in rows[rows.share.notna()].groupby([*PLACE, *ARM[:4]]):
        within, tested, stopped = [], [], False
        for dataset, model, arm, row in reversed(places(curve.sort_values("share"))):
            dense = arms[dataset, model, "dense", "", "", "", -1.0][measure]
            behind = (arms[dataset, model, *arm][measure] - dense).dropna()
            p = stats.ttest_1samp(behind, -NEAR_DENSE, alternative="greater").pvalue if len(behind) >= 5 else np.nan
            shown = row[[f"{prefix}dense_difference", f"{prefix}near_dense_p"]].astype(float)
            np.testing.assert_allclose(shown, [behind.mean(), p], **CLOSE)
            within += [arm[4]] if behind.mean() >= -NEAR_DENSE else []
            stopped = stopped or not p < 0.05
            tested += [] if stopped else [arm[4]]
        for column, shares in (("smallest_share", within), ("smallest_share_tested", tested)):
            expected = min(shares, default=np.nan)
            np.testing.assert_array_equal(curve[f"{prefix}{column}"], [expected] * len(curve))


def test_hypotheses(study: Study, arms: dict):
    stated = yaml.safe_load((ROOT / "docs/hypotheses.yaml").read_text())
    rows = study.table("compare_hypotheses")
    assert set(rows.id) <= {one["id"] for one in stated["hypotheses"]}
    for (dataset, model), part in rows.groupby(PLACE):
        p = {}
        for one in stated["hypotheses"]:
            usual = stated["arm"] | {"share": -1.0}
            sides = [tuple((usual | one[side])[name] for name in ARM) for side in ("left", "right")]
            measure = one.get("measure", "balanced_accuracy").replace("collapsed_share", "collapsed_mean")
            left, right = (arms[dataset, model, *side][measure] for side in sides)
            if left.empty or right.empty:
                assert one["id"] not in set(part.id)
                continue
            row, found = part.set_index("id").loc[one["id"]], differing(left, right)
            p[one["id"]] = found["alike_p" if one["expects"] == "alike" else "p"]
            wanted = [found[name] for name in ("difference", "difference_low", "difference_high")]
            shown = row[["difference", "difference_low", "difference_high"]].astype(float)
            np.testing.assert_allclose([*shown, row.p], [*wanted, p[one["id"]]], err_msg=one["id"], **CLOSE)
        corrected = holm(pd.Series(p))
        np.testing.assert_allclose(part.set_index("id").p_holm[corrected.index], corrected, **CLOSE)


def test_the_recipe_is_the_best_on_held_out_images_and_tested_on_the_other_networks(
    study: Study, networks: pd.DataFrame, arms: dict
):
    rows = study.table("compare_recipe")
    for model, of_model in networks.groupby("model"):
        ran = [set(of_dataset.seed) for _, of_dataset in of_model.groupby("dataset")]
        if not all({*range(1, CHOOSE[model] + 1)} <= seeds for seeds in ran):
            assert model not in set(rows.model), "some that are to choose have not run"
            continue
        own = of_model[
            (of_model.share < 0) & ~of_model.units.isin(["dense", "logistic"]) & (of_model.seed <= CHOOSE[model])
        ]
        complete = own.groupby(ARM).size() == own.groupby("dataset").seed.nunique().sum()
        best = {}
        for threshold, (held_out, _) in THRESHOLDS.items():
            scores = own.groupby([*ARM, "dataset"])[held_out].mean().groupby(ARM).mean()[complete]
            best |= {(*arm, threshold): score for arm, score in scores.items()}
        wanted = max(best, key=best.get)
        for dataset in of_model.dataset.unique():
            part = rows[(rows.model == model) & (rows.dataset == dataset)].set_index("row")
            recipe = part.loc["recipe"].fillna({"share": -1.0})
            assert tuple(recipe[[*ARM, "threshold"]]) == wanted
            here = of_model[(of_model.share < 0) & (of_model.dataset == dataset) & (of_model.seed <= CHOOSE[model])]
            held_out, score = THRESHOLDS[wanted[5]]
            chose = here.groupby(ARM)[held_out].mean()[wanted[:5]]
            np.testing.assert_allclose(recipe.held_out, chose, **CLOSE)
            ours = arms[dataset, model, *wanted[:5]][score].loc[CHOOSE[model] + 1 :]
            theirs = arms[dataset, model, "released", "kept", "squared", "released", -1.0].balanced_accuracy
            found = differing(ours, theirs)
            names = ["difference", "difference_low", "difference_high", "p"]
            shown = part.loc["released", names].astype(float)
            np.testing.assert_allclose(shown, [found[name] for name in names], **CLOSE)
            tuned = arms[dataset, model, "released", "kept", "squared", "released", -1.0].tuned_balanced_accuracy
            shown = part.loc["released_tuned", names].astype(float)
            np.testing.assert_allclose(shown, [differing(ours, tuned)[name] for name in names], **CLOSE)
            kinds = {
                "logistic": lambda arm, _: arm[0] == "logistic",
                "cut": lambda arm, won: won[1] != "kept" and arm[0] != "logistic" and arm[1] == "kept",
                "scratch": lambda arm, won: won[1] != "random" and arm[0] != "logistic" and arm[1] == "random",
                "pixels": lambda arm, won: won[0] != "tiny" and arm[0] == "tiny",
            }
            all_ran = here.groupby(ARM).size() == here.seed.nunique()
            for name, is_one in kinds.items():
                others = {
                    (*arm, threshold): score
                    for threshold, (held_out, _) in THRESHOLDS.items()
                    for arm, score in here.groupby(ARM)[held_out].mean()[all_ran].items()
                    if is_one(arm, wanted)
                }
                assert (name in part.index) == bool(others)
                if others:
                    rival = max(others, key=others.get)
                    np.testing.assert_allclose(part.loc[name, "held_out"], others[rival], **CLOSE)
                    theirs = arms[dataset, model, *rival[:5]][THRESHOLDS[rival[5]][1]]
                    shown = part.loc[name, names].astype(float)
                    np.testing.assert_allclose(shown, [differing(ours, theirs)[n] for n in names], **CLOSE)


def test_the_best_that_is_cut_is_chosen_for_each_network_and_class(study: Study):
    rows = study.table("compare_recipe")
    cut = specialists(study).query("initial == 'kept' and share < 0")
    found = 0
    for (dataset, model), of_place in cut.groupby(PLACE):
        shown = rows[(rows.model == model) & (rows.dataset == dataset) & (rows.row == "cut_by_class")]
        once = of_place[~of_place.duplicated(["seed", "label", *ARM], keep=False)]
        held_out = once.pivot_table("held_out_tuned", ["seed", "label"], ["units", "loss", "widths"]).dropna(axis=1)
        best = held_out.idxmax(axis=1).rename("best").reset_index()
        best[["units", "loss", "widths"]] = best.best.tolist()
        of_networks = once.merge(best, on=["seed", "label", "units", "loss", "widths"]).groupby("seed")
        for row in shown.itertuples():
            chose_by, score = THRESHOLDS[row.threshold]
            np.testing.assert_allclose(row.test, of_networks[score].mean().loc[CHOOSE[model] + 1 :].mean(), **CLOSE)
            np.testing.assert_allclose(row.held_out, of_networks[chose_by].mean().loc[: CHOOSE[model]].mean(), **CLOSE)
            found += 1
    assert found == (rows.row == "recipe").sum()
