# Which code a job depends on: computed from the imports, so that no list can be forgotten. No rule.

import ast
import hashlib
from functools import cache


@cache  # every job of a cluster reads these rules anew
def imports_of(path):
    """Files of this repository that a Python file imports, or names beside itself.

    `from specdnn.a import b` gives a.py or a/b.py, and the __init__.py that Python runs on the way; a module beside the
    file, and a file beside it that a string names, count too. The top package's own file has nothing in it.
    """
    found = []
    for node in ast.walk(ast.parse(Path(path).read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".py"):
            found.append(Path(path).with_name(Path(node.value).name))
        for name in names:
            first, *rest = name.split(".")
            if first != "specdnn":
                found.append(Path(path).with_name(f"{first}.py"))
            for length in range(1, len(rest) + 1):
                place = Path("src", first, *rest[:length])
                found += [place / "__init__.py", place.with_suffix(".py")]
    return {file.as_posix() for file in found if file.exists()} - {path}


def code(script, models=(), methods=()):
    """The script, every file that it imports, directly or not, and the networks and methods that it loads by name.

    A change in one of them re-runs the job. What is merely there beside them concerns it not.
    """
    found, todo = set(), {script, *(f"src/specdnn/selection/methods/{method}.py" for method in methods)}
    while todo:
        found |= todo
        todo = set().union(*map(imports_of, todo)) - found
    return sorted(found | {f"src/specdnn/networks/architectures/{model}.toml" for model in models})


def resume_path(stage, code, wildcards):
    """Where an unfinished training keeps its state: no output, so that Snakemake leaves it after a failure.

    The path names the code: what other code has begun is not gone on with.
    """
    digest = hashlib.sha256(b"".join(Path(path).read_bytes() for path in code)).hexdigest()[:8]
    folder = Path(config["pathvars"]["resume"], stage, digest)
    return folder.joinpath(*wildcards).with_suffix(".safetensors").as_posix()
