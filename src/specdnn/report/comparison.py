"""The comparison's tables as frames of strings: the rows of compare.csv, and what the rules select by themselves."""

from collections.abc import Callable

import pandas as pd

from specdnn.evaluation.arms import PAPERS_LOSS, PLACE
from specdnn.evaluation.inference import SIGNIFICANT, counted
from specdnn.names import CONTROLS
from specdnn.report.rendering import Section
from specdnn.report.text import number, percent, signed

FAMILIES = pd.DataFrame(
    [
        ("own", "every method's units at SpecDNN's own widths, weights kept", "released, same loss"),
        (
            "controls",
            "random initial weights, half of the rule's units, tiny networks, logistic",
            "released, same loss",
        ),
        ("widths", "the released rule's order at other widths", "released, same loss"),
        ("curve", "every method at every share of the parameters", "magnitude's order, same share and loss"),
        ("loss", "one arm under every other loss", f"the same arm, {PAPERS_LOSS}"),
    ],
    columns=["family", "arms", "against"],
)
FAMILIES_NOTE = (
    "A family is that of one dataset and model, and but for the last of one loss; p is corrected after Holm within its "
    "family, for each measure by itself. Tests are Student's paired t tests over the dense networks, two-sided, and "
    "intervals the 95 % t intervals of the same differences, so before correction both say the same; alike is the p of "
    "two one-sided tests at {alike} points, uncorrected. Fewer than five networks have neither. Wilcoxon's test and "
    "BCa bootstrap intervals are in the CSV."
)
VALUES_NOTE = (
    "Means over the classes and over the draws of what is random, then over the dense networks. Balanced accuracy at "
    "an output of 0.5, of the dense network by its largest output; tuned: at a threshold chosen on held-out images, of "
    "the dense network on a class's lead over all others. Differences are paired by network, in points; "
    "d_z: mean difference over its standard deviation."
)
CONTROLS_NOTE = (
    "released, random weights: the released units, initial weights drawn anew; rule_inputs: its pixels, hidden units "
    "drawn among those that fire; rule_hidden: its hidden units, pixels drawn among those that vary; logistic: "
    "regression on all pixels, at its own size; logistic_rule: on the rule's pixels; tiny: one hidden layer on the "
    "rule's pixels, and for each network and class the shape that is best on held-out images; tiny_live: the same on "
    "pixels drawn among those that vary; tiny_coarse: on the means of squares of pixels, with a hidden layer or none."
)
WIDTHS_NOTE = (
    "The same order of units, cut at widths of other rules, which are scaled to the same number of parameters; "
    "released_renumbered: the rule's own, after its hidden units were renumbered."
)
LOSSES_NOTE = "The released units at SpecDNN's own widths, weights kept, under each loss; paired against {papers_loss}."
CURVE_NOTE = (
    "In brackets: 95 % interval, of five networks or more. With a star: differs from {against} at the same share, p "
    "(Holm) below {significant}."
)
NEAR_NOTE = (
    "By the mean: the smallest share at which mean balanced accuracy is at most {near} points below the dense "
    "network's. Tested: likewise by a one-sided paired t test at {significant}, from the largest share down until one "
    "fails, which needs no correction. Chosen thresholds: specialist and dense network each at the threshold that is "
    "best on held-out images, the dense network's on its lead over all other classes. The other pair: the specialist "
    "at an output of 0.5, the dense network by its largest output, which was made for another question."
)
RULES_NOTE = (
    "Over all dense networks and classes. Where a rule keeps nothing in a layer, the strongest input stands in, and "
    "counts as one."
)


def points(value: float) -> str:
    """A difference of two shares of 1, in points."""
    return signed(100 * value)


def probability(value: float) -> str:
    return "<0.001" if value < 0.001 else number(value, 3)


def plain(value: float) -> str:
    return number(value, 4)


def fine(value: float) -> str:
    return signed(value, 4)


def with_interval(value: float, low: float, high: float, shown: Callable[[float], str] = percent) -> str:
    return shown(value) if pd.isna(low) else f"{shown(value)} ({shown(low)} to {shown(high)})"


def column(rows: pd.DataFrame, value: str, low: str, high: str, shown: Callable[[float], str]) -> list[str]:
    return [with_interval(*cells, shown) for cells in zip(rows[value], rows[low], rows[high], strict=True)]


def differences(rows: pd.DataFrame, prefix: str, shown: Callable[[float], str]) -> list[str]:
    name = f"{prefix}difference"
    return column(rows, name, f"{name}_low", f"{name}_high", shown)


def label(units: str, initial: str) -> str:
    """Random initial weights are said where a network could have kept its own."""
    return f"{units}, random weights" if initial == "random" and units not in CONTROLS else units


def at_half(rows: pd.DataFrame, names: list[str], against: str, prefix: str = "") -> pd.DataFrame:
    """Balanced accuracy at an output of 0.5: values, then paired differences, then tests; prefix: "" or "loss_"."""
    return pd.DataFrame(
        {
            "": names,
            "parameters": [f"{value:,.0f}" for value in rows.parameters],
            "balanced accuracy %": column(rows, "balanced_accuracy", "low", "high", percent),
            f"against {against}": differences(rows, prefix, points),
            "d_z": [signed(value) for value in rows[f"{prefix}effect_size"]],
            "p (Holm)": [probability(value) for value in rows[f"{prefix}p_holm"]],
            "alike, p": [probability(value) for value in rows[f"{prefix}alike_p"]],
            "always no": [f"{row.collapsed:.0f} of {row.specialists:.0f}" for row in rows.itertuples()],
        }
    )


def at_best(rows: pd.DataFrame, names: list[str], against: str, prefix: str = "") -> pd.DataFrame:
    """The same of balanced accuracy at a threshold chosen on held-out images, and of AUROC."""
    return pd.DataFrame(
        {
            "": names,
            "tuned %": column(rows, "tuned_balanced_accuracy", "tuned_low", "tuned_high", percent),
            f"tuned, against {against}": differences(rows, f"{prefix}tuned_", points),
            "tuned, p (Holm)": [probability(value) for value in rows[f"{prefix}tuned_p_holm"]],
            "AUROC": column(rows, "auroc", "auroc_low", "auroc_high", plain),
            f"AUROC, against {against}": differences(rows, f"{prefix}auroc_", fine),
            "AUROC, p (Holm)": [probability(value) for value in rows[f"{prefix}auroc_p_holm"]],
        }
    )


def both(
    place: str,
    what: str,
    rows: pd.DataFrame,
    names: list[str],
    notes: list[str],
    against: str = "released",
    prefix: str = "",
) -> list[Section]:
    """The two tables of some arms: at an output of 0.5, and at a chosen threshold with AUROC."""
    return [
        Section(f"{place}: {what}", at_half(rows, names, against, prefix), notes),
        Section(f"{place}, threshold chosen, and AUROC: {what}", at_best(rows, names, against, prefix), notes),
    ]


def of_kind(rows: pd.DataFrame, kinds: list[str], name: Callable[..., str]) -> tuple[pd.DataFrame, list[str]]:
    """Best first, the reference among them, and their names; an arm on fewer networks than others says on how many."""
    lines = rows[rows.kind.isin(kinds) | is_reference(rows)].sort_values("balanced_accuracy", ascending=False)
    most = int(lines.networks.max())
    names = [
        name(row) if networks == most or row.kind == "dense" else f"{name(row)} ({counted(networks)})"
        for row, networks in zip(lines.itertuples(), map(int, lines.networks), strict=True)
    ]
    return lines, names


def is_reference(rows: pd.DataFrame) -> pd.Series:
    """SpecDNN's own choice: its units and widths, its weights kept."""
    return (rows.units == "released") & (rows.initial == "kept") & (rows.widths == "released") & rows.share.isna()


def along_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a method, a column a share of the parameters: mean balanced accuracy, a star if told apart, interval."""
    lines = []
    for (units, initial), part in rows.groupby(["units", "initial"], sort=False):
        cells = part.set_index("share")
        line = {"": label(str(units), str(initial))}
        for share in sorted(rows.share.unique()):
            title = f"{100 * share:g} %"
            if share not in cells.index:
                line[title] = "–"
                continue
            row = cells.loc[share]
            star = "*" if row.p_holm < SIGNIFICANT else ""
            interval = "" if pd.isna(row.low) else f" ({percent(row.low, 1)}–{percent(row.high, 1)})"
            line[title] = percent(row.balanced_accuracy, 1) + star + interval
        lines.append(line)
    return pd.DataFrame(lines)


def near_dense(rows: pd.DataFrame) -> pd.DataFrame:
    """The smallest share of each curve that is near the dense network."""
    lines = rows.drop_duplicates(["units", "initial"])
    shares = [f"{prefix}smallest_share{how}" for prefix in ("tuned_", "") for how in ("", "_tested")]
    lines = lines.sort_values(shares, kind="stable")
    titles = ["chosen thresholds, by the mean", "tested", "0.5 and largest output, by the mean", "tested "]
    none = ["none", "–" if lines.near_dense_p.isna().all() else "none"] * 2  # too few networks for a test
    cells = {
        title: [missing if pd.isna(value) else f"{100 * value:g} %" for value in lines[name]]
        for title, name, missing in zip(titles, shares, none, strict=True)
    }
    return pd.DataFrame({"": list(map(label, lines.units, lines.initial)), **cells})


def by_rules(communities: list[dict]) -> pd.DataFrame:
    """What each rule selects by itself, over all networks and classes of one dataset and model."""
    rows = pd.DataFrame([row for found in communities for row in found["selected"]])
    lines = []
    for method, part in rows.groupby("method", sort=False):
        lines.append(
            {
                "rule": method,
                "mean compress rate %": f"{100 * part.compress_rate.mean():.3f}",
                "from – to": f"{100 * part.compress_rate.min():.3f} – {100 * part.compress_rate.max():.3f}",
                "median parameters": f"{part.parameters.median():,.0f}",
                "an empty layer": f"{(part.empty_layers > 0).sum()} of {len(part)}",
                "a layer kept whole": f"{(part.full_layers > 0).sum()} of {len(part)}",
            }
        )
    return pd.DataFrame(lines)


def of_losses(rows: pd.DataFrame, place: str) -> list[Section]:
    """The tables at SpecDNN's own number of parameters: one a loss, what the loss is worth, widths, controls."""
    found = []
    dense = rows[rows.kind == "dense"]
    trained = [loss for loss in rows.loss.unique() if loss]
    by_loss = {loss: rows[(rows.loss == loss) & rows.share.isna()] for loss in trained}
    for loss, part in by_loss.items():
        if (part.kind == "own").any():
            shown = of_kind(pd.concat([part, dense]), ["own", "dense"], lambda row: row.units)
            what = f"at SpecDNN's own sizes, {loss}, {counted(part.networks.max())}"
            found += both(place, what, *shown, [VALUES_NOTE])
    released = rows[is_reference(rows)]
    if len(released) > 1:
        note = LOSSES_NOTE.format(papers_loss=PAPERS_LOSS)
        found += both(place, "what the loss is worth", released, [*released.loss], [note], PAPERS_LOSS, "loss_")
    for kind, note in (("widths", WIDTHS_NOTE), ("controls", CONTROLS_NOTE)):
        for loss, part in by_loss.items():
            if (part.kind == kind).any():
                name = (lambda row: row.widths) if kind == "widths" else (lambda row: label(row.units, row.initial))
                found += both(place, f"{kind}, {loss}", *of_kind(part, [kind], name), [note, VALUES_NOTE])
    return found


def of_curve(rows: pd.DataFrame, place: str, loss: str, near: float) -> list[Section]:
    curve = rows[(rows.kind == "curve") & (rows.loss == loss)]
    if curve.empty:
        return []
    against = " and ".join(curve.against.dropna().unique())
    star = CURVE_NOTE.format(against=against, significant=SIGNIFICANT)
    note = NEAR_NOTE.format(near=f"{100 * near:.1f}", significant=SIGNIFICANT)
    title = f"{place}: balanced accuracy % along shares of the parameters, {loss}, {counted(curve.networks.max())}"
    return [
        Section(title, along_shares(curve), [star]),
        Section(
            f"{place}: smallest share within {100 * near:.1f} points of the dense network", near_dense(curve), [note]
        ),
    ]


def sections(
    rows: pd.DataFrame, communities: dict[str, dict[str, list[dict]]], fair_loss: str, alike: float, near: float
) -> list[Section]:
    """rows: of compare.csv; communities: dataset -> model -> an entry a network; alike, near: margins, shares of 1."""
    note = FAMILIES_NOTE.format(alike=f"{100 * alike:.1f}")
    found = [Section("Families of tests, stated before the tables", FAMILIES, [note])]
    for (dataset, model), part in rows.groupby(PLACE, sort=False):
        place, known = f"{model} on {dataset}", communities.get(str(dataset), {})
        found += of_losses(part, place)
        found += of_curve(part, place, fair_loss, near)
        if str(model) in known:
            title = f"{place}: what each rule selects by itself"
            found.append(Section(title, by_rules(known[str(model)]), [RULES_NOTE]))
    return found
