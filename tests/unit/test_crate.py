"""What a crate believes of Snakemake's records and of git; tests/workflow/test_whole_crate.py has a whole one."""

import json
import subprocess
from pathlib import Path

import pytest
from support import ROOT, run_here, script_module

from specdnn.errors import UserError
from specdnn.jobs import record_file, records

crate = script_module("crate")


def job(rule: str, start: float, *inputs: str, log: str = "") -> dict:
    return {"rule": rule, "log": [log or f"{rule}.log"], "input": [*inputs], "starttime": start, "endtime": start + 1}


KNOWN = {
    "data.json": job("fetch", 1.0, "code.py"),
    "net": job("train", 3.0, "data.json", "code.py"),
    "history": job("train", 3.0, "data.json", "code.py"),
    "table.md": job("tables", 5.0, "net", "paper.csv"),
    "table.csv": job("tables", 5.0, "net", "paper.csv"),
    "other.md": job("tables", 9.0, "elsewhere", log="other.log"),
}


def test_the_results_of_a_job_belong_together_and_those_of_other_jobs_do_not():
    assert crate.made_with(["table.md"], KNOWN) == ["table.csv", "table.md"]
    with pytest.raises(UserError, match=r"^lost\.md: Snakemake has no record of its job; remove it and run"):
        crate.made_with(["table.md", "lost.md"], KNOWN)


def test_the_jobs_that_were_needed_are_found_by_what_each_has_read():
    found = crate.needed(["table.md"], KNOWN)
    assert set(found) == {"table.md", "net", "data.json"}
    assert crate.sentence(found) == "3 jobs of Snakemake: fetch (1), train (1), tables (1)"


def test_times_are_whole_seconds_of_a_named_zone():
    assert crate.second(1795690803.9) == "2026-11-26T11:00:03+00:00"


def write(path: str, record: dict) -> None:
    file = record_file(path, "metadata")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(record))


def test_records_are_found_by_the_paths_that_they_are_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    known = {"a.md": {"rule": "tables"}, f"results/{'long/' * 80}ä.md": {"rule": "train"}}
    for path, record in known.items():
        write(path, record)
    record_file("half.md", "metadata").write_text('{"rule"')
    assert records() == known


def test_a_result_that_was_disowned_is_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    write("table.md", KNOWN["table.md"])
    write("net", {"record_format_version": 6, "params": ["--foreign"], "endtime": 3.0})
    assert set(crate.ran(".snakemake/metadata")) == {"table.md"}


def test_a_study_without_records_is_refused_in_a_line(tmp_path: Path):
    files = {flag: tmp_path / flag for flag in ("code", "values", "data", "made")}
    for file in files.values():
        file.write_text("{}")
    flags = {"commit": "x", "command": "x", "results": tmp_path, "workflow": "Snakefile"}
    flags |= {"citation": ROOT / "CITATION.cff", "lock": ROOT / "requirements.txt", "records": tmp_path / "none"}
    done = run_here("crate", {**flags, **files, "crate": tmp_path / "crate.zip"})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"crate: {tmp_path / 'made'}: Snakemake has no record of its job")
    assert not (tmp_path / "crate.zip").exists()


@pytest.fixture
def commit_of_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The rules' own function, in an empty folder; its lines are plain Python."""
    text = (ROOT / "rules/crate_files.smk").read_text()
    rules: dict = {"subprocess": subprocess, "KEPT_CODE": ["Snakefile", "src"]}
    exec(text[text.index("def git(") :], rules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return rules["commit_of_code"]


def git(*command: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    return subprocess.run(["git", *identity, *command], check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_is_that_of_the_code_and_changes_are_said(commit_of_code, tmp_path: Path, monkeypatch):
    unknown = "unknown: the code lies in no git repository of its own"
    assert commit_of_code() == unknown
    git("init", "--quiet")
    assert commit_of_code() == unknown, "nothing is committed"
    Path("Snakefile").write_text("rule all:\n")
    git("add", "Snakefile")
    git("commit", "--quiet", "--message", "first")
    assert commit_of_code() == git("rev-parse", "HEAD")
    Path("result.md").write_text("no code\n")
    assert commit_of_code() == git("rev-parse", "HEAD")
    Path("Snakefile").write_text("rule none:\n")
    assert commit_of_code() == f"{git('rev-parse', 'HEAD')}, with changes that are in no commit"
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    assert commit_of_code() == unknown, "that repository is another's"


def test_without_git_the_commit_is_unknown(commit_of_code, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of_code().startswith("unknown")
