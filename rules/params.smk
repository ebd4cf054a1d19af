# Reads params.yaml strictly before Snakemake does, and knows where what is said. No rule, no path of a result.
# Files of --configfile were read by Snakemake before it came here; they are refused all the same.

import atexit
import sys
from pathlib import Path

import params_file
from snakemake.exceptions import WorkflowError


def refusal(why):
    """An error in words; they come once more at the very end, after all that Snakemake says of where it was raised."""
    atexit.register(print, why, file=sys.stderr, flush=True)
    return WorkflowError(why)


PLACES = {}  # key of the config -> FILE:LINE:COLUMN, in the file that Snakemake takes it from
for path in [Path("params.yaml"), Path("studies/own/params.yaml"), *workflow.overwrite_configfiles]:
    path = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    if path.exists():
        try:
            PLACES.update(params_file.places(path))
        except WorkflowError as error:
            raise refusal(str(error)) from None


def place(key):
    """FILE:LINE:COLUMN of a key, or of what it is missing from; --config where the command line says it."""
    if key and key[0] in workflow.config_settings.config:
        return "--config"
    return PLACES[key] if key in PLACES else place(key[:-1])


def mistake(key, why):
    """The error for a value that cannot be, such as train.epochs."""
    return refusal(f"{place(tuple(key.split('.')))}, {key}: {why}")
