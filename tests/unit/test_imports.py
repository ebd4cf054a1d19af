"""A job starts quickly: what its script imports costs little beside the large packages that it is for.

A script pays at each of thousands of starts for all that its imports pull in, also for the package that one function is
wanted of. What counts is processor time on top of a yardstick: a process imports the yardstick and forks for each
script, and the child takes the time of the imports at the top of that script. So a busy machine slows both, and all
scripts are measured within seconds. A script over its bound is measured again: noise only adds.
"""

import ast
import builtins
import json
import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"
SCRIPTS = sorted(path for path in SRC.rglob("*.py") if SRC / "specdnn" not in path.parents)
YARDSTICKS = {  # what is imported first, and what may come on top of it as a share of its time
    "numpy pandas": 1.5,  # scipy.special and onnxruntime are within it; Matplotlib and scipy.stats are not
    "numpy pandas matplotlib.figure": 1.0,
    "numpy pandas scipy.stats": 1.0,
    "torch": 0.5,
    "torch sklearn.metrics": 0.5,
    "torch pandas": 0.5,
    "torch torchvision": 0.2,
    "snakemake.cli": 0.2,
}
FOR = {  # scripts that compute with networks or draw, and tables of tests and intervals; any other is of "numpy pandas"
    "torch": [
        *("activations", "evaluate_dense", "gradients", "retrain", "train", "compare/retrain", "compare/communities"),
        *("export/onnx_", "export/pte", "mint/evaluate", "mint/prune", "mint/retrain", "mint/score", "mint/train"),
        *("similarity/compare", "similarity/prune", "similarity/train", "similarity/units"),
        *("own/images", "own/statistics_", "own/train"),
    ],
    "torch sklearn.metrics": [
        *("evaluate", "compare/dense", "compare/evaluate", "export/check", "own/export", "own/specialists"),
    ],
    "torch pandas": ["compare/survival", "own/latency"],
    "torch torchvision": ["mint/vision", "own/exactness"],
    "snakemake.cli": ["workflow_lint"],
    "numpy pandas matplotlib.figure": ["curves", "kept", "similarity/heatmaps", "similarity/lines"],
    "numpy pandas scipy.stats": [
        *("compare/collapse", "compare/communities_table", "compare/figure", "compare/hypotheses"),
        *("compare/longer", "compare/rankings", "compare/recipe", "compare/survival_table", "compare/table"),
        *("mint/table", "own/figure", "own/table"),
    ],
}
ATTEMPTS = 4


def name_of(script: Path) -> str:
    return script.relative_to(SRC).with_suffix("").as_posix()


def yardstick_of(script: Path) -> str:
    return next((yardstick for yardstick, names in FOR.items() if name_of(script) in names), "numpy pandas")


def import_all(script: Path, pipe) -> None:
    """Sends the seconds that the imports at the top of the script take, and those of each import from outside src."""
    sys.path[:0] = [str(script.parent), str(SRC)]
    tree = ast.parse(script.read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    took, under_way, original = {}, [], builtins.__import__

    def timed(name, globals=None, *rest, **more):
        importer = Path((globals or {}).get("__file__") or "/")
        top = name.split(".")[0]
        ours = any((place / top).exists() or (place / f"{top}.py").exists() for place in (SRC, script.parent))
        if under_way or ours or SRC not in importer.parents:
            return original(name, globals, *rest, **more)
        under_way.append(name)
        start = time.process_time()
        try:
            return original(name, globals, *rest, **more)
        finally:
            under_way.pop()
            place = f"{name}, which {importer.relative_to(SRC)} imports"
            took[place] = took.get(place, 0) + time.process_time() - start

    builtins.__import__ = timed
    start = time.process_time()
    exec(compile(tree, script, "exec"), {"__name__": "imported", "__file__": str(script)})
    pipe.send((time.process_time() - start, took))


def measured(script: Path) -> tuple[float, dict[str, float]]:
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=import_all, args=(script, there))
    child.start()
    there.close()
    found = here.recv()
    child.join()
    return found


def measure(yardstick: str) -> dict[str, tuple[float, list[str]]]:
    """Script -> the time of its imports on top of the yardstick, as a share of it, and what takes it."""
    start = time.process_time()
    for name in yardstick.split():
        __import__(name)
    whole = time.process_time() - start
    found = {}
    for script in (path for path in SCRIPTS if yardstick_of(path) == yardstick):
        for _ in range(ATTEMPTS):
            took, imports = min(measured(script), found.get(script, (float("inf"), {})), key=lambda entry: entry[0])
            found[script] = took, imports
            if took < YARDSTICKS[yardstick] * whole:
                break
    return {
        name_of(script): (
            took / whole,
            [f"{cost / whole:.2f} {place}" for place, cost in sorted(imports.items(), key=lambda e: -e[1])[:4]],
        )
        for script, (took, imports) in found.items()
    }


@pytest.mark.parametrize("yardstick", YARDSTICKS)
def test_what_a_script_imports_costs_little_beside_what_it_is_for(yardstick: str):
    command = [sys.executable, __file__, yardstick]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shares = json.loads(done.stdout)
    assert shares, "a yardstick without a script"
    assert {name: found for name, found in shares.items() if found[0] >= YARDSTICKS[yardstick]} == {}


def test_every_script_that_has_a_yardstick_of_its_own_is_there():
    assert {name for names in FOR.values() for name in names} <= {name_of(path) for path in SCRIPTS}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
