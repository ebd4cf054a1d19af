"""The results that are in git are what their jobs wrote."""

import subprocess

from support import ROOT

from specdnn import files


def test_every_result_in_git_has_its_seal():
    """A number that was edited by hand fails here."""
    listed = subprocess.run(["git", "ls-files", "-z", "results"], cwd=ROOT, capture_output=True, text=True).stdout
    results = [ROOT / name for name in listed.split("\0") if name and not name.endswith(files.SEAL)]
    assert len(results) > 100
    assert [path for path in results if files.seal_of(path) != files.sha256(path)] == []
