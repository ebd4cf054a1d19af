# Results that Snakemake did not write here are made again: never trusted, never silently out of date.
#
# Snakemake compares parameters and checksums only with its own record of an output, and it cannot tell that a
# file was replaced behind its back (`dvc checkout`, `dvc pull`, links into a cache, a copy by hand). Each record
# holds the output's modification time. Where that differs, or where there is no record, the output is foreign,
# and its record is replaced by one whose parameters match nothing: Snakemake's own comparison does the rest.
# `make restore` adopts the results that `dvc status` vouches for. Data is left out: it is verified by hash at
# every read.

import base64
import os

IN_GIT = {"scores", "benchmarks"}  # come with a clone; scores are held against params.yaml, the others are measurements
NAME_MAX = 254  # Snakemake cuts the encoded path of a record into folders at this length
RECORD_FORMAT = 6  # of Snakemake 9.27


def record_of(path):
    encoded = base64.urlsafe_b64encode(path.encode()).decode()
    parts = [encoded[start : start + NAME_MAX] for start in range(0, len(encoded), NAME_MAX)]
    return Path(".snakemake/metadata", *(f"@{part}" for part in parts[:-1]), parts[-1])


def read_record(path):
    """{} where there is none, or half of one: Snakemake writes them in place, while others read."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def stages():
    """Folders below the results that rules write to, but those of files that a clone brings."""
    results = Path(config["pathvars"]["results"])
    written = [
        Path(str(output).replace("<results>", str(results))) for rule in workflow.rules for output in rule.output
    ]
    return sorted({path.relative_to(results).parts[0] for path in written if path.is_relative_to(results)} - IN_GIT)


def disown_foreign_results():
    """Replace the records of foreign results; returns how many there are by now, disowned before or not."""
    count = 0
    for stage in stages():
        for folder, _, names in os.walk(Path(config["pathvars"]["results"], stage)):
            for name in names:
                path = Path(folder, name)
                record = record_of(path.as_posix())
                known = read_record(record)
                if known.get("endtime") != path.stat().st_mtime:
                    known = {"record_format_version": RECORD_FORMAT, "params": ["--foreign"]}
                    record.parent.mkdir(parents=True, exist_ok=True)
                    record.write_text(json.dumps({**known, "endtime": path.stat().st_mtime}))
                count += known["params"] == ["--foreign"]
    return count


if workflow.is_main_process and not {"--touch", "-t"} & {*sys.argv}:
    if foreign := disown_foreign_results():
        print(
            f"{foreign} results were not written by Snakemake in this folder and will be made again where needed;"
            " `make restore` adopts them instead, if `dvc status` finds them up to date",
            file=sys.stderr,
        )
