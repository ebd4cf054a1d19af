"""Write the comparison's tables: arms at equal numbers of parameters, with intervals and paired tests."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from specdnn.artefacts import read_json
from specdnn.cli import Command, count, fraction, table_files
from specdnn.evaluation import inference
from specdnn.evaluation.arms import (
    ARM,
    MEANS,
    MEASURES,
    PAPERS_LOSS,
    PLACE,
    Arm,
    difference,
    kind_of,
    of_arms,
    per_network,
    read_runs,
)
from specdnn.report import comparison

TITLE = "Methods at equal numbers of parameters"
DENSE: Arm = ("dense", "", "", "", None)
THRESHOLDS = ("", "tuned_")  # prefixes: each at its own threshold, or both at one chosen on held-out images
FAMILIES = {  # prefix of the columns of a test -> what one family of Holm's correction has in common; see `families`
    "": [*PLACE, "loss", "kind"],
    "loss_": [*PLACE, "units", "initial", "widths", "share"],
}


def reference_of(arm: Arm, arms: Mapping[Arm, pd.DataFrame]) -> Arm | None:
    """What an arm is held against: SpecDNN's choice under the same loss; along the curve the magnitude's order.

    None for the dense network, for the reference itself, and where its reference did not run.
    """
    units, _, loss, widths, share = arm
    if units == "dense":
        return None
    found: list[Arm] = [("released", "kept", loss, "released", None)]
    if share is not None:  # SpecDNN's order is that of the magnitudes, under either name
        found = [(name, "kept", loss, widths, share) for name in ("magnitude", "released")]
    return next((reference for reference in found if reference in arms and reference != arm), None)


def tested(arm: pd.DataFrame, reference: pd.DataFrame | None, prefix: str, margin: float) -> dict[str, float]:
    """Paired differences in every measure, with interval, effect size and tests; NaN without a reference.

    Columns are named prefix, the measure's own prefix, and what they are; p_holm is filled in by `corrected`.
    """
    found: dict[str, float] = {}
    for of_measure, measure in MEASURES.items():
        values = difference(arm, reference, measure).to_numpy() if reference is not None else np.array([])
        low, high = inference.interval(values)
        columns = {
            "difference": values.mean() if len(values) else float("nan"),
            "difference_low": low,
            "difference_high": high,
            "effect_size": inference.effect_size(values),
            "p": inference.paired_p(values),
            "p_holm": float("nan"),
            "wilcoxon": inference.wilcoxon(values),
            "alike_p": inference.alike_p(values, margin),
        }
        found |= {f"{prefix}{of_measure}{name}": value for name, value in columns.items()}
    return found


def row_of(arm: Arm, arms: Mapping[Arm, pd.DataFrame], args: Namespace) -> dict:
    """What is known of an arm on one dataset and model."""
    networks = arms[arm]
    named = dict(zip(ARM, arm, strict=True))
    row = {**named, "kind": kind_of(named), "networks": len(networks)}
    row |= {name: networks[name].sum() for name in ("specialists", "collapsed")}
    row |= {name: networks[name].mean() for name in MEANS}
    for prefix, measure in MEASURES.items():
        row[f"{prefix}low"], row[f"{prefix}high"] = inference.interval(networks[measure].to_numpy())
    against = reference_of(arm, arms)
    row["against"] = against[0] if against else None
    row |= tested(networks, arms[against] if against else None, "", args.alike)
    paired = difference(networks, arms[against], "balanced_accuracy").to_numpy() if against else np.array([])
    row["pairs"] = len(paired)
    row["difference_bca_low"], row["difference_bca_high"] = inference.bca(paired, args.resamples)
    papers = (*arm[:2], PAPERS_LOSS, *arm[3:])
    row |= tested(networks, arms.get(papers) if papers != arm else None, "loss_", args.alike)
    if DENSE in arms and arm != DENSE:
        for prefix in THRESHOLDS:
            behind = difference(networks, arms[DENSE], MEASURES[prefix]).to_numpy()
            row[f"{prefix}dense_difference"] = behind.mean()
            row[f"{prefix}dense_low"], row[f"{prefix}dense_high"] = inference.interval(behind)
            row[f"{prefix}near_dense_p"] = inference.not_below_p(behind, args.near_dense)
    return row


def corrected(rows: pd.DataFrame) -> pd.DataFrame:
    """With every p_holm: corrected over the family, for each measure by itself."""
    rows = rows.reset_index(drop=True)
    for prefix, family in FAMILIES.items():
        for columns in (f"{prefix}{of_measure}p" for of_measure in MEASURES):
            for _, members in rows.groupby(family, dropna=False):
                p = inference.holm(dict(zip(members.index, members[columns], strict=True)))
                rows.loc[members.index, f"{columns}_holm"] = pd.Series(p)
    return rows


def smallest_shares(rows: pd.DataFrame, near: float) -> pd.DataFrame:
    """With the smallest share of the parameters at which a curve is near its dense network, in each of its rows.

    smallest_share: by the mean; smallest_share_tested: by the test of non-inferiority, from the largest share down
    until one fails. So ordered, no test needs a correction for the others of its curve. tuned_: at chosen thresholds.
    """
    columns = [f"{prefix}smallest_share{how}" for prefix in THRESHOLDS for how in ("", "_tested")]
    rows = rows.assign(**dict.fromkeys(columns, float("nan")))
    curves = rows[rows.share.notna()].sort_values("share", ascending=False)
    for _, curve in curves.groupby([*PLACE, *ARM[:-1]], sort=False):
        for prefix in THRESHOLDS:
            within = curve.share[curve[f"{prefix}dense_difference"] >= -near]
            passed = curve.share[(curve[f"{prefix}near_dense_p"] < inference.SIGNIFICANT).cummin()]
            rows.loc[curve.index, f"{prefix}smallest_share"] = within.min()
            rows.loc[curve.index, f"{prefix}smallest_share_tested"] = passed.min()
    return rows


def summary(runs: pd.DataFrame, args: Namespace) -> pd.DataFrame:
    """One row a dataset, model and arm; args: alike, near_dense and resamples, as on the command line."""
    rows = []
    for place, networks in per_network(runs).groupby(PLACE, sort=False):
        arms = of_arms(networks)
        rows += [{**dict(zip(PLACE, place, strict=True)), **row_of(arm, arms, args)} for arm in arms]
    found = pd.DataFrame(rows).astype({"share": float})
    if "dense_difference" not in found:
        names = [f"{prefix}{name}" for prefix in THRESHOLDS for name in ("dense_difference", "near_dense_p")]
        found = found.assign(**dict.fromkeys(names, float("nan")))
    return smallest_shares(corrected(found), args.near_dense)


def main(args: Namespace, record: dict) -> None:
    rows = summary(read_runs(args.runs), args)
    sections = comparison.sections(rows, read_json(args.communities), args.fair_loss, args.alike, args.near_dense)
    table_files.write(args, TITLE, sections, rows)
    print(f"{Path(args.csv).name}: {len(rows)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--resamples", "of the networks, for the bootstrap beside the intervals", type=count)
    command.takes("--alike", "margin of the tests of equivalence, as a share of 1", type=fraction)
    command.takes("--near-dense", "how far below the dense network is near it, as a share of 1", type=fraction)
    command.takes("--fair-loss", "the loss whose curve is shown")
    command.reads("--runs", "CSV of `compare_runs`")
    command.reads("--communities", "JSON of `compare_communities_joined`")
    table_files.add(command)
    command.run(main)
