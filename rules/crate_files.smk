# Which files a crate keeps beside the results, by which command they run, and of which commit they are. No rule.

import re
import subprocess

KEPT_CODE = [
    *("Snakefile", "rules", "schemas", "src", "benchmarks", "demo", "docs", "profiles"),
    *("CITATION.cff", "LICENSE", "Makefile", "README.md", "pyproject.toml", "requirements.txt"),
]
LEFT_BY_PYTHON = re.compile(r"__pycache__|\.egg-info")


def files_of_code(w):
    """The files that make the workflow run and say what it is, the environment's included."""
    found = [path for name in KEPT_CODE for path in (Path(name), *sorted(Path(name).rglob("*")))]
    return [path.as_posix() for path in found if path.is_file() and not LEFT_BY_PYTHON.search(path.as_posix())]


def files_of_values(configfiles):
    """The paths as seen from here. What is in no file of this folder is refused: a crate would be without it."""
    if given := workflow.config_settings.config:
        raise refusal(f"--config {next(iter(given))}: a crate keeps files; put the value into one for --configfile")
    found = [Path(path).resolve() for path in configfiles]
    for path in found:
        if not path.is_relative_to(Path.cwd()):
            raise refusal(f"{path}: a crate keeps files of this folder; copy it here for --configfile")
    return [path.relative_to(Path.cwd()).as_posix() for path in found]


def command_of_study():
    laid_over = files_of_values(workflow.overwrite_configfiles)
    return shlex.join(["snakemake", *(["--configfile", *laid_over] if laid_over else []), "--", "all"])


def git(*command):
    """The words that git says; None where it fails, or is not there."""
    try:
        done = subprocess.run(["git", *command], capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.split() if done.returncode == 0 else None


def commit_of_code():
    """The commit, and whether the code was changed since; a release archive has none."""
    found = git("rev-parse", "--show-prefix", "HEAD")  # in a folder of another repository, that folder comes first
    if not found or len(found) > 1:
        return "unknown: the code lies in no git repository of its own"
    return found[0] + (", with changes that are in no commit" if git("status", "--porcelain", *KEPT_CODE) else "")
