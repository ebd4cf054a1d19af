# Helper functions only: no rule, no path of a result.

import ast
import hashlib
import json
import shlex
import sys
from functools import cache
from pathlib import Path

READINGS = ["released", "paper", "first_exceed"]
GRADIENT_METHODS = ["taylor", "captor"]
ACTIVATION_METHODS = ["mint", "mint_marginal"]

# Jobs run in the environment that Snakemake itself runs in, activated or not, and keep the memory they have had:
# handing it back after each training step and taking it again costs several hundred page faults a step.
shell.prefix(
    f'PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH";'
    " export MALLOC_TRIM_THRESHOLD_=2000000000 MALLOC_MMAP_THRESHOLD_=1000000000; "
)


def flags(values):
    """{"lr_step": 15} -> "--lr-step 15", sorted by name.

    One string, names included: Snakemake compares params as a set of bare values, so two numbers that swap
    places would otherwise go unseen.
    """
    parts = []
    for name, value in sorted(values.items()):
        items = value if isinstance(value, list) else [value]
        parts += [f"--{name.replace('_', '-')}", *(shlex.quote(str(item)) for item in items)]
    return " ".join(parts)


def resume_path(stage, script, wildcards):
    """Where an unfinished training keeps its state: no output, so that Snakemake leaves it after a failure.

    The path names the code: what other code has begun is not gone on with.
    """
    folder = Path(config["pathvars"]["resume"], stage, digest_of(script))
    return folder.joinpath(*wildcards).with_suffix(".safetensors").as_posix()


@cache
def digest_of(script):
    """Eight hexadecimal digits of the script and all that it imports."""
    return hashlib.sha256(b"".join(Path(path).read_bytes() for path in code(script))).hexdigest()[:8]


def memory(mb):
    """A job's memory: `mb`, and twice and three times that when it is tried again."""
    return lambda wildcards, attempt: mb * attempt


def own_cores():
    """Cores of this machine that Snakemake was given; on a cluster, where it is given none, as many as train takes."""
    return workflow.resource_settings.cores or config["train"]["threads"]


def image_counts(protocol):
    images = config["images"]
    chooser = {"published": "test", "held_out": "held_out"}[protocol]
    return {"train_images": images["train"], "choosing_images": images[chooser]}


@cache  # every job of a cluster reads these rules anew
def imports_of(path):
    """Files of the package that a Python file imports: `from specdnn.a import b` gives a.py, or a's __init__.py and b.py."""
    found = []
    for node in ast.walk(ast.parse(Path(path).read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "specdnn":
            for name in [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]:
                place = Path("src", *name.split("."))
                candidates = [place.with_suffix(".py"), place / "__init__.py"]
                found += [file.as_posix() for file in candidates if file.exists() and place.name != "specdnn"]
    return found


def code(script):
    """The script and every file of the package that it imports, directly or not: a change re-runs the job."""
    found, todo = set(), [script]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += imports_of(path)
    return sorted(found)


def raw_files():
    """Names of a dataset's raw files: the same for every dataset, as the schema has it."""
    return [*next(iter(config["fetch"]["datasets"].values()))["sha256"]]


def fetch_values(dataset):
    entry = config["fetch"]["datasets"][dataset]
    sums = [f"{name}={digest}" for name, digest in entry["sha256"].items()]
    return {"dataset": dataset, "mean": entry["mean"], "std": entry["std"], "sha256": sums}


def train_values(protocol, model, seed):
    return {**config["train"], **image_counts(protocol), "protocol": protocol, "model": model, "seed": int(seed)}


PAPERS_RULES = [*READINGS, *(f"{reading}_calibrated" for reading in READINGS)]


def specialize_values(model, seed, method):
    """What a selection of any class depends on; the paper's rules ask for less than the other methods."""
    values = {**config["specialize"], "model": model, "method": method, "seed": int(seed)}
    unused = ["alpha", "seed"] if method in PAPERS_RULES else []
    return {name: value for name, value in values.items() if value is not None and name not in unused}


def gradients_of(pattern):
    """The class gradients at `pattern`, for the methods that rank by them; nothing for the others."""
    return lambda w: expand(pattern, **w) if w.method in GRADIENT_METHODS else []


def activations_of(pattern):
    """The activations at `pattern`, likewise."""
    return lambda w: expand(pattern, **w) if w.method in ACTIVATION_METHODS else []


def observed(input):
    """The flags of what a selection is given of the dense network beside its weights."""
    given = {"gradients": input.gradients, "activations": input.activations}
    return " ".join(f"--{name} {shlex.quote(str(path))}" for name, path in given.items() if path)


def gradients_values(protocol, model):
    return {**config["gradients"], **image_counts(protocol), "protocol": protocol, "model": model}


def activations_values(protocol, model, seed):
    return {
        **config["activations"],
        **image_counts(protocol),
        "protocol": protocol,
        "model": model,
        "seed": int(seed),
    }


def retrain_values(protocol, seed):
    return {**config["retrain"], **image_counts(protocol), "protocol": protocol, "seed": int(seed)}


def evaluate_values():
    return {**config["evaluate"], "test_images": config["images"]["test"]}


def expected_params(w):
    """What the artefacts of an aggregate must have been made with, as JSON: rule -> parameters."""
    expected = {
        "train": train_values(w.protocol, w.model, w.seed),
        "specialize": specialize_values(w.model, w.seed, w.method),
        "retrain": retrain_values(w.protocol, w.seed),
        "evaluate": evaluate_values(),
    }
    return json.dumps(expected, sort_keys=True)


def chosen_by(protocol):
    return {"published": "the test set", "held_out": "held-out images"}[protocol]


def by_class(pattern):
    """The pattern for every class of the study; other wildcards stay."""
    return [pattern.replace("{label}", str(label)) for label in config["study"]["classes"]]


def path_of(entry, pattern, root="results"):
    """The path that an entry of `tables` in params.yaml stands for."""
    return f"{config['pathvars'][root]}/{pattern}".format(**entry)


def paths_by_class(entry, pattern):
    return [path_of(entry, path) for path in by_class(pattern)]


def networks():
    """Wildcard values of the study's dense networks."""
    names = {"protocol": "protocols", "dataset": "datasets", "model": "models", "seed": "seeds"}
    return {wildcard: config["study"][key] for wildcard, key in names.items()}


def specialists():
    """Wildcard values of the study's specialists."""
    return {**networks(), "method": config["study"]["methods"], "label": config["study"]["classes"]}


def tables():
    """The tables of params.yaml that belong to networks of the study."""
    return [
        table
        for table, entry in config["tables"].items()
        if all(entry[wildcard] in values for wildcard, values in networks().items())
        and entry["method"] in config["study"]["methods"]
    ]
