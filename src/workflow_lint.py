"""`snakemake --lint` less one of its checks: that each rule names a conda environment or a container.

Jobs run in the environment that Snakemake itself runs in, whose lock is requirements.txt (rules/common.smk). A second
one for each rule would be a second lock.
"""

import sys

from snakemake.cli import main
from snakemake.linting.rules import RuleLinter

del RuleLinter.lint_missing_software_definition

if __name__ == "__main__":
    main(["--lint", *sys.argv[1:]])
