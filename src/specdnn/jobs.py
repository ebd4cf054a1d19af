"""What Snakemake remembers of the jobs that ran: a record for each output, a file below .snakemake."""

import base64
import json
import os
from pathlib import Path

NAME_MAX = 254  # Snakemake cuts the encoded path of a record into folders at this length


def record_file(path: str, kind: str) -> Path:
    """Where Snakemake keeps what it knows of a path; kind: metadata, or incomplete."""
    encoded = base64.urlsafe_b64encode(path.encode()).decode()
    parts = [encoded[start : start + NAME_MAX] for start in range(0, len(encoded), NAME_MAX)]
    return Path(".snakemake", kind, *(f"@{part}" for part in parts[:-1]), parts[-1])


def read_object(path: str | Path) -> dict:
    """What a JSON file holds; {} where there is none, half of one, or something else."""
    try:
        with open(path, "rb") as file:
            content = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def records(kept: str | Path = ".snakemake/metadata") -> dict[str, dict]:
    """Output -> Snakemake's record of it, there or not; it writes them in place, while others read."""
    found = {}
    for folder, _, names in os.walk(kept):
        above = "".join(part.removeprefix("@") for part in Path(folder).relative_to(kept).parts)
        for name in names:
            if record := read_object(f"{folder}/{name}"):
                found[base64.urlsafe_b64decode(above + name).decode()] = record
    return found
