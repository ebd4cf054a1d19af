# What a run says at its end of specialists that answer no to everything: no rule.

from specdnn.report import collapse


def collapsed(of):
    """Class -> has its specialist collapsed? {} where the run was not about them, or not about all of them."""
    paths = {
        str(label): path_of({**of, "label": label}, f"evaluate/{SET}/class{{label}}/metrics.json")
        for label in config["study"]["classes"]
    }
    planned = {str(output) for job in workflow.dag.jobs for output in job.output}
    if not planned.issuperset(paths.values()):
        return {}
    return {label: read_object(path)["best_epoch"]["collapsed"] for label, path in paths.items()}


def verdicts():
    """A line for each set of specialists; a study of many has them in its table, side by side."""
    found = [(title_of(of), has) for of in sets() if (has := collapsed(of))] if len(sets()) < MANY else []
    return [f"{title}: {collapse.sentence(has)}" for title, has in found]


onsuccess:
    if workflow.is_main_process and (lines := verdicts()):
        atexit.register(print, "\n".join(["", *lines]), flush=True)  # after Snakemake's own last words
