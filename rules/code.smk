# Which code a job depends on: computed from the imports, so that no list can be forgotten. No rule.

import hashlib

from specdnn.imports import closure


def code(script, models=(), methods=()):
    """The script, every file that it imports, directly or not, and the networks and methods that it loads by name.

    A change in one of them re-runs the job. What is merely there beside them concerns it not.
    """
    networks = [f"src/specdnn/networks/architectures/{model}.toml" for model in models]
    try:
        return [*closure(script, *(f"src/specdnn/selection/methods/{method}.py" for method in methods)), *networks]
    except UserError as error:  # a file with a slip in it
        raise refusal(str(error)) from None


def resume_path(stage, code, wildcards):
    """Where an unfinished training keeps its state: no output, so that Snakemake leaves it after a failure.

    The path names the code: what other code has begun is not gone on with.
    """
    digest = hashlib.sha256(b"".join(Path(path).read_bytes() for path in code)).hexdigest()[:8]
    folder = Path(config["pathvars"]["resume"], stage, digest)
    return folder.joinpath(*wildcards).with_suffix(".safetensors").as_posix()
