# What a run says of the jobs that failed, as its very last words: no rule.

import atexit
import os

LITTLE = 2**20  # bytes that are left of a disk when it is full


def log_of(job):
    return Path(str(job.log[0])) if job.log else Path()


def full(path):
    """The folder's disk, where it takes no more; None where it does."""
    there = next(folder for folder in [path, *path.parents] if folder.exists())
    disk = os.statvfs(there)
    if disk.f_bavail * disk.f_frsize < LITTLE:
        return f"the disk of {there} is full: free space"
    if disk.f_files and not disk.f_favail:
        return f"the disk of {there} has no inode left: remove files"
    return None


def reason_of(job):
    """Why it failed: the last line of its log; where that says nothing, what is known of the machine."""
    log = log_of(job)
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    if lines:
        return lines[-1]
    places = [log.parent, *(Path(str(output)).parent for output in job.output)]
    return next(filter(None, map(full, places)), None) or (
        f"its log {log} is empty: it was ended before it could say why, most often for want of memory;"
        " run fewer jobs at a time (--cores), or give it more"
    )


def failed_jobs():
    """The jobs that failed; of a group that a cluster runs as one, those whose outputs are missing."""
    for job in workflow.scheduler.failed:
        members = list(getattr(job, "jobs", [job]))
        missing = [member for member in members if not all(os.path.exists(output) for output in member.output)]
        yield from missing or members


def summary():
    failed = sorted(failed_jobs(), key=lambda job: (job.rule.name, str(job.wildcards)))
    lines = [f"{len(failed)} jobs failed:" if len(failed) > 1 else "1 job failed:"]
    for job in failed:
        wildcards = ", ".join(f"{name} {value}" for name, value in job.wildcards.items())
        lines += [f"  {job.rule.name}{f' ({wildcards})' if wildcards else ''}: {reason_of(job)}"]
    again = shlex.join(["snakemake", *sys.argv[1:]])
    return "\n".join([*lines, f"What is done stays; when that is mended, go on with: {again}"])


onerror:
    if workflow.is_main_process and getattr(workflow, "scheduler", None) and workflow.scheduler.failed:
        atexit.register(print, summary(), file=sys.stderr, flush=True)  # after all that Snakemake itself has to say
