# How one result is told from what is not one: no rule.
#
# By its content and its seal (specdnn.files), which its job wrote beside it, and never by its time alone. "own": what
# the job of Snakemake's record wrote. "foreign": written by nobody here, so nothing is known of how. "damaged": not what
# its job wrote. "again": to be made again for the sake of another output of its job.

import os


def stages():
    """Folders below the results that rules write to."""
    results = Path(config["pathvars"]["results"])
    written = [
        Path(str(output).replace("<results>", str(results))) for rule in workflow.rules for output in rule.output
    ]
    return sorted({path.relative_to(results).parts[0] for path in written if path.is_relative_to(results)})


def results():
    """The results that are there, as Snakemake names them, with their stage; links are followed, a folder once."""
    been = set()
    for stage in stages():
        for folder, below, names in os.walk(Path(config["pathvars"]["results"], stage), followlinks=True):
            if (real := os.path.realpath(folder)) in been:
                below.clear()
                continue
            been.add(real)
            for name in names:
                path = Path(folder, name).as_posix()
                if path.isprintable() and not name.startswith(".") and not name.endswith(files.SEAL):
                    yield stage, path


def looked_at(path, before):
    """What `path` is by now: state of the file and of its seal, and its SHA-256, "" where it cannot be read.

    None where there is nothing: a link that points nowhere, or a file that another process has just removed.
    """
    try:
        now = os.stat(path)
    except OSError:
        return None
    state = [now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns]
    try:
        digest = before["digest"] if before.get("state") == state else files.sha256(path)
    except (OSError, UserError):
        digest = ""
    try:
        sealed = os.stat(f"{path}{files.SEAL}").st_mtime_ns
    except OSError:
        sealed = None
    return {"state": state, "digest": digest, "sealed": sealed, "modified": now.st_mtime}


def judge(path, record, now, before):
    """One of the four words above; puts a record back that is about this very content."""
    seal = files.seal_of(path)
    if seal is not None and seal != now["digest"]:
        return "damaged"
    if seal is None:
        return "foreign"
    if disowned := disowned_as(record):
        return disowned
    current = record.get("endtime") == now["modified"]
    same = before.get("digest") == now["digest"] and before.get("record")
    if current and (not same or now["sealed"] != before["sealed"] or record == before["record"]):
        return "own"  # its job wrote it, and then its seal, or nothing has happened since
    if not same:
        return "foreign"
    # Moved, copied or touched; or its job was begun anew, failed, and Snakemake took it for finished all the same.
    os.utime(path, (before["record"]["endtime"],) * 2)
    write_record(path, before["record"])
    record_file(path, "incomplete").unlink(missing_ok=True)
    return disowned_as(before["record"]) or "own"
