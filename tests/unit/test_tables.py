"""The paper's tables: those in git are made again byte for byte, and a study of few classes compares like with like."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from support import ROOT, run_here, script_module

TABLES = yaml.safe_load((ROOT / "params.yaml").read_text())["tables"]
tables = script_module("tables")


def made(name: str, rows: pd.DataFrame, folder: Path) -> dict[str, Path]:
    """The files that `tables.py` makes of these rows, by their endings."""
    rows.to_csv(folder / "specialists.csv", index=False)
    endings = {"csv": ".csv", "md": ".md", "html": ".html", "tex": ".tex", "short": "_short.md", "averages": ".json"}
    paths = {flag: folder / f"{name}{ending}" for flag, ending in endings.items()}
    given = {"title": TABLES[name]["title"], "specialists": folder / "specialists.csv"}
    done = run_here("tables", {**given, "paper": ROOT / TABLES[name]["paper"], **paths})
    assert done.returncode == 0, done.stderr
    return paths


def in_git(name: str) -> pd.DataFrame:
    """What `aggregate` gave of a table in git, from the table."""
    texts = {"label": str, "fallback": str}
    rows = pd.read_csv(ROOT / f"results/tables/{name}.csv", dtype=texts)
    rows = rows[rows.label != "average"].drop(columns=[name for name in rows if "paper" in name or "differ" in name])
    flags = dict.fromkeys(("last_epoch_collapsed", "before_collapsed"), False)
    return rows.rename(columns={"collapsed": "best_epoch_collapsed"}).assign(**flags)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_in_git_is_made_again(name: str, tmp_path: Path):
    for path in made(name, in_git(name), tmp_path).values():
        assert path.read_bytes() == (ROOT / f"results/tables/{path.name}").read_bytes(), path.name


def test_the_papers_average_is_over_the_classes_of_ours(tmp_path: Path):
    name = "table1_lenet_300_100"
    rows = in_git(name)
    found = made(name, rows[rows.label.isin(["0", "1", "7", "original"])], tmp_path)
    average = pd.read_csv(found["csv"], index_col="label").loc["average"]
    accuracy, kept = (98.90 + 98.66 + 98.18) / 300, (0.5015 + 0.0770 + 0.4343) / 300
    assert average.paper_accuracy == pytest.approx(accuracy, abs=1e-12)
    assert average.paper_compress_rate == pytest.approx(kept, abs=1e-12)
    assert average.accuracy_difference == pytest.approx(average.best_epoch_accuracy - accuracy, abs=1e-12)
    assert average.compress_rate_difference == pytest.approx(average.compress_rate - kept, abs=1e-12)
    assert "98.58" in next(line for line in found["short"].read_text().splitlines() if "average" in line)


def test_an_average_over_a_cell_that_the_paper_lacks_is_a_dash(tmp_path: Path):
    text = (ROOT / "published/table1_lenet_300_100.csv").read_text()
    (tmp_path / "published.csv").write_text(text.replace("1,0.0770,205,98.66", "1,0.0770,205,"))
    rows = pd.DataFrame({"label": ["0", "1", "average"], "compress_rate": 0.01, "best_epoch_accuracy": 0.99})
    average = tables.join_paper(rows, str(tmp_path / "published.csv")).set_index("label").loc["average"]
    assert average[["paper_accuracy", "accuracy_difference"]].isna().all()
    assert average.paper_compress_rate == pytest.approx((0.5015 + 0.0770) / 200, abs=1e-12)
