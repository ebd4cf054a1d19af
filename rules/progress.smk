# Says from time to time how long a run will still take: no rule.
#
# What a job costs is known from our own measurements: seconds of an epoch (results/benchmarks/speed.csv), means of the
# other rules (study.csv beside it). The pace of the machine is measured as the run goes. Nothing of a result depends on it.

import csv
import threading
import time

EVERY, LOOK = 60, 5  # seconds between two lines, and between two looks
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
    """Seconds of a core that the job takes on our machine; None where nobody has measured that."""
    name = job.rule.name
    if epoch := epochs.get((name, job.wildcards_dict.get("model"))):
        return 2 + epoch * config[name]["epochs"] * config["images"]["train"] / 60_000
    return means.get(name, 1 if workflow.is_local(job.rule) else None)


class Progress:
    """Of one run on this machine; jobs: job -> its work."""

    def __init__(self, jobs):
        self.jobs, self.total = jobs, sum(jobs.values())
        self.begun = time.monotonic()
        self.started = {}  # job that runs -> when it was first seen

    def done(self):
        """Work that is done by now: finished jobs, and of those that run what they will have got through."""
        now = time.monotonic()
        found = sum(cost for job, cost in self.jobs.items() if workflow.dag.finished(job))
        for job in list(workflow.scheduler.running):
            cost = self.jobs.get(job, 0) if not workflow.dag.finished(job) else 0
            found += min(0.9 * cost, (now - self.started.setdefault(job, now)) * job.threads)
        return found

    def follow(self):
        while True:
            for _ in range(EVERY // LOOK):
                time.sleep(LOOK)
                done = self.done()
            spent = time.monotonic() - self.begun
            finished = sum(map(workflow.dag.finished, self.jobs))
            left = time_of(spent / done * (self.total - done)) if done else "an unknown time"
            print(f"{finished} of {len(self.jobs)} jobs done, about {left} to go", file=sys.stderr, flush=True)


def time_of(seconds):
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.0f} h"


def tell_what_is_left():
    """Where jobs run on this machine, and all of them have been measured before. The thread ends with the run."""
    cores, epochs, means = workflow.resource_settings.cores, seconds_of_an_epoch(), seconds_by_rule()
    jobs = {job: work(job, epochs, means) for job in workflow.dag.needrun_jobs()}
    if not (workflow.is_main_process and cores and workflow.local_exec) or None in jobs.values():
        return
    progress = Progress(jobs)
    if progress.total / cores > FEW:
        print(f"{len(jobs)} jobs, about {time_of(progress.total / cores)}", file=sys.stderr, flush=True)
        threading.Thread(target=progress.follow, daemon=True).start()


AT_START.append(tell_what_is_left)
