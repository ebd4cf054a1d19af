"""CITATION.cff is the one place that says what the software is and who made it."""

import json
from pathlib import Path

import pytest
import yaml
from support import ROOT, run_here

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())


def written(folder: Path, citation: dict) -> dict:
    (folder / "CITATION.cff").write_text(yaml.safe_dump(citation))
    done = run_here("codemeta", {"citation": folder / "CITATION.cff", "codemeta": folder / "codemeta.json"})
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads((folder / "codemeta.json").read_text())


def test_the_file_in_git_is_current(tmp_path: Path):
    done = run_here("codemeta", {"citation": ROOT / "CITATION.cff", "codemeta": tmp_path / "codemeta.json"})
    assert done.returncode == 0
    assert (ROOT / "codemeta.json").read_text() == (tmp_path / "codemeta.json").read_text(), "run `make codemeta`"


def test_it_says_what_the_citation_says():
    said = json.loads((ROOT / "codemeta.json").read_text())
    assert (said["@type"], said["name"], said["version"]) == (
        "SoftwareSourceCode",
        CITATION["title"],
        CITATION["version"],
    )
    assert said["license"] == f"https://spdx.org/licenses/{CITATION['license']}"
    assert said["datePublished"] == str(CITATION["date-released"])
    assert (said["description"], said["keywords"]) == (CITATION["abstract"], CITATION["keywords"])
    assert [author["name"] for author in said["author"]] == [author["name"] for author in CITATION["authors"]]
    papers = {work["name"]: [author["familyName"] for author in work["author"]] for work in said["citation"]}
    assert papers == {
        work["title"]: [author["family-names"] for author in work["authors"]] for work in CITATION["references"]
    }


def test_people_and_a_digital_identifier_come_through(tmp_path: Path):
    person = {
        "given-names": "Ada",
        "family-names": "Lovelace",
        "orcid": "https://orcid.org/0000-0000-0000-0000",
        "affiliation": "London",
    }
    said = written(
        tmp_path, {**CITATION, "authors": [person], "doi": "10.5281/zenodo.1", "url": "https://example.org/"}
    )
    assert (said["@id"], said["url"]) == ("https://doi.org/10.5281/zenodo.1", "https://example.org/")
    assert said["author"] == [
        {
            "@id": person["orcid"],
            "@type": "Person",
            "affiliation": {"@type": "Organization", "name": "London"},
            "familyName": "Lovelace",
            "givenName": "Ada",
            "name": "Ada Lovelace",
        }
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (yaml.safe_dump({name: value for name, value in CITATION.items() if name != "license"}), "no license; add it"),
        ("[]", "no title; add it"),
        ("title: {", "not YAML ("),
    ],
)
def test_a_citation_that_is_none_is_refused_in_a_line(tmp_path: Path, content: str, says: str):
    citation = tmp_path / "CITATION.cff"
    citation.write_text(content)
    done = run_here("codemeta", {"citation": citation, "codemeta": tmp_path / "codemeta.json"})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"codemeta: {citation}: {says}")
    assert not (tmp_path / "codemeta.json").exists()
