"""The sentences of docs/export.md that have numbers, made from the table of the exported networks."""

import pandas as pd

from comparison_prose import NAMES, TABLES, filled, percent

ONE = "p50_of_1"  # column: microseconds for one image


def deployed() -> str:
    """A paragraph for each network, and one on int8; protocol `held_out`, whose scores are clean."""
    rows = pd.read_csv(TABLES / "deploy.csv")
    rows = rows[rows.protocol == "held_out"]
    paragraphs = [against_dense(model, of) for model, of in rows.groupby("model", sort=False)]
    differing = rows[(rows.variant == "float32") & ~rows.network.isin(["together", "empty"])].differing_decisions.sum()
    paragraphs.append(
        f"""In float32, {differing:,.0f} decisions of all networks on all test images differ from torch's."""
    )
    return filled(paragraphs)


def against_dense(model: str, rows: pd.DataFrame) -> str:
    of = {variant: part.set_index("network") for variant, part in rows.groupby("variant")}
    mean = {variant: part.filter(like="class", axis=0).mean(numeric_only=True) for variant, part in of.items()}
    exact, small = of["float32"], of["int8"]
    dense, together, one = exact.loc["dense"], exact.loc["together"], mean["float32"]
    changed = small.filter(like="class", axis=0).differing_decisions.sum()
    return f"""**{NAMES[model]}.** A specialist has {percent(one.parameters / dense.parameters)} of the dense network's
        weights and biases, {percent(one.multiply_accumulates / dense.multiply_accumulates, 1)} of its arithmetic and
        {percent(one.bytes / dense.bytes, 1)} of its bytes ({one.bytes:,.0f}), but takes
        {percent(one[ONE] / dense[ONE], 0)} of its time for one image; a call that computes nothing takes
        {percent(exact.loc["empty", ONE] / dense[ONE], 0)}. All specialists together take
        {together[ONE] / dense[ONE]:.1f} times the dense network's time, and the most confident of them is right for
        {percent(together.accuracy)} of the images, the dense network for {percent(dense.accuracy)}. In int8 the dense
        file shrinks to {percent(small.loc["dense", "bytes"] / dense.bytes, 0)} and
        {small.loc["dense", "differing_decisions"]:,.0f} of its decisions change; a specialist's file becomes
        {mean["int8"].bytes / one.bytes:.1f} times as large, its answer takes {mean["int8"][ONE] / one[ONE]:.1f} times
        as long, and {changed:,.0f} decisions of all specialists change."""
