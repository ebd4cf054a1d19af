"""Own networks on a tiny real subset: what the study makes from nothing, and when again; and `make specialist`."""

import json
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from checkout import ENVIRONMENT, SMOKE, contents, copy_of_the_checkout, run
from PIL import Image
from test_smoke import jobs

OVERLAY = "tests/smoke/own.yaml"
PLACE = "smoke/results/own/fashion_mnist"
EVERYTHING = {
    "own_images": 1,
    "own_train": 2,
    "own_statistics": 2,
    "own_specialists": 4,
    "own_export": 4,
    "own_answer": 1,
    "own_latency": 1,
    "own_table": 1,
    "own_figure": 1,
    "own": 1,
}


def own(folder: Path, *flags: str, overlays: tuple[str, ...] = (), check: bool = True) -> str:
    command = ["snakemake", *flags, "--configfile", SMOKE, OVERLAY, *overlays, "--cores", "2", "--", "own"]
    return run(folder, *command, check=check).stdout


@pytest.fixture(scope="module")
def finished(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_of_the_checkout(tmp_path_factory.mktemp("own") / "study")
    ran = jobs(own(folder))
    assert ran in (EVERYTHING, {**EVERYTHING, "fetch": 1})
    return folder


def test_the_study_ends_in_a_table_with_an_answer_and_a_figure(finished: Path):
    table = pd.read_csv(finished / "smoke/results/tables/own.csv", dtype={"set": str})
    assert {*table["set"]} == {"all sets", "8", "3-5"}
    assert {*table.method} == {"dense", "dense_tuned", "magnitude", "taylor", "scratch"}
    assert (table.networks == 2).all()
    assert table[["low", "p_holm"]].isna().all().all(), "nothing is tested on two networks"
    small = table[table.share.notna()]
    assert (small.parameters < 0.05 * table[table.method == "dense"].parameters.iloc[0]).all()
    exported = table[(table.method == "magnitude") | (table.method == "dense")]
    assert (exported[["bytes", "p50"]] > 0).all().all()
    text = (finished / "smoke/results/tables/own.md").read_text()
    assert "of the dense network" in text
    assert "too few networks for a test" in text or "over training from scratch" in text
    assert "</svg>" in (finished / "smoke/results/figures/own_fashion_mnist.svg").read_text()


def test_every_exported_network_has_a_card_and_decides_as_torch_does(finished: Path):
    cards = sorted((finished / PLACE).rglob("card.json"))
    assert len(cards) == 4
    for card in cards:
        facts = json.loads(card.read_text())
        assert {check["differing_decisions"] for check in facts["checks"].values()} == {0}, card
        assert facts["certificate"].get("difference", 0) <= 1e-12
        session = onnxruntime.InferenceSession(card.with_name("network.onnx"))
        answer = session.run(["answer"], {"pixels": np.zeros((3, 1, 16, 16), np.uint8)})[0]
        assert answer.shape == (3,)
    lines = (finished / PLACE / "answer.txt").read_text().splitlines()
    assert len(lines) == 2


def test_a_second_run_does_nothing(finished: Path):
    before = contents(finished / "smoke/results")
    assert "Nothing to be done" in own(finished)
    assert contents(finished / "smoke/results") == before


@pytest.mark.parametrize(
    ("change", "concerned", "spared"),
    [
        ("retrain: {lr: 0.02}", {"own_specialists": 4, "own_export": 4}, {"own_train", "own_statistics", "own_images"}),
        ("classes: [[8], ['3', '5'], [1]]", {"own_specialists": 2, "own_export": 2}, {"own_train"}),
        ("seeds: [1, 2, 3]", {"own_train": 1, "own_specialists": 2}, {"own_images", "own_export"}),
        ("train: {lr: 0.05}", {"own_train": 2, "own_specialists": 4}, {"own_images"}),
        ("near_dense: 0.02", {"own_table": 1, "own_figure": 1}, {"own_specialists", "own_export"}),
    ],
)
def test_a_changed_parameter_re_runs_what_depends_on_it(finished: Path, change: str, concerned: dict, spared: set):
    (finished / "changed.yaml").write_text(f"own: {{fashion_mnist: {{{change}}}}}\n")
    needed = jobs(own(finished, "-n", overlays=("changed.yaml",)))
    assert {rule: needed.get(rule) for rule in concerned} == concerned
    assert not spared & needed.keys()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("images: {source: nowhere}", "nowhere has no entry under fetch.datasets; or folder:PATH, idx:PATH"),
        ("weights: w.pt", "weights are given, so there is one dense network: one seed"),
        ("export: {seeds: [3]}", "3 is not in own.fashion_mnist.seeds"),
        ("methods: [magnitud]", "'magnitud' is not one of"),
        ("network: vgg", "expected: residual, torchvision:NAME or FILE.py:function"),
        ("classes: [[1], ['1']]", "two sets have one name in paths, 1"),
        ("classes: [[1, 3], [eihgt]]", "own.fashion_mnist.classes: no class eihgt; there are 0, 1, 2"),
        ("images: {source: fashion_mnist}, classes: [[Shrit]]", "no class Shrit; did you mean Shirt?"),
        ("images: {source: 'folder:tests'}, classes: [[unti]]", "no class unti; did you mean unit?"),
    ],
)
def test_a_wrong_block_is_refused_before_any_job(finished: Path, change: str, says: str):
    (finished / "changed.yaml").write_text(
        f"own: {{fashion_mnist: {change if change[0] == '{' else f'{{{change}}}'}}}\n"
    )
    assert says in own(finished, "-n", overlays=("changed.yaml",), check=False)


def pictures(folder: Path, count: int) -> Path:
    """Crosses and discs of any size and brightness, in two folders."""
    stream = np.random.default_rng(0)
    for name in ("cross", "disc"):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            side = int(stream.integers(16, 24))
            y, x = np.mgrid[:side, :side] - side / 2 + stream.uniform(-2, 2, (2, 1, 1))
            shape = np.minimum(abs(x), abs(y)) < 2 if name == "cross" else np.hypot(x, y) < side / 3.5
            image = stream.integers(0, 60, (side, side)) + stream.integers(100, 190) * shape
            Image.fromarray(image.astype(np.uint8)).save(folder / name / f"{number}.png")
    return folder


def test_make_specialist_ends_with_what_became_of_it(finished: Path, tmp_path: Path):
    folder = pictures(tmp_path / "my shapes", 40)
    command = ["make", "--silent", "--no-print-directory", "--old-file=.venv/ready", "specialist", "CORES=2"]

    def made(classes: str) -> subprocess.CompletedProcess:
        told = [*command, f"DATA={folder}", f"CLASSES={classes}", "SHARE=0.05"]
        return subprocess.run(told, cwd=finished, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)

    done = made("cross")
    assert done.returncode == 0, done.stderr[-3000:]
    line = done.stdout.strip().splitlines()[-1]
    place = "results/own/specialist_my_shapes_cross/seed1/cross/networks/magnitude/0.05"
    assert line.endswith(place)
    facts = json.loads((finished / place / "card.json").read_text())
    accepted, of = facts["scores"]["accepted"], facts["scores"]["set_images"]
    assert line.startswith(f"it accepts {accepted} of {of} ({100 * accepted / of:.1f} %) test images of cross and ")
    assert facts["scores"]["balanced_accuracy"] > 0.8
    wrong = made("crosss")
    assert wrong.returncode != 0
    assert "no class crosss; did you mean cross?" in wrong.stderr
