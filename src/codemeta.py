"""Write codemeta.json, what catalogues of software read, from CITATION.cff; `make codemeta`."""

import json
from argparse import Namespace
from pathlib import Path

import yaml

from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.files import write_text

CONTEXT = "https://w3id.org/codemeta/3.0"
LICENCES = "https://spdx.org/licenses/"
FIELDS = {  # of CITATION.cff -> of schema.org
    "title": "name",
    "abstract": "description",
    "version": "version",
    "date-released": "datePublished",
    "keywords": "keywords",
    "repository-code": "codeRepository",
    "url": "url",
    "year": "datePublished",
}
NEEDED = ("title", "abstract", "authors", "version", "license", "date-released")
KINDS = {"conference-paper": "ScholarlyArticle", "article": "ScholarlyArticle"}  # the others are a CreativeWork


def read(path: str | Path) -> dict:
    """What a CITATION.cff says. Raises UserError where it is none, or a field is missing."""
    try:
        said = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML ({' '.join(str(error).split())}); correct it") from None
    for field in NEEDED:
        if not (isinstance(said, dict) and said.get(field)):
            raise UserError(f"{path}: no {field}; add it, as the Citation File Format 1.2.0 has it")
    return said


def agent(author: dict) -> dict:
    """A person or a group."""
    if "name" in author:
        return {"@type": "Organization", "name": author["name"]}
    fields = {"given-names": "givenName", "family-names": "familyName"}
    names = {name: author[field] for field, name in fields.items() if field in author}
    found = {"@type": "Person", "name": " ".join(names.values()), **names}
    if affiliation := author.get("affiliation"):
        found["affiliation"] = {"@type": "Organization", "name": affiliation}
    return {**found, **({"@id": author["orcid"]} if "orcid" in author else {})}


def described(work: dict) -> dict:
    """A work of CITATION.cff, this software or one that it refers to, in the words of schema.org."""
    found = {FIELDS[field]: value for field, value in work.items() if field in FIELDS}
    if published := found.get("datePublished"):
        found["datePublished"] = str(published)  # YAML makes a date or a number of it
    if doi := work.get("doi"):
        found["@id"] = f"https://doi.org/{doi}"
    if "license" in work:
        found["license"] = f"{LICENCES}{work['license']}"
    if references := work.get("references"):
        kinds = [KINDS.get(reference["type"], "CreativeWork") for reference in references]
        found["citation"] = [
            {"@type": kind, **described(reference)} for kind, reference in zip(kinds, references, strict=True)
        ]
    return {**found, "author": [agent(author) for author in work["authors"]]}


def codemeta(citation: dict) -> str:
    content = {"@context": CONTEXT, "@type": "SoftwareSourceCode", **described(citation)}
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(args: Namespace, record: dict) -> None:
    write_text(args.codemeta, codemeta(read(args.citation)))


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads("--citation", "CITATION.cff")
    command.writes("--codemeta", "codemeta.json")
    command.run(main)
