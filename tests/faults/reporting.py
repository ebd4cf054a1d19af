"""Which faults are tried, and the report of how each of them ended."""

import re

import pandas as pd
import pytest

from specdnn import artefacts
from specdnn.report.rendering import Section, markdown

KINDS = {
    "content": "K1. An artefact does not know its own content",
    "environment": "K2. The caller's environment",
    "input": "K3. What comes from outside",
    "deletion": "K4. Something is deleted before its replacement is there",
    "failure": "K5. A failure without a reason",
    "text": "K6. Strangers' text",
    "random": "At random",
}
OUTCOMES = ("held", "announced", "refused")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--all-faults", action="store_true", help="not only those that take a few seconds")
    group.addoption("--faults-report", metavar="FILE", help="Markdown: how each fault ended")
    group.addoption("--faults-seed", type=int, default=1, help="of the random faults")
    group.addoption("--faults-times", type=int, default=20, help="how often each random fault is tried")


def kind_of(nodeid: str) -> str | None:
    found = re.search(r"faults/test_faults_of_(\w+)\.py", nodeid)
    return found[1] if found else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all-faults"):
        return
    slow = [item for item in items if kind_of(item.nodeid) and not item.get_closest_marker("quick")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


ENDED: list[dict] = []  # in the process that gathers the reports


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    kind = kind_of(report.nodeid)
    if kind is None or report.when == "teardown" or (report.when == "setup" and report.passed):
        return
    said = dict(report.user_properties)
    outcome = said.get("outcome", "") if report.passed else "skipped" if report.skipped else "wrong"
    sentence = re.sub(r"\[.*", "", report.nodeid.partition("::")[2].removeprefix("test_"), flags=re.DOTALL).replace(
        "_", " "
    )
    ENDED.append({"kind": KINDS[kind], "fault": sentence, "outcome": outcome, "seconds": report.duration})


def counted(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """How many of a kind, or of a fault, ended how."""
    found = pd.crosstab(rows[by], rows["outcome"], dropna=False)
    found = found.reindex(columns=[*OUTCOMES, *sorted(set(found) - set(OUTCOMES))], fill_value=0)
    found.insert(0, "tried", found.sum(axis=1))
    return found


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--faults-report")
    if not path or hasattr(session.config, "workerinput"):
        return
    rows = pd.DataFrame(ENDED).sort_values(["kind", "fault"], kind="stable")
    kinds = counted(rows, "kind")
    kinds.insert(0, "faults", rows.groupby("kind")["fault"].nunique())
    kinds.loc["all"] = kinds.sum()
    minutes = f"{rows['seconds'].sum() / 60:.0f} minutes of tests, shared by the processes that ran them."
    sections = [Section("How they end", kinds.reset_index().astype(str), [minutes])]
    for kind, of_kind in rows.groupby("kind"):
        sections.append(Section(kind, counted(of_kind, "fault").reset_index().astype(str)))
    artefacts.write_text(path, markdown("Faults", sections))
