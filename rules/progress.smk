# Says from time to time how long a run will still take: no rule.
#
# What a job costs is known from our own measurements: seconds of an epoch (results/benchmarks/speed.csv), means of the
# other rules (study.csv beside it). The pace of the machine is measured as the run goes. Where a job is of a kind that
# nobody measured, the epochs of the trainings that run are said instead. Nothing of a result depends on it.

import csv
import re
import threading
import time

EVERY, LOOK = 30, 5  # seconds between two lines, later a twentieth of the run's; and between two looks
SAID = 3  # trainings in a line
EPOCH = re.compile(r"^epoch (\d+) of (\d+)", re.MULTILINE)
FEW = 45  # seconds of a run of which nothing is said


def measured(name):
    """Rows of a table of our own measurements; none where it is not there."""
    try:
        with open(f"results/benchmarks/{name}.csv", encoding="utf-8", newline="") as file:
            return [*csv.DictReader(file)]
    except OSError:
        return []


def seconds_of_an_epoch():
    """(rule, network) -> seconds of a core."""
    found = {}
    for row in measured("speed"):
        model, _, what = row["what"].partition(", ")
        if name := {"dense: an epoch": "train", "specialist, mean of ten: an epoch": "retrain"}.get(what):
            found[name, model] = float(row["seconds"]) * int(row["threads"])
    return found


def seconds_by_rule():
    rows = [row for row in measured("study") if row["scope"] == "all" and row["rule"] != "total"]
    return {row["rule"]: float(row["core_seconds"]) / int(row["jobs"]) for row in rows}


def work(job, epochs, means):
    """Seconds of a core that the job takes on our machine; None where nobody has measured that.

    One that is not worth a submission takes a second. `workflow.is_local` would call every job such, in a run without
    a cluster.
    """
    name = job.rule.name
    if epoch := epochs.get((name, job.wildcards_dict.get("model"))):
        return 2 + epoch * config[name]["epochs"] * config["images"]["train"] / 60_000
    return means.get(name, 1 if name in workflow._localrules or job.rule.norun else None)


class Measured:
    """A run on this machine whose jobs have all been measured; jobs: job -> its work."""

    def __init__(self, jobs):
        self.jobs, self.total = jobs, sum(jobs.values())
        self.begun = time.monotonic()
        self.started = {}  # job that runs -> when it was first seen

    def look(self):
        """Work that is done by now: finished jobs, and of those that run what they will have got through."""
        now = time.monotonic()
        found = sum(cost for job, cost in self.jobs.items() if workflow.dag.finished(job))
        for job in list(workflow.scheduler.running):
            cost = self.jobs.get(job, 0) if not workflow.dag.finished(job) else 0
            found += min(0.9 * cost, (now - self.started.setdefault(job, now)) * job.threads)
        return found

    def line(self):
        done, spent = self.look(), time.monotonic() - self.begun
        return f"about {time_of(spent / done * (self.total - done)) if done else 'an unknown time'} to go"


class Watched:
    """Any other run on this machine: what the logs of its trainings say."""

    def __init__(self, jobs):
        self.jobs = jobs
        self.seen = {}  # job that runs -> when its first epoch was seen, and which that was

    def look(self):
        """The trainings that run: (rule, epoch, epochs, seconds that are left or None)."""
        now, found = time.monotonic(), []
        for job in list(workflow.scheduler.running):
            if not workflow.dag.finished(job) and (epoch := epoch_of(job)):
                at, of = epoch
                since, first = self.seen.setdefault(job, (now, at))
                left = (now - since) / (at - first) * (of - at) if at > first else None
                found.append((job.rule.name, at, of, left))
        return found

    def line(self):
        trainings = self.look()
        said = [
            f"{rule} at epoch {at} of {of}" + (f", about {time_of(left)} of it to go" if left is not None else "")
            for rule, at, of, left in trainings[:SAID]
        ]
        return "; ".join([*said, *([f"{len(trainings) - SAID} more"] if len(trainings) > SAID else [])])


def epoch_of(job):
    """The epoch that a training has finished, and how many there are; None where its log speaks of none."""
    try:
        log = Path(str(job.log[0])).read_text(encoding="utf-8", errors="replace") if job.log else ""
    except OSError:
        return None
    return tuple(map(int, found[-1])) if (found := EPOCH.findall(log)) else None


def follow(progress):
    begun = told = time.monotonic()
    while True:
        time.sleep(LOOK)
        progress.look()
        now = time.monotonic()
        if now - told >= max(EVERY, (now - begun) / 20):
            told, finished = now, sum(map(workflow.dag.finished, progress.jobs))
            said = ", ".join(filter(None, [f"{finished} of {len(progress.jobs)} jobs done", progress.line()]))
            print(said, file=sys.stderr, flush=True)


def time_of(seconds):
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.0f} h"


def tell_what_is_left():
    """Where jobs run on this machine. The thread ends with the run."""
    cores = workflow.resource_settings.cores
    if not (workflow.is_main_process and cores and workflow.local_exec):
        return
    epochs, means = seconds_of_an_epoch(), seconds_by_rule()
    jobs = {job: work(job, epochs, means) for job in workflow.dag.needrun_jobs()}
    if None in jobs.values():
        progress = Watched(jobs)
    elif sum(jobs.values()) / cores > FEW:
        progress = Measured(jobs)
        print(f"{len(jobs)} jobs, about {time_of(progress.total / cores)}", file=sys.stderr, flush=True)
    else:
        return
    threading.Thread(target=follow, args=[progress], daemon=True).start()


AT_START.append(tell_what_is_left)
