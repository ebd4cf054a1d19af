# Snakemake's records of outputs, one file each below .snakemake: no rule.
#
# It compares parameters, code and inputs with its own record of an output alone. Where an output is not the one that the
# record is about, the record must go, or come back.

import base64
import os

NAME_MAX = 254  # Snakemake cuts the encoded path of a record into folders at this length
RECORD_FORMAT = 6  # of Snakemake 9.27
FOREIGN, AGAIN = ["--foreign"], ["--again"]  # parameters that match nothing


def record_file(path, kind):
    """Where Snakemake keeps what it knows of a path; kind: metadata, or incomplete."""
    encoded = base64.urlsafe_b64encode(path.encode()).decode()
    parts = [encoded[start : start + NAME_MAX] for start in range(0, len(encoded), NAME_MAX)]
    return Path(".snakemake", kind, *(f"@{part}" for part in parts[:-1]), parts[-1])


def read_object(path):
    """What a JSON file holds; {} where there is none, half of one, or something else."""
    try:
        with open(path, "rb") as file:
            content = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def records():
    """Output -> Snakemake's record of it, there or not; it writes them in place, while others read."""
    kept = Path(".snakemake/metadata")
    found = {}
    for folder, _, names in os.walk(kept):
        above = "".join(part.removeprefix("@") for part in Path(folder).relative_to(kept).parts)
        for name in names:
            if record := read_object(f"{folder}/{name}"):
                found[base64.urlsafe_b64decode(above + name).decode()] = record
    return found


def write_record(path, record):
    files.write_text(record_file(path, "metadata"), json.dumps(record))


def disown(path, modified, params):
    """Make Snakemake see an output of other parameters, which it makes again; the record that says so."""
    record = {"record_format_version": RECORD_FORMAT, "params": params, "endtime": modified}
    if read_object(record_file(path, "metadata")) != record:
        write_record(path, record)
    return record


def log_of_record(record):
    """The log of an output's job, which no other job has."""
    return tuple(record.get("log") or [])


def disowned_as(record):
    """The judgement that an output was disowned by; None of Snakemake's own records."""
    return {str(FOREIGN): "foreign", str(AGAIN): "again"}.get(str(record.get("params")))
