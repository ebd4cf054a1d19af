# How one result is told from what is not one: no rule.
#
# By its content and its seal (specdnn.files), which its job wrote beside it, and never by its time alone. "own": what
# the job of Snakemake's record wrote. "foreign": written by nobody here, so nothing is known of how. "damaged": not what
# its job wrote. "again": to be made again for the sake of another output of its job.

import os
import stat


def stages():
    """Folders below the results that rules write to, but that of measurements, which Snakemake writes without a seal."""
    results = Path(config["pathvars"]["results"])
    written = [
        Path(str(output).replace("<results>", str(results))) for rule in workflow.rules for output in rule.output
    ]
    found = {path.relative_to(results).parts[0] for path in written if path.is_relative_to(results)}
    return sorted(found - {"benchmarks"})


def results():
    """The results that are there, as Snakemake names them, with their stage; links are followed, a folder once."""
    been = set()
    for stage in stages():
        for folder, below, names in os.walk(f"{config['pathvars']['results']}/{stage}", followlinks=True):
            if (real := os.path.realpath(folder)) in been:
                below.clear()
                continue
            been.add(real)
            for name in names:
                if name.isprintable() and not name.startswith(".") and not name.endswith(files.SEAL):
                    yield stage, f"{folder}/{name}"


def looked_at(path, before):
    """What the file is by now: its state and that of its seal, and its SHA-256, "" where it cannot be read.

    None where there is no file: a link that points nowhere, or one that another process has just removed.
    """
    try:
        now = os.stat(path)
    except OSError:
        return None
    if not stat.S_ISREG(now.st_mode):
        return None
    state = [now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns]
    try:
        digest = before["digest"] if before.get("state") == state else files.sha256(path)
    except (OSError, UserError):
        digest = ""
    try:
        sealed = os.stat(path + files.SEAL).st_mtime_ns
    except OSError:
        sealed = None
    return {"state": state, "digest": digest, "sealed": sealed, "modified": now.st_mtime}


def judge(path, record, now, before):
    """One of the four words above, and the record by now: one that is about this very content is put back."""
    seal = files.seal_of(path)
    if seal is None or seal != now["digest"]:
        return "foreign" if seal is None else "damaged", record
    if disowned := disowned_as(record):
        return disowned, record
    current = record.get("endtime") == now["modified"]
    same = before.get("digest") == now["digest"] and "started" in before
    if current and (not same or now["sealed"] != before["sealed"] or record.get("starttime") == before["started"]):
        return "own", record  # its job wrote it, and then its seal, or nothing has happened since
    kept = read_object(record_file(path, "kept")) if same else {}
    if not kept:
        return "foreign", record
    # Moved, copied or touched; or its job was begun anew, failed, and Snakemake took it for finished all the same.
    os.utime(path, (kept["endtime"], kept["endtime"]))
    write_record(path, kept)
    record_file(path, "incomplete").unlink(missing_ok=True)
    return disowned_as(kept) or "own", kept


def remember(path, record, now, before):
    """What `judge` wants to know of it next time; the record is kept as it is, for Snakemake may write over it."""
    started = record.get("starttime")
    if before.get("started", "") != started or before.get("digest") != now["digest"]:
        kept = record_file(path, "kept")
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(record), encoding="utf-8")
    return {**now, "started": started}
