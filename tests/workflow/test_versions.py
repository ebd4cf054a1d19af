"""`dvc repro` is right: each test looks at what was made, not at exit codes.

The truth that results are compared with is a run from nothing with the same parameters.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from checkout import ENVIRONMENT, finished, run
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from versions import (
    TABLE,
    changed,
    commit,
    git,
    has_nothing_to_do,
    jobs_in,
    lock,
    repro,
    results,
    set_params,
)

STUDIES = {name: f"studies/{name}/dvc.yaml" for name in ("compare", "mint", "own", "similarity")}
ONE, NONE = ({"mnist": number, "fashion_mnist": 0} for number in (1, 0))  # networks of the comparison
NO_PART = {model: {"networks": NONE} for model in ("lenet_300_100", "lenet_5")}
NO_COARSE = {"coarse_300_100": {"networks": NONE}}
FEW_OF_EACH_STUDY = {  # enough to name every rule
    "compare": {
        "parts": {
            "own": {**NO_PART, **NO_COARSE, "lenet_300_100": {"networks": ONE}},
            "curve": NO_PART,
            "mint": NO_PART,
            "from_scratch": {**NO_PART, **NO_COARSE},
            "widths": NO_COARSE,
            "controls": {"lenet_300_100": {"networks": NONE}},
            "longer": {"lenet_300_100": {"networks": ONE}},
        },
        "communities": {"lenet_300_100": ONE, "lenet_5": NONE, "coarse_300_100": NONE},
    },
    "mint": {"seeds": [1]},
    "similarity": {"seeds": [1, 2], "units": {"protocols": ["published"]}},
}
HALF_LR = {"retrain": {"lr": 0.05}}
AFTER_RETRAIN = {"retrain": 1, "evaluate": 1, "aggregate": 1, "tables": 1, "side_by_side": 1, "curves": 1}
EVERYTHING = {
    "train": 1,
    "specialize": 1,
    "evaluate_dense": 1,
    "readings": 1,
    "kept": 1,
    **AFTER_RETRAIN,
}


@pytest.fixture(scope="module")
def clean(finished_repro: tuple[Path, dict]) -> Path:
    """A repository in which `dvc repro` has run from nothing, committed. Tests work on copies."""
    folder, jobs = finished_repro
    assert jobs in ({**EVERYTHING, "fetch": 1}, EVERYTHING)
    return folder


@pytest.fixture(scope="module")
def truth(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The results with half the learning rate, made from nothing by Snakemake alone."""
    folder = tmp_path_factory.mktemp("truth")
    git(clean, "clone", "--quiet", ".", str(folder))
    shutil.copytree(clean / "data", folder / "data")
    shutil.rmtree(folder / "results")
    set_params(folder, HALF_LR)
    run(folder, "snakemake", "--cores", "2")
    return results(folder)


@pytest.fixture(scope="module")
def halved(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """The clean repository after `dvc repro` with half the learning rate, committed; and the jobs that this ran."""
    folder = as_it_was_left(clean, tmp_path_factory.mktemp("halved"))
    set_params(folder, HALF_LR)
    jobs = repro(folder)
    commit(folder, "B")
    return folder, jobs


@pytest.fixture(scope="module")
def pulled(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone of the clean repository that has pulled the results from a remote folder."""
    folder = tmp_path_factory.mktemp("pulled")
    study = as_it_was_left(clean, folder)
    run(study, "dvc", "remote", "add", "--default", "--force", "shared", str(folder / "remote"))
    commit(study, "a remote")
    run(study, "dvc", "push")
    git(study, "clone", "--quiet", ".", str(folder / "clone"))
    run(folder / "clone", "dvc", "pull")
    return folder / "clone"


@pytest.fixture
def clone(pulled: Path, tmp_path: Path) -> Path:
    return as_it_was_left(pulled, tmp_path)


@pytest.fixture
def study(clean: Path, tmp_path: Path) -> Path:
    return as_it_was_left(clean, tmp_path)


@pytest.fixture
def study_b(halved: tuple[Path, dict], tmp_path: Path) -> Path:
    return as_it_was_left(halved[0], tmp_path)


def as_it_was_left(repository: Path, folder: Path) -> Path:
    """A copy of the repository: modification times, Snakemake's records, DVC's cache."""
    return Path(shutil.copytree(repository, folder / "study", symlinks=True))


def test_a_repeated_repro_runs_no_job(study: Path):
    before = results(study)
    assert repro(study) == {}
    assert changed(results(study), before) == []


def test_one_changed_parameter_re_runs_its_phase_and_later_ones_only(halved: tuple[Path, dict], truth: dict):
    folder, jobs = halved
    assert jobs == AFTER_RETRAIN
    assert changed(results(folder), truth) == []


def test_a_b_back_to_a_and_b_again_give_the_results_and_the_lock_of_each(clean: Path, study_b: Path, truth: dict):
    lock_b = lock(study_b)
    git(study_b, "checkout", "--quiet", "HEAD~1")
    run(study_b, "dvc", "checkout")
    assert changed(results(study_b), results(clean)) == []
    repro(study_b)
    assert changed(results(study_b), results(clean)) == changed(lock(study_b), lock(clean)) == []
    set_params(study_b, HALF_LR)
    repro(study_b)
    assert changed(results(study_b), truth) == changed(lock(study_b), lock_b) == []


def test_an_added_class_runs_its_own_jobs_only(study: Path):
    before = results(study)
    set_params(study, {"study": {"classes": [0, 7]}})
    jobs = repro(study)
    assert {rule: jobs.get(rule, 0) for rule in ("train", "specialize", "retrain", "evaluate")} == {
        "train": 0,
        "specialize": 1,
        "retrain": 1,
        "evaluate": 1,
    }
    after = results(study)
    assert any("class7" in path for path in after)
    assert all(after[path] == digest for path, digest in before.items() if "/class" in path)
    assert [row.split(",")[0] for row in (study / TABLE).read_text().splitlines()] == [
        "label",
        "0",
        "7",
        "average",
        "original",
    ]


def test_an_added_seed_runs_its_own_jobs_only(study: Path):
    before = results(study)
    set_params(study, {"study": {"seeds": [1, 2]}})
    jobs = repro(study)
    assert {rule: jobs.get(rule, 0) for rule in ("train", "specialize", "retrain", "evaluate", "tables")} == {
        "train": 1,
        "specialize": 1,
        "retrain": 1,
        "evaluate": 1,
        "tables": 1,
    }
    after = results(study)
    assert {path for path in before if after[path] != before[path] and "/side_by_side." not in path} == set()
    head, *rows = (line.split(",") for line in (study / "results/tables/side_by_side.csv").read_text().splitlines())
    seeds = [row[head.index("seed")] for row in rows]
    assert seeds.count("1") == seeds.count("2") > 0, "a line for each seed"
    assert any("seed2" in path for path in after)


def test_a_failed_job_leaves_the_rest_and_repro_resumes(study: Path, truth: dict):
    set_params(study, HALF_LR)
    metrics = study / "src/specdnn/evaluation/metrics.py"
    right = metrics.read_text()
    metrics.write_text(right.replace('"accuracy":', '"accuracy": 1 / 0 if "fail" else'))
    printed = run(study, "dvc", "repro", check=False)
    assert printed.returncode != 0
    assert "ZeroDivisionError" in printed.stdout
    metrics.write_text(right)
    jobs = repro(study)
    assert "retrain" not in jobs
    assert changed(results(study), truth) == []


def test_a_killed_repro_resumes_with_right_results(study: Path, truth: dict):
    set_params(study, HALF_LR)
    before = (study / "results/retrain/published/mnist/lenet_300_100/seed1/released/class0/best.safetensors").stat()
    process = subprocess.Popen(["dvc", "repro"], cwd=study, env=ENVIRONMENT, start_new_session=True)
    retrained = study / "results/retrain/published/mnist/lenet_300_100/seed1/released"
    while not any(path.stat().st_mtime > before.st_mtime for path in retrained.rglob("best.safetensors")):
        assert process.poll() is None, "repro ended before it could be killed"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    run(study, "snakemake", "--unlock")
    repro(study)
    assert changed(finished(results(study)), truth) == []


def test_an_edited_helper_module_re_runs_the_jobs_that_import_it(study: Path):
    metrics = study / "src/specdnn/evaluation/metrics.py"
    metrics.write_text(metrics.read_text().replace("(~is_class).mean()", "(~is_class).mean() - 0.001"))
    before = (study / TABLE).read_text()
    assert repro(study) == {"evaluate": 1, "aggregate": 1, "tables": 1, "side_by_side": 1}
    assert (study / TABLE).read_text() != before


def test_snakemake_first_then_repro_runs_nothing_and_locks_what_commit_would(study: Path, truth: dict, tmp_path: Path):
    set_params(study, HALF_LR)
    run(study, "snakemake", "--cores", "2")
    committed = Path(shutil.copytree(study, tmp_path / "committed", symlinks=True))
    assert repro(study) == {}
    run(committed, "dvc", "commit", "--force")
    assert lock(study) == lock(committed)
    assert changed(results(study), truth) == []


def test_repro_first_then_snakemake_has_nothing_to_do(study: Path):
    assert has_nothing_to_do(study)


def test_a_fresh_clone_pulls_restores_and_has_nothing_to_do_and_a_change_after_that_is_right(
    clean: Path, clone: Path, truth: dict
):
    assert results(clone) == results(clean)
    run(clone, "dvc", "status", "--quiet")
    run(clone, "snakemake", "--cores", "1", "--touch", "--forceall")
    assert has_nothing_to_do(clone)
    set_params(clone, HALF_LR)
    assert repro(clone) == AFTER_RETRAIN
    assert changed(results(clone), truth) == []


def test_a_parameter_changed_right_after_pull_is_right_with_snakemake_alone(clone: Path, truth: dict):
    set_params(clone, HALF_LR)
    run(clone, "snakemake", "--cores", "2")
    assert changed(results(clone), truth) == []


def test_restoring_stale_results_is_refused(study: Path):
    set_params(study, HALF_LR)
    assert run(study, "dvc", "status", "--quiet", check=False).returncode != 0


def test_silent_failure_1_pull_touch_change_is_right(clone: Path, truth: dict):
    run(clone, "snakemake", "--cores", "1", "--touch")
    set_params(clone, HALF_LR)
    repro(clone)
    assert changed(results(clone), truth) == []


@pytest.mark.parametrize("where", ["--temp", "--queue"])
def test_silent_failure_2_an_experiment_has_its_own_results(study: Path, where: str):
    run(study, "dvc", "exp", "run", where, "--set-param", "retrain.lr=0.05", "--name", "half")
    if where == "--queue":
        run(study, "dvc", "exp", "run", "--run-all")
    run(study, "dvc", "exp", "apply", "half")
    assert yaml.safe_load((study / "params.yaml").read_text())["retrain"]["lr"] == 0.05
    run(study, "dvc", "checkout")
    assert "retrain.lr: 0.05" in lock(study)["retrain"]
    table = (study / TABLE).read_text()
    git(study, "checkout", "--quiet", "--force", "main")
    assert table != (study / TABLE).read_text()


def test_silent_failure_3_files_of_a_under_records_of_b_are_not_taken_for_b(study_b: Path, truth: dict):
    git(study_b, "checkout", "--quiet", "HEAD~1")
    run(study_b, "dvc", "checkout")
    set_params(study_b, HALF_LR)
    run(study_b, "snakemake", "--cores", "2")
    assert changed(results(study_b), truth) == []


def test_silent_failure_4_a_cache_of_hardlinks_is_right(study: Path, truth: dict):
    run(study, "dvc", "config", "cache.type", "hardlink")
    run(study, "dvc", "checkout", "--relink")
    before = results(study)
    set_params(study, HALF_LR)
    repro(study)
    assert changed(results(study), truth) == []
    git(study, "checkout", "--quiet", "--force", "main")
    run(study, "dvc", "checkout")
    assert changed(results(study), before) == [], "the cache was written through a link"


def test_silent_failure_5_a_stage_depends_on_the_code_that_is_input_of_its_rules_and_on_no_other_room(study: Path):
    set_params(study, FEW_OF_EACH_STUDY)
    on_demand = [
        f"results/{folder}/mnist/lenet_300_100/seed1/{name}.safetensors"
        for folder, name in (("specialize/published", "gradients"), ("specialize/published", "activations"))
    ]
    on_demand.append("results/compare/activations/held_out/mnist/lenet_300_100/seed1/activations.safetensors")
    targets = ["all", "phase_export", *on_demand, *(f"phase_{name}" for name in STUDIES)]
    planned = run(study, "snakemake", "--dry-run", "--forceall", *targets).stdout
    code: dict[str, set] = {}
    for rule, inputs in re.findall(r"^(?:local)?rule (\w+):\n    input: (.+)$", planned, re.MULTILINE):
        code.setdefault(rule, set()).update(name for name in inputs.split(", ") if name.startswith("src/"))
    pipelines = [yaml.safe_load((study / path).read_text())["stages"] for path in ["dvc.yaml", *STUDIES.values()]]
    for stage in (stage.get("do", stage) for pipeline in pipelines for stage in pipeline.values()):
        script, _, *rules = stage["cmd"].partition(" python ")[2].split()
        files = {script}.union(*(code.get(rule, set()) for rule in rules))  # data have no code among their inputs
        deps = {dep for dep in stage["deps"] if dep.startswith("src/")}
        needed = {file: {dep for dep in deps if file == dep or file.startswith(f"{dep}/")} for file in files}
        assert all(needed.values()), stage["cmd"]
        assert deps == set().union(*needed.values()), stage["cmd"]


def test_a_study_that_dvc_versions_is_described_as_dvc_wants_it(study: Path):
    """Parameters exist, outputs of pipelines do not overlap: else DVC refuses every command, of the main study too."""
    set_params(study, {"versions": {name: ["results"] for name in STUDIES}})
    listed = run(study, "dvc", "stage", "list", "--all", "--name-only").stdout.split()
    assert {f"{path}:{name}@results" for name, path in STUDIES.items()} <= set(listed)
    for name, path in STUDIES.items():
        assert f"python src/phase.py {name} " in run(study, "dvc", "repro", "--dry", path).stdout


def test_experiments_parameters_and_metrics_can_be_compared(study: Path):
    run(study, "dvc", "exp", "run", "--set-param", "retrain.lr=0.05", "--name", "half")
    shown = run(study, "dvc", "exp", "show", "--csv").stdout
    assert "half" in shown
    assert "retrain.lr" in shown
    assert "0.05" in run(study, "dvc", "params", "diff").stdout
    difference = run(study, "dvc", "metrics", "diff", "--all").stdout
    assert "table1_lenet_300_100.json" in difference
    assert "accuracy" in difference


def test_the_plots_page_shows_its_curves_in_a_browser_without_network(study: Path, browser):
    run(study, sys.executable, "src/plots_page.py")
    run(study, "dvc", "plots", "diff", "HEAD", "--out", "plots")
    browser.get((study / "plots/index.html").as_uri())
    curves = "canvas.marks, svg.marks"
    assert WebDriverWait(browser, 20).until(lambda b: b.find_elements(By.CSS_SELECTOR, curves))
    assert not [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def test_where_a_stage_runs_is_the_profiles_business():
    text = (Path(__file__).parents[2] / "dvc.yaml").read_text()
    assert "--cores" not in text
    assert "profile" not in "".join(line for line in text.splitlines() if not line.startswith("#"))


def test_jobs_are_counted_from_what_snakemake_prints():
    assert jobs_in("job    count\n-----  -----\nretrain  2\nphase_retrain  1\ntotal  3\n") == {"retrain": 2}
