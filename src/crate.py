"""Write results/crate.zip: a finished study as a Workflow Run RO-Crate, to deposit and to cite.

What ran and when, Snakemake's records say; what it made, the seals of the results. The only times in it are the run's,
so the same study gives the same bytes.
"""

import io
import json
import os
import re
import stat
import zipfile
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from rocrate.model import ContextEntity, Entity
from rocrate.rocrate import ROCrate

import codemeta
from specdnn.artefacts import write_bytes
from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.files import verified
from specdnn.jobs import records

VERSION = "1.1"  # of RO-Crate, that the profiles in their version 0.5 are for
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
BIOSCHEMAS = "https://bioschemas.org/profiles/{}/1.0-RELEASE"
TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".tex": "application/x-tex",
    ".toml": "application/toml",
    ".yaml": "application/yaml",
}
LOCKED = re.compile(r"^snakemake==([\w.]+)", re.MULTILINE)

Jobs = dict[str, dict]  # output -> Snakemake's record of its job


def ran(kept: str) -> Jobs:
    """The jobs that Snakemake saw through to their end; it knows of other files that they are nobody's."""
    return {path: job for path, job in records(kept).items() if job.get("starttime") and job.get("endtime")}


def log_of(job: dict) -> tuple[str, ...]:
    """What all outputs of a job have in common, and those of no other."""
    return tuple(job["log"])


def made_with(results: list[str], known: Jobs) -> list[str]:
    """The results and what else their jobs wrote. Raises UserError for a result that no job is known of."""
    for path in results:
        if path not in known:
            raise UserError(f"{path}: Snakemake has no record of its job; remove it and run the same again")
    logs = {log_of(known[path]) for path in results}
    return sorted(path for path, job in known.items() if log_of(job) in logs)


def needed(results: list[str], known: Jobs) -> Jobs:
    """The jobs that the results come from, directly or not."""
    found: Jobs = {}
    todo = [*results]
    while todo:
        path = todo.pop()
        if path in known and path not in found:
            found[path] = known[path]
            todo += known[path]["input"]
    return found


def second(time: float) -> str:
    return datetime.fromtimestamp(int(time), UTC).isoformat()


def sentence(jobs: Jobs) -> str:
    """What ran: the rules, in the order in which they first began, and their jobs."""
    first = {log_of(job): job for job in jobs.values()}
    counts: dict[str, int] = {}
    for job in sorted(first.values(), key=lambda job: job["starttime"]):
        counts[job["rule"]] = counts.get(job["rule"], 0) + 1
    return f"{len(first)} jobs of Snakemake: " + ", ".join(f"{rule} ({count})" for rule, count in counts.items())


def alone(value: object) -> object:
    """RO-Crate has a single value stand for itself, and not in a list."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def mode(member: str) -> int:
    """The type and the rights of a file or folder of the crate, whatever the umask here."""
    if member.endswith("/"):
        return stat.S_IFDIR | 0o755
    return stat.S_IFREG | (0o755 if os.access(member, os.X_OK) else 0o644)


class Crate:
    """An RO-Crate that grows, and the content of its files."""

    def __init__(self, published: str):
        self.crate = ROCrate(version=VERSION)
        self.crate.metadata.extra_terms.update(TERMS)
        self.crate.datePublished = published
        self.contents: dict[str, bytes] = {}

    def entity(self, identifier: str, **properties: object) -> Entity:
        """What is no file; properties may hold `type` for @type."""
        said = {"@type" if name == "type" else name: value for name, value in properties.items()}
        return self.crate.add(ContextEntity(self.crate, identifier, properties=said))

    def described(self, work: dict) -> Entity:
        """A description in words of schema.org; what is nested in it becomes an entity of its own."""
        identifier = work.get("@id") or f"#{quote(work['name'])}"
        said = {name: self._flat(value) for name, value in work.items() if not name.startswith("@")}
        return self.entity(identifier, type=work["@type"], **said)

    def _flat(self, value: object) -> object:
        if isinstance(value, list):
            return [self._flat(each) for each in value]
        return self.described(value) if isinstance(value, dict) else value

    def file(self, path: str, **properties: object) -> Entity:
        said = {"name": path, **self._of_content(path), **properties}
        return self.crate.add_file(path, path, properties=said)

    def workflow(self, path: str, snakemake: str, **properties: object) -> Entity:
        """The main entity; snakemake: the version that runs it."""
        said = {**self._of_content(path), **properties}
        return self.crate.add_workflow(path, path, properties=said, main=True, lang="snakemake", lang_version=snakemake)

    def _of_content(self, path: str) -> dict[str, str]:
        digest, self.contents[path] = verified(path), Path(path).read_bytes()
        form = FORMATS.get(Path(path).suffix, "text/plain")
        return {"sha256": digest, "contentSize": str(len(self.contents[path])), "encodingFormat": form}

    def folder(self, path: str, parts: list[Entity]) -> Entity:
        self.contents[f"{path}/"] = b""
        return self.crate.add_dataset(dest_path=path, properties={"name": path, "hasPart": parts})

    def parameter(self, example: Entity) -> Entity:
        """What this file or folder stands for whenever the workflow runs: one of its inputs or outputs."""
        kind = "Dataset" if "Dataset" in example.type else "File"
        slot = self.crate.add_formal_parameter(example["name"], kind, f"#{example.id}", valueRequired=True)
        slot["workExample"], example["exampleOfWork"] = example, slot
        return slot

    def zipped(self, time: float) -> bytes:
        """The crate as a file; all that is in it is from this time, in seconds since 1970."""
        metadata = self.crate.metadata.generate()
        metadata["@graph"] = [{name: alone(value) for name, value in said.items()} for said in metadata["@graph"]]
        text = json.dumps(metadata, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        stamp = datetime.fromtimestamp(time, UTC).timetuple()[:6]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for path, content in {self.crate.metadata.id: text.encode(), **self.contents}.items():
                member = zipfile.ZipInfo(path, stamp)
                member.external_attr = mode(path) << 16
                archive.writestr(member, content, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def introduced(crate: Crate, cited: dict) -> dict[str, object]:
    """Says what the crate is, from the citation; what the workflow has in common with it."""
    root = crate.crate.root_dataset
    spdx = cited["license"]
    shared: dict[str, object] = {
        "author": [crate.described(author) for author in cited["author"]],
        "license": crate.entity(spdx, type="CreativeWork", name=spdx.rpartition("/")[2]),
    }
    profiles = [
        crate.entity(profile, type="CreativeWork", name=name, version=profile.rpartition("/")[2])
        for profile, name in PROFILES.items()
    ]
    said = {"name": f"{cited['name']}: a finished study", "description": cited["description"], "conformsTo": profiles}
    optional = {"keywords": cited.get("keywords"), "citation": list(map(crate.described, cited.get("citation", [])))}
    for name, value in {**said, **shared, **optional}.items():
        if value:
            root[name] = value
    return shared


def main(args: Namespace, record: dict) -> None:
    known = ran(args.records)
    made, jobs = made_with(args.made, known), needed(args.made, known)
    begun, ended = min(job["starttime"] for job in jobs.values()), max(job["endtime"] for job in jobs.values())
    cited = codemeta.described(codemeta.read(args.citation))
    crate = Crate(second(ended))
    shared = introduced(crate, cited)

    # What the jobs read that no job wrote and that is no code; not the raw data, which their card names by hash.
    raw = {Path(card).parent for card in args.data}
    read = {path for job in jobs.values() for path in job["input"] if Path(path).parent not in raw}
    others = sorted(read - {*args.code, *known})
    given = [crate.file(path) for path in dict.fromkeys([*args.data, *args.values, *others])]
    folders: dict[str, list[Entity]] = {}
    for path in made:
        folder = Path(args.results, Path(path).relative_to(args.results).parts[0])
        folders.setdefault(folder.as_posix(), []).append(crate.file(path))
    results = [crate.folder(path, parts) for path, parts in folders.items()]

    workflow = crate.workflow(
        args.workflow,
        LOCKED.search(Path(args.lock).read_text(encoding="utf-8"))[1],
        name=cited["name"],
        version=cited["version"],
        **shared,
        conformsTo={"@id": BIOSCHEMAS.format("ComputationalWorkflow")},
        identifier=crate.entity("#commit", type="PropertyValue", name="git commit", value=args.commit),
        hasPart=[crate.file(path) for path in args.code if path not in (args.workflow, args.lock)],
        softwareRequirements=crate.file(args.lock),
        input=[crate.parameter(example) for example in given],
        output=[crate.parameter(example) for example in results],
    )
    said = {
        "name": args.command,
        "description": sentence(jobs),
        "startTime": second(begun),
        "endTime": second(ended),
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
    root = crate.crate.root_dataset
    root["mentions"] = crate.crate.add_action(workflow, "#run", object=given, result=results, properties=said)
    crate.crate.get("README.md")["about"] = root
    write_bytes(args.crate, crate.zipped(ended))
    print(f"{args.crate}: {len(made)} results, {len(crate.contents)} files and folders; {sentence(jobs)}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--commit", "of the code")
    command.takes("--command", "what was run")
    command.takes("--results", "folder of the results")
    command.takes("--workflow", "which of the code is the workflow's first file")
    command.reads("--citation", "CITATION.cff: name, version, authors, licence")
    command.reads("--lock", "requirements.txt")
    command.reads_many("--code", "all files of the code")
    command.reads_many("--values", "params.yaml, and what is laid over it")
    command.reads_many("--data", "dataset.json of each dataset")
    command.reads_many("--made", "results, of which each stands for all that its job wrote")
    command.allows("--records", "Snakemake's records, .snakemake/metadata")
    command.writes("--crate", "zip")
    command.run(main)
