"""The study under DVC: a git repository of its own with a tiny study as its params.yaml."""

import re
from pathlib import Path

import yaml
from checkout import contents, copy_of_the_checkout, run

TINY = {
    "study": {"protocols": ["published"], "models": ["lenet_300_100"], "classes": [0]},
    "images": {"train": 1000, "test": 500, "held_out": 100},
    "train": {"threads": 1, "epochs": 1},
    "retrain": {"epochs": 1},
    "readings": {"methods": ["released"]},
}
TABLE = "results/tables/table1_lenet_300_100.csv"


def merged(base: dict, overlay: dict) -> dict:
    """`overlay` laid over `base`, as Snakemake lays one config over another."""
    both = {key: merged(base[key], value) if isinstance(value, dict) else value for key, value in overlay.items()}
    return {**base, **both}


def set_params(folder: Path, change: dict) -> None:
    params = yaml.safe_load((folder / "params.yaml").read_text())
    (folder / "params.yaml").write_text(yaml.safe_dump(merged(params, change), sort_keys=False))


def git(folder: Path, *command: str) -> str:
    return run(folder, "git", "-c", "user.name=test", "-c", "user.email=test@example.org", *command).stdout


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def tiny_study(folder: Path) -> Path:
    """A copy of the checkout with a tiny study in its params.yaml; nothing has run."""
    copy_of_the_checkout(folder)
    for name in ("results", *(str(lock) for lock in folder.rglob("dvc.lock"))):
        run(folder, "rm", "-rf", name)
    set_params(folder, TINY)
    return folder


def repository(folder: Path) -> Path:
    """A tiny study in a git repository of its own; without the export, which test_exported.py runs."""
    tiny_study(folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    run(folder, "dvc", "remove", "export")
    commit(folder, "a tiny study")
    return folder


def repro(folder: Path, *flags: str, check: bool = True) -> dict[str, int]:
    """`dvc repro`; returns how many jobs of each rule ran."""
    printed = run(folder, "dvc", "repro", *flags, check=check).stdout
    return jobs_in(printed)


def jobs_in(printed: str) -> dict[str, int]:
    """Rule -> number of jobs, summed over the job tables that Snakemake prints."""
    counts: dict[str, int] = {}
    for rule, count in re.findall(r"^(\w+) +(\d+)$", printed, re.MULTILINE):
        if rule != "total" and rule != "all" and not rule.startswith("phase_"):
            counts[rule] = counts.get(rule, 0) + int(count)
    return counts


def results(folder: Path) -> dict[str, str]:
    """Path -> SHA-256 of all results."""
    return contents(folder / "results")


def changed(now: dict[str, str], then: dict[str, str]) -> list[str]:
    """Names that are not in both with the same content."""
    return sorted(name for name in {*now, *then} if now.get(name) != then.get(name))


def lock(folder: Path) -> dict[str, str]:
    """Stage -> its part of dvc.lock, as text."""
    return {
        name: yaml.safe_dump(part) for name, part in yaml.safe_load((folder / "dvc.lock").read_text())["stages"].items()
    }


def has_nothing_to_do(folder: Path) -> bool:
    return "Nothing to be done" in run(folder, "snakemake", "-n").stdout
