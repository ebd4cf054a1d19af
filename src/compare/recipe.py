"""Write which arm and threshold are best on held-out images of some networks, and what they are worth on the others."""

from argparse import Namespace
from collections.abc import Mapping

import pandas as pd

from specdnn.cli import Command, count, table_files
from specdnn.errors import UserError
from specdnn.evaluation import inference
from specdnn.evaluation.arms import (
    ARM,
    CUT_BY_CLASS,
    PAPERS_LOSS,
    PLACE,
    Arm,
    best_cut,
    kind_of,
    of_arms,
    per_network,
    read_runs,
)
from specdnn.report.comparison import column, differences, points, probability
from specdnn.report.rendering import Section
from specdnn.report.text import percent, signed

TITLE = "A recipe, chosen on some networks and tested on the others"
THRESHOLDS = {  # threshold -> its held-out score, its test score, its share of specialists that always say no
    "0.5": ("held_out_balanced_accuracy", "balanced_accuracy", "collapsed_share"),
    "tuned": ("held_out_tuned", "tuned_balanced_accuracy", "tuned_collapsed_share"),
}
PAPERS: Arm = ("released", "kept", PAPERS_LOSS, "released", None)
COLUMNS = [
    *("dataset", "model", "row", *ARM, "threshold", "candidates", "held_out", "networks", "specialists", "collapsed"),
    *("test", "low", "high", "difference", "difference_low", "difference_high", "effect_size", "p", "p_holm"),
]
SHOWN = 10  # of the best candidates
CHOICE_NOTE = (
    "Candidates: every arm at SpecDNN's own number of parameters that all choosing networks have, on every dataset of "
    "the network, at both thresholds. Held-out: mean balanced accuracy on held-out images over the choosing networks, "
    "each dataset weighing alike; a tuned threshold was chosen on the same images, so it is never behind there. Test: "
    "mean on the test images over the other networks; it had no part in the choice."
)
TEST_NOTE = (
    "Test images, over the networks that had no part in the choice; differences in points, paired by network, with "
    "95 % t intervals and d_z. p: Student's paired t test, corrected after Holm over the comparisons of one dataset "
    "and network. released: the paper's protocol ({baseline}) at 0.5, at the learning rate of this comparison; "
    "released_tuned: at a threshold chosen on held-out images. The next ones are the best of their kind on held-out "
    "images of this dataset's choosing networks: logistic, of logistic regression; cut, of what keeps the dense "
    "network's weights; scratch, of what starts from random ones; pixels, of small networks on SpecDNN's pixels. "
    "cut_by_class: of all that are cut, draw nothing and ran on every network of the dataset, the best for each "
    "network and class on its held-out images, as the shape of a small network is chosen. "
    "Always no: at the arm's own threshold, of so many specialists. The other rows differ from the recipe in units or "
    "loss alone, at its threshold; the choosing networks have not run them, so they were no candidates."
)

Candidate = tuple[Arm, str]  # arm, threshold
PAPERS_OWN: Mapping[str, Candidate] = {"released": (PAPERS, "0.5"), "released_tuned": (PAPERS, "tuned")}
Places = Mapping[str, Mapping[Arm, pd.DataFrame]]  # dataset -> arm -> a row a network, of one model


def network_values(runs: pd.DataFrame) -> pd.DataFrame:
    """`per_network`, with the specialists that say no to every image at their tuned threshold."""
    tuned = runs.assign(tuned_collapsed_share=runs.tuned_collapsed.astype(float))
    keys = [*PLACE, *ARM, "seed"]
    shares = tuned.groupby(keys, sort=False, dropna=False).tuned_collapsed_share.mean().reset_index()
    return per_network(runs).merge(shares, on=keys)


def held_out(places: Places, candidate: Candidate, choosing: range) -> float:
    """Mean held-out score over the choosing networks, then over the datasets; NaN where one of them is missing."""
    arm, threshold = candidate
    column = THRESHOLDS[threshold][0]
    scores = []
    for arms in places.values():
        networks = sorted({seed for rows in arms.values() for seed in rows.index} & {*choosing})
        found = arms[arm][column].reindex(networks) if arm in arms else pd.Series(dtype=float)
        scores.append(found.mean(skipna=False))
    return sum(scores) / len(scores)


def ranked(places: Places, arms: list[Arm], choosing: range) -> dict[Candidate, float]:
    """Held-out scores of the candidates that all choosing networks have, best first."""
    scores = {
        (arm, threshold): held_out(places, (arm, threshold), choosing) for arm in arms for threshold in THRESHOLDS
    }
    known = {candidate: score for candidate, score in scores.items() if not pd.isna(score)}
    return dict(sorted(known.items(), key=lambda entry: -entry[1]))


def at_own_number(arm: Arm) -> bool:
    """Whether it is one arm whose specialists have SpecDNN's own number of parameters."""
    kind = kind_of(dict(zip(ARM, arm, strict=True)))
    return kind not in ("dense", "curve") and arm[0] not in ("logistic", CUT_BY_CLASS)


def untried(arms: list[Arm], recipe: Candidate, scores: Mapping[Candidate, float]) -> dict[str, Candidate]:
    """Arms that differ from the recipe in units or loss alone and were no candidates: its controls, at its threshold.

    Named by what differs.
    """
    best, threshold = recipe
    found = {}
    for arm in arms:
        differing = [name for name, one, other in zip(ARM, arm, best, strict=True) if one != other]
        if differing in (["units"], ["loss"]) and (arm, threshold) not in scores and at_own_number(arm):
            found[str(arm[ARM.index(differing[0])])] = arm, threshold
    return found


def rivals(places: Places, recipe: Candidate, choosing: range) -> dict[str, Candidate]:
    """The best arms of other kinds than the recipe's, chosen as it was, on these datasets alone."""
    best = dict(zip(ARM, recipe[0], strict=True))
    arms = [*dict.fromkeys(arm for found in places.values() for arm in found)]
    ours = [arm for arm in arms if at_own_number(arm)]
    kinds = {
        "logistic": [arm for arm in arms if arm[0] == "logistic"],
        "cut": [arm for arm in ours if best["initial"] != "kept" and arm[1] == "kept"],
        "scratch": [arm for arm in ours if best["initial"] != "random" and arm[1] == "random"],
        CUT_BY_CLASS: [arm for arm in arms if arm[0] == CUT_BY_CLASS],
        "pixels": [arm for arm in ours if best["units"] != "tiny" and arm[0] == "tiny"],
    }
    scores = {name: ranked(places, of_kind, choosing) for name, of_kind in kinds.items()}
    return {name: next(iter(found)) for name, found in scores.items() if found}


def tests_of(arms: Mapping[Arm, pd.DataFrame], choosing: range, candidate: Candidate) -> pd.DataFrame:
    """Of the networks that had no part in the choice: score and share of collapsed, a row a network."""
    arm, threshold = candidate
    rows = arms[arm].loc[~arms[arm].index.isin(choosing)]
    _, score, collapsed = THRESHOLDS[threshold]
    return pd.DataFrame(
        {"score": rows[score], "collapsed": rows[collapsed] * rows.specialists, "specialists": rows.specialists}
    )


def described(candidate: Candidate) -> dict:
    arm, threshold = candidate
    return {**dict(zip(ARM, arm, strict=True)), "threshold": threshold}


def values(tests: pd.DataFrame) -> dict[str, float]:
    low, high = inference.interval(tests.score.to_numpy())
    counts = {name: tests[name].sum() for name in ("collapsed", "specialists")}
    return {"networks": len(tests), "test": tests.score.mean(), "low": low, "high": high, **counts}


def compared(places: Places, best: Candidate, controls: Mapping[str, Candidate], choosing: range) -> list[dict]:
    """A row a dataset for the recipe itself, and for each baseline that ran there the recipe's gain over it."""
    rows = []
    for dataset, arms in places.items():
        recipe, place = tests_of(arms, choosing, best), {dataset: arms}
        score = held_out(place, best, choosing)
        rows.append({"dataset": dataset, "row": "recipe", "held_out": score, **described(best), **values(recipe)})
        found = []
        for name, candidate in (PAPERS_OWN | rivals(place, best, choosing) | controls).items():
            if candidate[0] not in arms:
                continue
            baseline = tests_of(arms, choosing, candidate)
            gains = (recipe.score - baseline.score).dropna().to_numpy()
            low, high = inference.interval(gains)
            found.append(
                {
                    "dataset": dataset,
                    "row": name,
                    "held_out": held_out(place, candidate, choosing),
                    **described(candidate),
                    **values(baseline),
                    "difference": gains.mean() if len(gains) else float("nan"),
                    "difference_low": low,
                    "difference_high": high,
                    "effect_size": inference.effect_size(gains),
                    "p": inference.paired_p(gains),
                }
            )
        p = inference.holm({row["row"]: row["p"] for row in found})
        rows += [{**row, "p_holm": p[row["row"]]} for row in found]
    return rows


def of_model(places: Places, model: str, choosing: range) -> list[dict]:
    """Rows of the CSV: the recipe and what it is held against, a dataset each, and the best candidates."""
    arms = [*dict.fromkeys(arm for found in places.values() for arm in found)]
    scores = ranked(places, [arm for arm in arms if at_own_number(arm)], choosing)
    if not scores:
        raise UserError(
            f"{model}: no arm ran on all networks that choose, 1 to {choosing[-1]}; let fewer of them choose"
        )
    recipe = next(iter(scores))
    rows = compared(places, recipe, untried(arms, recipe, scores), choosing)
    for rank, (candidate, score) in enumerate([*scores.items()][:SHOWN], start=1):
        tests = [values(tests_of(found, choosing, candidate)) for found in places.values()]
        row = {"row": f"rank{rank}", **described(candidate), "held_out": score}
        row |= {name: sum(one[name] for one in tests) for name in ("networks", "collapsed", "specialists")}
        rows.append({**row, "test": sum(one["test"] for one in tests) / len(tests), "candidates": len(scores)})
    return [{**row, "model": model} for row in rows]


def texts(rows: pd.DataFrame) -> pd.DataFrame:
    """An arm, its threshold and how often it says no to everything, as strings."""
    named = rows[[*ARM[:-1], "threshold"]].reset_index(drop=True)
    return named.assign(**{"always no": [f"{row.collapsed:.0f} of {row.specialists:.0f}" for row in rows.itertuples()]})


def candidates(rows: pd.DataFrame) -> pd.DataFrame:
    scores = {"held-out %": rows.held_out, "test %": rows.test}
    return texts(rows).assign(**{name: [percent(value) for value in found] for name, found in scores.items()})


def tested(rows: pd.DataFrame) -> pd.DataFrame:
    frame = texts(rows).assign(
        **{
            "test %": column(rows, "test", "low", "high", percent),
            "recipe's gain": differences(rows, "", points),
            "d_z": [signed(value) for value in rows.effect_size],
            "p (Holm)": [probability(value) for value in rows.p_holm],
        }
    )
    frame.insert(0, "", rows.row.to_numpy())
    frame.insert(len(frame.columns) - 4, "networks", [f"{value:.0f}" for value in rows.networks])
    return frame


def sections(rows: pd.DataFrame, choosing: Mapping[str, range]) -> list[Section]:
    found = []
    for model, part in rows.groupby("model", sort=False):
        best = part[part.row.str.startswith("rank")]
        last, tried = choosing[model][-1], best.candidates.iloc[0]
        title = f"{model}: the best of {tried:.0f} candidates, chosen on networks 1 to {last}"
        found.append(Section(title, candidates(best), [CHOICE_NOTE]))
        note = TEST_NOTE.format(baseline=", ".join(map(str, PAPERS[:-1])))
        for dataset, of_dataset in part[part.dataset.notna()].groupby("dataset", sort=False):
            networks = inference.counted(int(of_dataset.networks.iloc[0]))
            found.append(Section(f"{model} on {dataset}: tested on {networks}", tested(of_dataset), [note]))
    return found


def choosing_of(text: str) -> tuple[str, range]:
    """a network and how many of its dense networks choose: lenet_5=3"""
    model, last = text.split("=")
    return model, range(1, count(last) + 1)


def yet_to_run(networks: pd.DataFrame, choosing: range) -> set[int]:
    """Of the networks that are to choose, those that a dataset lacks."""
    return {seed for _, part in networks.groupby("dataset") for seed in {*choosing} - {*part.seed}}


def main(args: Namespace, record: dict) -> None:
    choosing = dict(map(choosing_of, args.choose))
    rows = []
    runs = read_runs(args.runs)
    for model, networks in network_values(pd.concat([runs, best_cut(runs)])).groupby("model", sort=False):
        if model not in choosing:
            raise UserError(f"--choose: nothing for {model}; say how many of its networks choose")
        if missing := yet_to_run(networks, choosing[model]):
            print(f"{model}: no recipe, since networks {sorted(missing)}, which are to choose it, have not run")
            continue
        places = {dataset: of_arms(part) for dataset, part in networks.groupby("dataset", sort=False)}
        rows += of_model(places, model, choosing[model])
    frame = pd.DataFrame(rows, columns=COLUMNS)
    table_files.write(args, TITLE, sections(frame, choosing), frame)
    print(f"{TITLE}: {len(frame)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--choose", "MODEL=N: its dense networks 1 to N choose, the others test", each=choosing_of)
    command.reads("--runs", "CSV of `compare_runs`")
    table_files.add(command)
    command.run(main)
