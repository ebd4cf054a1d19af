# Reads params.yaml strictly before Snakemake does, and knows where what is said. No rule, no path of a result.
# Files of --configfile were checked already (configfile.py), unless --workflow-profile names another profile than ours.

from pathlib import Path

import params_file
from params_file import refusal

PLACES = {}  # key of the config -> FILE:LINE:COLUMN, in the file that Snakemake takes it from
for path in [Path("params.yaml"), Path("studies/own/params.yaml"), *workflow.overwrite_configfiles]:
    if path.exists():
        PLACES.update(params_file.checked(path))


def place(key):
    """FILE:LINE:COLUMN of a key, or of what it is missing from; --config where the command line says it."""
    if key and key[0] in workflow.config_settings.config:
        return "--config"
    return PLACES[key] if key in PLACES else place(key[:-1])


def mistake(key, why):
    """The error for a value that cannot be, such as train.epochs."""
    return refusal(f"{place(tuple(key.split('.')))}, {key}: {why}")
