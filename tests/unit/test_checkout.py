"""A checkout under git's settings of another system."""

import subprocess
from pathlib import Path

from support import ROOT


def test_a_checkout_with_crlf_has_lf(tmp_path: Path):
    """Scripts of profiles would not run, and DVC would see all code as changed."""
    subprocess.run(["git", "clone", "--quiet", "--config=core.autocrlf=true", ROOT, tmp_path / "clone"], check=True)
    listed = subprocess.run(["git", "ls-files", "--eol"], cwd=tmp_path / "clone", capture_output=True, text=True).stdout
    ends = {tuple(line.split()[:2]): line.rsplit("\t")[-1] for line in listed.splitlines()}
    assert ends.keys() <= {("i/lf", "w/lf"), ("i/-text", "w/-text"), ("i/none", "w/none")}, ends
    assert "profiles/cluster-generic/status.sh" in listed
