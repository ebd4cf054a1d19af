"""The results that are in git are what their jobs wrote."""

import re
import subprocess

import pandas as pd
from support import ROOT

from specdnn import files


def test_every_result_in_git_has_its_seal():
    """A number that was edited by hand fails here."""
    listed = subprocess.run(["git", "ls-files", "-z", "results"], cwd=ROOT, capture_output=True, text=True).stdout
    results = [ROOT / name for name in listed.split("\0") if name and not name.endswith(files.SEAL)]
    assert len(results) > 100
    assert [path for path in results if files.seal_of(path) != files.sha256(path)] == []


def test_the_examples_differ_from_table_two_as_their_page_says():
    table = pd.read_csv(ROOT / "results/tables/table2_lenet_5_held_out.csv", index_col="label")
    apart, factors = [], []
    for label, row in table.loc[[str(label) for label in range(10)]].iterrows():
        card = (ROOT / f"examples/lenet_5/class{label}.card.md").read_text()
        parameters = int(re.search(r"specialist of ([\d,]+) weights", card)[1].replace(",", ""))
        accuracy = float(re.search(r"accuracy \| \*\*([\d.]+) %", card)[1]) / 100
        apart.append(abs(accuracy - row.best_epoch_accuracy))
        factors.append(max(parameters / row.parameters, row.parameters / parameters))
    page = " ".join((ROOT / "examples/README.md").read_text().split())
    assert "accuracies differ by up to 0.4 points, sizes by up to a factor of three" in page
    assert 0.0035 < max(apart) < 0.0045
    assert 2.5 < max(factors) < 3.5
