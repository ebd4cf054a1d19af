"""What a job depends on is what it runs: its script, what that imports, and the networks and methods that it loads."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from support import ROOT

from specdnn.cli import rule_of
from specdnn.errors import UserError
from specdnn.selection import methods

LIBRARY = "src/specdnn/"
METHODS, NETWORKS = f"{LIBRARY}selection/methods/", f"{LIBRARY}networks/architectures/"
SCRIPTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "src").rglob("*.py")
    if not path.is_relative_to(ROOT / LIBRARY)
)
NO_RULE = {  # script: who runs it, and why no rule does
    "src/codemeta.py": "`make codemeta`: it writes a file that is in git",
    "src/demo_check.py": "`make demo`, before it builds anything",
    "src/dvc_stages.py": "`make dvc`: it writes pipelines that are in git",
    "src/own/overlay.py": "`make specialist`: it writes a file for --configfile",
    "src/phase.py": "`dvc repro`, to start Snakemake",
    "src/plots_page.py": "`make`, for DVC's plots: no result",
    "src/python_check.py": "`make env`, before there is an environment",
    "src/readme.py": "`make readme`: it writes pages that are in git",
    "src/site_pages.py": "`make docs`, as MkDocs's hook",
    "src/uv_as_pip.py": "`make env` and `make lock`, for uv",
    "src/workflow_lint.py": "`make lint`",
}
ANOTHER_NAME = {"src/mint/vision.py": "mint_vision_row"}  # mint_vision asks for all its rows
LATER = {  # what no import at the top of a file says
    f"{LIBRARY}dependence/prim.py",  # imported when first called: it is compiled then
    "benchmarks/export_memory.py",  # run in a process of its own
}
MAIN_STUDY = ("train", "specialize", "retrain", "evaluate")


@pytest.fixture(autouse=True)
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def code() -> Callable[..., list[str]]:
    """The function of the rules; the file that it is in is plain Python, but for what common.smk imports."""
    names: dict = {"Path": Path}
    exec((ROOT / "rules/code.smk").read_text(), names)
    return names["code"]


def commands() -> dict[str, str]:
    """Script -> the rule whose shell command runs it."""
    found = {}
    for file in (ROOT / "rules").rglob("*.smk"):
        for rule, body in re.findall(r"^rule (\w+):\n((?:(?:    .*)?\n)+)", file.read_text(), re.MULTILINE):
            found |= dict.fromkeys(re.findall(r'"python (\S+\.py)', body), rule)
    return found


def test_every_script_calls_itself_as_the_rule_that_runs_it():
    rules = commands()
    assert {script for script in SCRIPTS if script not in rules} == NO_RULE.keys()
    named = {script: rule for script, rule in rules.items() if script in SCRIPTS and rule_of(ROOT / script) != rule}
    assert named == ANOTHER_NAME


def test_every_command_runs_a_script_that_is_there_and_depends_on_that_script():
    text = "\n".join(file.read_text() for file in (ROOT / "rules").rglob("*.smk"))
    for script in commands():
        assert (ROOT / script).is_file(), script
        assert script == "src/fetch.py" or f'code("{script}"' in text, script


def test_no_script_has_the_name_of_a_module_that_python_would_find_in_its_place():
    """A script's folder comes first on sys.path, so src/mint/select.py would be `select` to all that it imports."""
    taken = sys.stdlib_module_names | packages_distributions().keys()
    scripts = [*SCRIPTS, *(path.relative_to(ROOT).as_posix() for path in (ROOT / "benchmarks").glob("*.py"))]
    assert [script for script in scripts if Path(script).stem in taken] == []


@pytest.mark.parametrize("name", methods.names())
def test_what_a_methods_file_says_is_what_the_method_is(name: str):
    said, method = methods.facts(name), methods.load(name)
    assert set(said.get("reads", ())) == set(method.reads) <= {"gradients", "activations"}
    assert set(said.get("takes", ())) == set(method.takes) <= {"alpha", "seed"}
    assert bool(said.get("keeps")) == (method.keeps is not None)
    assert said.get("loss") == method.loss
    assert bool(said.get("shapes")) == (method.shapes is not None)
    assert method.shapes is None or method.loss, "which shape is best, a loss's own images say"


def test_what_methods_say_is_read_without_importing_them():
    """Snakemake asks in every job of a cluster."""
    asked = "import sys; from specdnn.selection import methods; [methods.facts(name) for name in methods.names()]"
    command = [sys.executable, "-c", f"{asked}; sys.exit('numpy' in sys.modules)"]
    assert subprocess.run(command, env={"PYTHONPATH": "src"}).returncode == 0


def test_the_packages_own_file_which_no_job_depends_on_has_nothing_in_it_for_a_job():
    """It hands on `extract` to people, when asked: it imports no room by itself, and no job asks."""
    tree = ast.parse((ROOT / LIBRARY / "__init__.py").read_text())
    imported = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {node.module for node in imported} == {"importlib", "typing"}
    assert {type(node).__name__ for node in tree.body} <= {"Expr", "ImportFrom", "If", "Assign", "FunctionDef"}
    handed = "|".join(next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)))
    asks = re.compile(rf"from specdnn import .*\b({handed})\b|specdnn\.({handed})\(")
    assert not [path for path in SCRIPTS if asks.search((ROOT / path).read_text())]


LOADED = """
import json, os, runpy, sys

def own():
    return [name for name, module in sys.modules.items() if (getattr(module, "__file__", None) or "").startswith(ours)]

ours = tuple(os.path.abspath(folder) + os.sep for folder in ("src", "benchmarks"))
others = sys.path[:]
for script in sys.argv[1:]:
    sys.path[:] = [os.path.dirname(os.path.abspath(script)), *others]
    runpy.run_path(script, run_name="not main")
    print(json.dumps([script, [sys.modules[name].__file__ for name in own()]]))
    for name in own():
        del sys.modules[name]  # the next one finds none of them
"""


def test_the_code_of_a_script_is_the_modules_that_python_loads_for_it(code):
    """Of all that rules run, one after another in one process: importing torch for each would take minutes."""
    scripts = sorted(commands())
    command = [sys.executable, "-c", LOADED, *scripts]
    environment = {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    loaded = dict(map(json.loads, done.stdout.splitlines()))
    assert loaded.keys() == {*scripts}
    for script, files in loaded.items():
        paths = {file.removeprefix(f"{ROOT}/") for file in files}
        modules = {path for path in paths if path.startswith(("src/", "benchmarks/"))} - {f"{LIBRARY}__init__.py"}
        found = {*code(script)}
        assert modules | {script} <= found <= modules | {script, *LATER}, script
    assert {path for script in scripts for path in code(script)} >= LATER


def test_a_network_and_a_method_that_are_loaded_by_name_count_and_others_do_not(code):
    plain = {*code("src/specialize.py")}
    chosen = {*code("src/specialize.py", models=["lenet_5"], methods=["mint_marginal"])}
    dependence = {f"{LIBRARY}dependence/{name}.py" for name in ("information", "scoring", "tree", "prim", "__init__")}
    of_method = {f"{METHODS}mint_marginal.py", f"{METHODS}mint.py"}
    assert chosen - plain == {f"{NETWORKS}lenet_5.toml", *of_method, *dependence}
    assert plain < chosen


@pytest.fixture(scope="module")
def jobs() -> dict[tuple[str, str], set[str]]:
    """(rule, network) -> the code among the inputs of its job, as Snakemake plans it; fetch has no network.

    LeNet-300-100 by the way of `captor`, which reads gradients, and LeNet-5 by that of `ccme`.
    """
    seed = "published/mnist/{}/seed1"
    metrics = f"results/evaluate/{seed}/{{}}/class3/metrics.json"
    targets = [metrics.format("lenet_300_100", "captor"), metrics.format("lenet_5", "ccme")]
    command = [sys.executable, "-m", "snakemake", "-n", "--nolock", "--forceall", *targets]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    found = {}
    for job in re.split(r"^(?:local)?rule ", done.stdout, flags=re.MULTILINE)[1:]:
        rule, inputs = re.match(r"(\w+):\n(?:    input: (.*)\n)?", job).groups(default="")
        model = re.search(r"^    wildcards: .*model=(\w+)", job, re.MULTILINE)
        found[rule, model[1] if model else ""] = {path for path in inputs.split(", ") if path.startswith("src/")}
    return found


@pytest.mark.parametrize("rule", MAIN_STUDY)
@pytest.mark.parametrize(("model", "other"), [("lenet_300_100", "lenet_5"), ("lenet_5", "lenet_300_100")])
def test_a_job_depends_on_its_script_its_network_and_what_they_need(jobs, rule: str, model: str, other: str):
    found = jobs[rule, model]
    assert {f"src/{rule}.py", f"{NETWORKS}{model}.toml", f"{LIBRARY}networks/extract.py"} <= found
    assert f"{NETWORKS}{other}.toml" not in found
    trains = {f"{LIBRARY}{path}" for path in ("training/loop.py", "networks/pooling.py", "networks/patches.py")}
    assert (trains <= found) == (rule in ("train", "retrain"))


def test_a_selection_depends_on_its_own_method_and_on_the_released_one_that_sets_sizes(jobs):
    of_sizes = {"__init__", "released", "magnitude"}
    for model, method in (("lenet_300_100", "captor"), ("lenet_5", "ccme")):
        found = {Path(path).stem for path in jobs["specialize", model] if path.startswith(METHODS)}
        assert found == of_sizes | {method}
        for rule in ("train", "retrain", "evaluate"):
            assert not any(path.startswith(METHODS) for path in jobs[rule, model])


@pytest.mark.parametrize("rule", MAIN_STUDY)
def test_the_main_study_depends_on_no_other_study(jobs, rule: str):
    rooms = ("mint", "similarity", "export", "compare", "demo")
    others = tuple(f"{folder}{room}/" for folder in ("src/", LIBRARY) for room in rooms)
    for model in ("lenet_300_100", "lenet_5"):
        assert not [path for path in jobs[rule, model] if path.startswith(others)]


def test_data_are_held_against_params_and_kept_whatever_code_has_changed(jobs):
    assert jobs["fetch", ""] == set()


BROKEN = {
    "METHOD = Method(": ", line 1, column 16: '(' was never closed, expected Python; correct the file",
    "a = 1\nb = = 2": ", line 2, column 5: invalid syntax, expected Python; correct the file",
    "a = '\0'": ": source code string cannot contain null bytes, expected Python; correct the file",
    "x = 1": ": has no METHOD = Method(...); see magnitude.py beside it",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_method_s_file_with_a_slip_is_refused_by_its_line(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "mine.py"
    file.write_text(text)
    monkeypatch.setattr(methods, "FOLDER", tmp_path)
    with pytest.raises(UserError) as refused:
        methods.facts("mine")
    assert str(refused.value) == f"{file}{BROKEN[text]}"
