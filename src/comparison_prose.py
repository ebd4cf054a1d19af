"""The sentences of docs/findings.md that have numbers, made from the tables of the comparison."""

import textwrap
from pathlib import Path

import pandas as pd
from comparison import of_curve
from scipy.stats import kendalltau

from specdnn.evaluation.inference import counted, least_p

TABLES = Path("results/tables")
NAMES = {"lenet_300_100": "LeNet-300-100", "lenet_5": "LeNet-5"}
PAPER = {"lenet_300_100": "table1_lenet_300_100", "lenet_5": "table2_lenet_5"}
SCHEDULES = {"own": "the comparison's shorter schedule", "long": "the tables' schedule"}  # by budget
OTHERS = {  # method: what it stands for in a sentence
    "random": "As many units drawn at random",
    "scratch": "The rule's own units from random weights",
    "captor": "Units by class gradients (captor)",
    "disparity": "The disparity filter, the other method from network science",
    "logistic": "Logistic regression on the pixels, 785 parameters",
}


def percent(value: float, digits: int = 2) -> str:
    return f"{100 * value:.{digits}f} %"


def points(difference: float, digits: int = 1) -> str:
    """A difference of two shares in points, signed: +1.9, −5.8, ±0.0."""
    text = f"{100 * difference:+.{digits}f}"
    return f"±{text[1:]}" if float(text) == 0 else text.replace("-", "−")


def filled(paragraphs: list[str]) -> str:
    return "\n\n".join(textwrap.fill(" ".join(paragraph.split()), 118) for paragraph in paragraphs)


def comparison_rows() -> pd.DataFrame:
    return pd.read_csv(TABLES / "comparison.csv", dtype={"budget": str})


def at_own_size(rows: pd.DataFrame) -> pd.DataFrame:
    """One model's rows at SpecDNN's own sizes, by method; of the tables' schedule where all its networks ran so."""
    networks = rows.groupby("budget").networks.max()
    return rows[rows.budget == ("long" if networks.get("long") == networks["own"] else "own")].set_index("method")


def against_released(row: pd.Series) -> str:
    """A method's balanced accuracy, its difference to the released rule with interval, and its p."""
    low, high = points(row.difference_low), points(row.difference_high)
    interval = f" (95 % interval {low} to {high})" if pd.notna(row.difference_low) else ""
    p = f", p = {row.p_holm:.3f}" if pd.notna(row.p_holm) else ""
    return f"{percent(row.balanced_accuracy, 1)}, {points(row.difference)} points{interval}{p}"


def comparison() -> str:
    paragraphs = []
    for model, rows in comparison_rows().groupby("model", sort=False):
        own = at_own_size(rows)
        released, dense = own.loc["released"], rows[rows.method == "dense"].iloc[0]
        others = ". ".join(f"{text}: {against_released(own.loc[method])}" for method, text in OTHERS.items())
        several = released.networks > 1
        tests = (
            f"All p are after Holm's correction, the intervals are not corrected. {told_apart(rows)}"
            if several
            else "One network has no interval and no test."
        )
        paragraphs.append(
            f"""**{NAMES[model]}**, {counted(released.networks)}, {released.parameters:,.0f} parameters a
            specialist on average, {SCHEDULES[released.budget]}.
            The released rule reaches {percent(released.balanced_accuracy, 1)} balanced
            accuracy, the dense network {percent(dense.balanced_accuracy, 1)}. {others}. {tests}
            {by_mint(rows)} {collapse(own)}"""
        )
    return filled(paragraphs)


def collapse(own: pd.DataFrame) -> str:
    """How many specialists of each method answer no to every image, and what the methods reach without these.

    Of the methods that ran on every network; logistic regression is of another kind and left out.
    """
    rows = own[own.networks == own.networks.max()].drop(index="logistic").sort_values("collapsed", ascending=False)
    counts = ", ".join(f"{row.Index} {row.collapsed:.0f}" for row in rows.itertuples() if row.collapsed) or "none"
    rest = rows.not_collapsed.sort_values()
    return f"""Of {rows.specialists.max():.0f} specialists of each method these answer *no* to every image: {counts}.
        Without them the methods reach from {percent(rest.iloc[0], 1)} ({rest.index[0]}) to
        {percent(rest.iloc[-1], 1)} ({rest.index[-1]})."""


def by_mint(rows: pd.DataFrame) -> str:
    """MINT's scores as methods: under the comparison's schedule only; nothing for a model without them."""
    own = rows[rows.budget == "own"].set_index("method")
    found = own[own.index.isin(["mint", "mint_marginal"])]
    if found.empty:
        return ""
    scores = "; ".join(f"`{row.Index}` {against_released(row)}" for row in found.itertuples())
    few = found.networks.max() < own.networks.max()
    networks = f", on {counted(found.networks.max())}" if few else ""
    return f"Units by MINT's scores, under {SCHEDULES['own']}{networks}: {scores}."


def told_apart(rows: pd.DataFrame) -> str:
    """Which methods differ from the released rule at 5 %, under either schedule; or that too few networks ran."""
    tested = at_own_size(rows).p_holm.dropna()
    networks = rows.networks.max()
    least = least_p(networks) * len(tested)  # Holm's factor for the smallest
    if least >= 0.05:
        return f"So few networks tell nothing apart at 5 %: none of {len(tested)} p can come out below {least:.2f}."
    parts = []
    for budget, name in SCHEDULES.items():
        of_schedule = rows[rows.budget == budget]
        if of_schedule.networks.max() == networks:
            parts.append(f"{', '.join(of_schedule[of_schedule.p_holm < 0.05].method) or 'nothing'} under {name}")
    return f"At 5 % these differ from the rule: {'; '.join(parts)}."


def in_short() -> str:
    """The comparison in a paragraph, for the README."""
    rows = comparison_rows()
    own, five = (at_own_size(rows[rows.model == model]) for model in ("lenet_300_100", "lenet_5"))
    count = five.collapsed.astype(int)

    def scored(method: str) -> str:
        p = own.p_holm[method]
        return percent(own.balanced_accuracy[method], 1) + ("" if pd.isna(p) else f" (p = {p:.3f})")

    others = own.drop(index=["released", "dense", "random", "scratch", "logistic"], errors="ignore").balanced_accuracy
    best, worst = others.idxmax(), others.idxmin()
    return f"""Are the chosen units better than others? On LeNet-300-100, over {own.networks.max()} dense networks, with
        epochs chosen on held-out images, and at the same number of parameters ({own.parameters["released"]:,.0f} on
        average), SpecDNN's units reach {scored("released")} balanced accuracy and units drawn at random
        {scored("random")}. Of {len(others)} other ways to choose them the best, `{best}`, reaches {scored(best)}, the
        worst, `{worst}`, {scored(worst)}; logistic regression on the pixels, with
        {own.parameters["logistic"]:,.0f} parameters, {scored("logistic")}. All p are against SpecDNN's units, after
        Holm's correction. On LeNet-5, over {counted(five.networks.max())}, SpecDNN's units reach
        {percent(five.balanced_accuracy["released"], 1)} and units drawn at random
        {percent(five.balanced_accuracy["random"], 1)}: {count["released"]} of SpecDNN's specialists and
        {count["random"]} of the others, of {five.specialists["released"]:.0f} each, answer *no* to every image
        ([docs/findings.md](docs/findings.md))."""


def answer() -> str:
    """What the comparison says to the question of docs/findings.md."""
    parts = []
    for model, rows in comparison_rows().groupby("model", sort=False):
        own = at_own_size(rows)
        random, disparity, logistic = map(points, own.difference[["random", "disparity", "logistic"]])
        parts.append(
            f"""{NAMES[model]} ({counted(own.networks.max())}): units drawn at random {random} points of balanced
            accuracy against the rule's, the disparity filter's {disparity}, logistic regression on the pixels
            {logistic}."""
        )
    return filled([" ".join(parts)])


def along_budgets() -> str:
    """Which methods differ from `magnitude` at which share, by how much; nothing where too few networks can tell."""
    paragraphs = []
    for model, rows in comparison_rows().groupby("model", sort=False):
        curve = of_curve(rows)
        tested = curve[curve.p_holm.notna()]
        if tested.empty or tested.groupby("budget").size().max() * least_p(tested.networks.max()) >= 0.05:
            continue
        told = tested[tested.p_holm < 0.05].assign(
            cell=lambda t: [f"{points(row.difference, 2)} at {100 * float(row.budget):g} %" for row in t.itertuples()]
        )
        parts = [f"`{method}` {', '.join(part.cell)}" for method, part in told.groupby("method", sort=False)]
        paragraphs.append(
            f"""**{NAMES[model]}**, {counted(tested.networks.max())}. Against `magnitude` at the same share of the
            parameters these differ at 5 %, after Holm's correction over the methods, in points of balanced accuracy:
            {"; ".join(parts) or "none"}."""
        )
    return filled(paragraphs)


def budgets() -> str:
    """What the smallest budget that is enough comes to, for each method; nothing for a model without a curve."""
    paragraphs = []
    for model, rows in comparison_rows().groupby("model", sort=False):
        chosen = rows[rows.budget == "enough"].sort_values("parameters")
        if chosen.empty:
            continue
        sizes = "; ".join(
            f"{row.method} {row.parameters:,.0f} parameters on average ({row.reached:.0f} of {row.specialists:.0f} "
            f"reached it), {percent(row.balanced_accuracy, 1)} on the test images"
            for row in chosen.itertuples()
        )
        paragraphs.append(
            f"""**{NAMES[model]}**, {counted(chosen.networks.max())}: the smallest budget along the curve that reaches
            the balanced accuracy of `compare.enough` (`params.yaml`) on held-out images, class by class.
            {sizes[0].upper()}{sizes[1:]}."""
        )
    return filled(paragraphs)


def communities() -> str:
    paragraphs = []
    for model, rows in pd.read_csv(TABLES / "communities.csv").groupby("model", sort=False):
        found = rows.set_index(["what", "where"])
        renumbered, trained = (found.loc[(f"rate {kind}", "all layers")] for kind in ("renumbered", "as trained"))
        paper = pd.read_csv(f"published/{PAPER[model]}.csv", dtype={"class": str}).set_index("class")
        shared = ", ".join(
            f"{found.loc[('inputs shared', layer)]['mean']:.2f} inputs of {layer} where chance gives "
            f"{found.loc[('inputs by chance', layer)]['mean']:.2f}"
            for layer in rows[rows.what == "inputs shared"]["where"]
        )
        loss, others, chance = (
            100 * found.loc[(f"recall {kind}", "hidden layers")]["mean"]
            for kind in ("loss", "loss of others", "loss by chance")
        )
        paragraphs.append(
            f"""**{NAMES[model]}**, {counted(rows.networks.iloc[0])}. Renumbering hidden units changes no output,
            but it changes the released rule's mean compress rate: {percent(renumbered["mean"], 3)} on average, central
            95 % from {percent(renumbered.low, 3)} to {percent(renumbered.high, 3)} (as trained
            {percent(trained["mean"], 3)}, published {paper.compress_rate_percent["average"]:.3f} %). Two classes share
            {shared}. Without its community's hidden units a class loses {loss:.1f} points of the dense network's
            recall, the other nine {others:.1f}; without as many random units it loses {chance:.1f}."""
        )
    return filled(paragraphs)


def ran() -> str:
    """What the comparison's tables hold: networks, methods, budgets."""
    lines = []
    for model, part in comparison_rows().groupby("model", sort=False):
        own, curve = part[part.budget == "own"], of_curve(part)
        along = (
            f"{curve.networks.max()} along {curve.budget.nunique()} budgets, {curve.method.nunique()} methods"
            if len(curve)
            else "none along budgets"
        )
        everywhere = own.networks == own.networks.max()
        rest = "".join(f", {row.method} on {row.networks}" for row in own[~everywhere].itertuples())
        lines.append(
            f"{NAMES[model]}: {counted(own.networks.max())} at SpecDNN's own sizes, {everywhere.sum()} methods{rest}; "
            f"{along}."
        )
    return filled([*lines, schedules()])


def schedules() -> str:
    """Whether the methods rank alike under the tables' longer schedule, and how many specialists collapse."""
    checks = []
    for model, rows in pd.read_csv(TABLES / "comparison_schedules.csv").groupby("model", sort=False):
        tau = kendalltau(rows.mean_short, rows.mean_long).statistic
        pairs, swapped = rows.told_apart.sum() // 2, rows.swapped.sum() // 2
        checks.append(
            f"""on {counted(rows.networks.max())} of {NAMES[model]} the two rankings of the methods agree with Kendall's
            tau {tau:.2f}, of the {pairs} pairs of methods that either schedule tells apart {swapped} change their
            order, and {rows.collapsed_short.sum()} specialists answer *no* to every image under the shorter schedule,
            {rows.collapsed_long.sum()} under the longer"""
        )
    return f"The schedule was checked against the tables' longer one: {'; '.join(checks)}."
