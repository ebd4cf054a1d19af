"""A network and a selection method are added as docs/adding-a-model.md says: nothing is made again, and they run."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from checkout import ROOT, SMOKE, run, snakemake

NETWORK = """
title = "Tiny-20"
rows_counted = "kept"
layers = [
    { name = "hidden", kind = "linear", inputs = 784, outputs = 20 },
    { name = "out", kind = "linear", inputs = 20, outputs = 10 },
]
"""
STUDY = {"protocols": ["published"], "models": ["tiny_20"], "methods": ["weakest"], "classes": [0, 1]}
AGGREGATE = "smoke/results/aggregate/published/mnist/tiny_20/seed1/weakest/specialists.csv"


@pytest.fixture(scope="module")
def added(smoke: Path) -> Path:
    """The finished smoke study with both files of the page's recipes in their places, and nothing else changed."""
    page = (ROOT / "docs/adding-a-model.md").read_text()
    method = re.search(r"```python\n(.+?)```", page, re.DOTALL)[1]
    (smoke / "src/specdnn/selection/methods/weakest.py").write_text(re.sub(r"^ {3}", "", method, flags=re.MULTILINE))
    (smoke / "src/specdnn/networks/architectures/tiny_20.toml").write_text(NETWORK)
    return smoke


def test_a_finished_study_has_nothing_to_do_for_it(added: Path):
    assert "Nothing to be done" in snakemake(added, "-n")


def test_the_unit_tests_hold_on_the_new_network(added: Path):
    run(added, "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_extraction.py", "-k", "tiny_20")


def test_both_run_once_params_yaml_asks_for_them(added: Path):
    (added / "asked.yaml").write_text(yaml.safe_dump({"study": STUDY}))
    snakemake(added, AGGREGATE, "--configfile", SMOKE, "asked.yaml")
    rows = pd.read_csv(added / AGGREGATE, dtype={"label": str}).set_index("label")
    assert set(rows.index) == {"0", "1", "original"}
    assert rows.parameters["original"] == 784 * 20 + 20 + 20 * 10 + 10
    assert (rows.parameters < rows.parameters["original"]).sum() == 2
