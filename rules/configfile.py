"""A file of --configfile, read strictly before Snakemake reads it.

Snakemake reads such a file before the Snakefile. It says neither name nor line of a broken one, and runs one that asks
for it. A profile is read earlier still, so profiles/default imports this module.
"""

from pathlib import Path

import params_file
from snakemake.settings import types

load = types.load_configfile


def strictly(path: Path) -> dict:
    """What Snakemake makes of a file that is not refused."""
    params_file.checked(path)
    return load(path)


types.load_configfile = strictly
