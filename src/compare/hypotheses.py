"""Write what became of the hypotheses that were stated before the comparison ran."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from specdnn.cli import Command, fraction, table_files
from specdnn.errors import UserError
from specdnn.evaluation import inference
from specdnn.evaluation.arms import ARM, MEASURES, PLACE, Arm, difference, of_arms, per_network, read_runs
from specdnn.report.comparison import differences, points, probability
from specdnn.report.rendering import Section
from specdnn.report.text import percent, signed

TITLE = "Hypotheses and outcomes"
EXPECTED = ("above", "below", "alike", "apart")
MEASURED = [*MEASURES.values(), "collapsed_share"]
COLUMNS = [
    *(*PLACE, "id", "says", "expects", "measure", "left", "right", "networks", "left_mean", "right_mean"),
    *("difference", "difference_low", "difference_high", "effect_size", "p", "p_holm", "wilcoxon", "outcome"),
]
UNTESTED = "too few networks"
NOTE = (
    "Differences, left less right, in points and paired by network, with 95 % t intervals. p: of Student's paired t "
    "test; where two arms are expected to be alike, of two one-sided tests at {margin} points. Holm: over all "
    "hypotheses of the same dataset and network. d_z: mean difference over its standard deviation."
)
OUTCOMES = (
    "holds, reversed, differs: p (Holm) below {level}; fails: two arms expected to be alike, and the interval lies "
    "beyond the margin; open: it reaches over the margin; not shown: p (Holm) is not below {level}, which proves "
    "nothing; –: an arm did not run there."
)


@dataclass(frozen=True)
class Hypothesis:
    """The mean of `measure` of the arm `left` is expected above or below that of `right`, alike, or apart."""

    id: str
    says: str
    left: Arm
    right: Arm
    expects: str
    measure: str

    def p(self, differences: pd.Series, margin: float) -> float:
        if self.expects == "alike":
            return inference.alike_p(differences.to_numpy(), margin)
        return inference.paired_p(differences.to_numpy())

    def outcome(self, row: Mapping, margin: float) -> str:
        """row: with difference, its interval, and p_holm."""
        if pd.isna(row["p_holm"]):
            return UNTESTED
        shown = row["p_holm"] < inference.SIGNIFICANT
        if self.expects == "alike":
            beyond = row["difference_low"] > margin or row["difference_high"] < -margin
            return "holds" if shown else "fails" if beyond else "open"
        if not shown:
            return "not shown"
        if self.expects == "apart":
            return "differs"
        return "holds" if (row["difference"] > 0) == (self.expects == "above") else "reversed"


def checked(found: object, known: list[str], wanted: list[str], where: str) -> dict:
    """A mapping that has all `wanted` keys, and only `known` ones; otherwise UserError."""
    if not isinstance(found, Mapping):
        raise UserError(f"{where}: expected a mapping with {', '.join(wanted or known)}; correct it")
    if missing := [name for name in wanted if name not in found]:
        raise UserError(f"{where}: no {', '.join(missing)}; add it")
    if unknown := [str(name) for name in found if name not in known]:
        raise UserError(f"{where}: {', '.join(unknown)} is none of {', '.join(known)}; correct it")
    return dict(found)


def one_of(value: object, known: list[str], where: str) -> str:
    if value not in known:
        raise UserError(f"{where}: {value} is none of {', '.join(known)}; correct it")
    return str(value)


def read(path: str | Path) -> list[Hypothesis]:
    """The hypotheses in their order. Raises UserError for a file that is not what it should be."""
    try:
        content = YAML(typ="safe").load(Path(path).read_text(encoding="utf-8"))
    except YAMLError as error:
        raise UserError(f"{path}: {' '.join(str(error).split())}; correct it") from None
    content = checked(content, ["arm", "hypotheses"], ["arm", "hypotheses"], str(path))
    usual = checked(content["arm"], ARM, ARM, f"{path}: arm")
    needed = ["id", "says", "left", "right", "expects"]
    found: dict[str, Hypothesis] = {}
    for place, entry in enumerate(content["hypotheses"], start=1):
        entry = checked(entry, [*needed, "measure"], needed, f"{path}: hypothesis {place}")
        where = f"{path}: hypothesis {entry['id']}"
        if entry["id"] in found:
            raise UserError(f"{where}: is there twice; give one of them another id")
        left, right = (arm_of({**usual, **checked(entry[side], ARM, [], where)}) for side in ("left", "right"))
        expects = one_of(entry["expects"], list(EXPECTED), where)
        measure = one_of(entry.get("measure", "balanced_accuracy"), MEASURED, where)
        found[entry["id"]] = Hypothesis(entry["id"], " ".join(entry["says"].split()), left, right, expects, measure)
    return [*found.values()]


def arm_of(given: Mapping) -> Arm:
    units, initial, loss, widths, share = (given[name] for name in ARM)
    return units, initial, loss, widths, share


def named(arm: Arm) -> str:
    return ", ".join(str(value) for value in arm if value is not None)


def tested(hypotheses: list[Hypothesis], arms: Mapping[Arm, pd.DataFrame], margin: float) -> list[dict]:
    """One row a hypothesis whose two arms ran; corrected over these."""
    rows = []
    for one in hypotheses:
        if one.left not in arms or one.right not in arms:
            continue
        left, right = arms[one.left], arms[one.right]
        differences = difference(left, right, one.measure)
        low, high = inference.interval(differences.to_numpy())
        rows.append(
            {
                "id": one.id,
                "says": one.says,
                "expects": one.expects,
                "measure": one.measure,
                "left": named(one.left),
                "right": named(one.right),
                "networks": len(differences),
                "left_mean": left[one.measure][differences.index].mean(),
                "right_mean": right[one.measure][differences.index].mean(),
                "difference": differences.mean(),
                "difference_low": low,
                "difference_high": high,
                "effect_size": inference.effect_size(differences.to_numpy()),
                "p": one.p(differences, margin),
                "wilcoxon": inference.wilcoxon(differences.to_numpy()),
            }
        )
    p = inference.holm({row["id"]: row["p"] for row in rows})
    by_id = {one.id: one for one in hypotheses}
    rows = [{**row, "p_holm": p[row["id"]]} for row in rows]
    return [{**row, "outcome": by_id[row["id"]].outcome(row, margin)} for row in rows]


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "hypothesis": rows.id,
            "left": rows.left,
            "right": rows.right,
            "measure": [name.replace("_", " ") for name in rows.measure],
            "left %": [percent(value) for value in rows.left_mean],
            "right %": [percent(value) for value in rows.right_mean],
            "difference": differences(rows, "", points),
            "d_z": [signed(value) for value in rows.effect_size],
            "p": [probability(value) for value in rows.p],
            "p (Holm)": [probability(value) for value in rows.p_holm],
            "expected": rows.expects,
            "outcome": rows.outcome,
        }
    )


def overview(hypotheses: list[Hypothesis], rows: pd.DataFrame) -> pd.DataFrame:
    """A row a hypothesis, a column a dataset and network."""
    lines = []
    for one in hypotheses:
        line = {"": one.id, "hypothesis": one.says}
        for (dataset, model), part in rows.groupby(PLACE, sort=False):
            line[f"{model} on {dataset}"] = next(iter(part.outcome[part.id == one.id]), "–")
        lines.append(line)
    return pd.DataFrame(lines)


def main(args: Namespace, record: dict) -> None:
    hypotheses = read(args.hypotheses)
    rows = []
    for place, networks in per_network(read_runs(args.runs)).groupby(PLACE, sort=False):
        found = tested(hypotheses, of_arms(networks), args.alike)
        rows += [{**dict(zip(PLACE, place, strict=True)), **row} for row in found]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    outcomes = OUTCOMES.format(level=inference.SIGNIFICANT)
    sections = [Section("Stated before the test scores were looked at", overview(hypotheses, frame), [outcomes])]
    for (dataset, model), part in frame.groupby(PLACE, sort=False):
        title = f"{model} on {dataset}: {inference.counted(part.networks.max())}"
        sections.append(Section(title, shown(part), [NOTE.format(margin=f"{100 * args.alike:.1f}")]))
    table_files.write(args, TITLE, sections, frame)
    print(f"{TITLE}: {len(frame)} tests")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--alike", "margin of the tests of equivalence, as a share of 1", type=fraction)
    command.reads("--hypotheses", "YAML: what was expected")
    command.reads("--runs", "CSV of `compare_runs`")
    table_files.add(command)
    command.run(main)
