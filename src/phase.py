"""Hand one phase of the study to Snakemake, for `dvc repro`: the phase's rules and no others.

Where it runs is the profile's business: with SNAKEMAKE_PROFILE set (profiles/slurm, say) nothing is added,
otherwise it runs on all cores of this machine.
"""

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("phase", help="a target rule of rules/phases.smk, without its `phase_`")
parser.add_argument("rules", nargs="+", help="the rules that may run")
args = parser.parse_args()
if not find_spec("snakemake"):
    sys.exit(f"phase.py: {sys.executable} has no Snakemake; run `make env`, or activate the study's environment")

where = [] if "SNAKEMAKE_PROFILE" in os.environ else ["--cores", "all"]
target = f"phase_{args.phase}"
command = [sys.executable, "-m", "snakemake", target, *where, "--allowed-rules", target, *args.rules]
sys.exit(subprocess.run(command).returncode)
