# Reads params.yaml strictly before Snakemake does, and knows which line says what. No rule, no path of a result.
# Files of --configfile were read by Snakemake before it came here; they are refused all the same.

from pathlib import Path

import params_file
from snakemake.exceptions import WorkflowError

PLACES = {}  # key of the config -> FILE:LINE, in the file that Snakemake takes it from
for path in [Path("params.yaml"), Path("studies/own/params.yaml"), *workflow.overwrite_configfiles]:
    path = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    if path.exists():
        PLACES.update({key: f"{path}:{line}" for key, line in params_file.lines(path).items()})


def place(key):
    """FILE:LINE of a key, or of what it is missing from; --config where the command line says it."""
    if key and key[0] in workflow.config_settings.config:
        return "--config"
    return PLACES[key] if key in PLACES else place(key[:-1])


def mistake(key, why):
    """The error for a value that cannot be, such as train.epochs."""
    return WorkflowError(f"{place(tuple(key.split('.')))}, {key}: {why}")
