# The sets of specialists of the study, and the tables that show them: those of params.yaml, and one for each other set.
# No rule.

import functools
import itertools
import tomllib

from specdnn.names import DATASETS

SET = "{protocol}/{dataset}/{model}/seed{seed}/{method}"
SHOWN = 8  # tables that are printed at the end of a run


def sets():
    """Every set of specialists: wildcard values of its dense network, and the method."""
    names = {**networks(), "method": config["study"]["methods"]}
    return [dict(zip(names, values)) for values in itertools.product(*names.values())]


@functools.cache
def called(model):
    """How people write a network's name."""
    return tomllib.loads(Path(f"src/specdnn/networks/architectures/{model}.toml").read_text(encoding="utf-8"))["title"]


def title_of(of):
    """What a set is, in a line."""
    where = f"{called(of['model'])} on {DATASETS.get(of['dataset'], of['dataset'])}"
    return f"{where}, {of['method']}, seed {of['seed']}, epochs chosen on {PROTOCOLS[of['protocol']].chosen_by}"


def entries_of(of):
    """Table -> its entry: those of params.yaml for this set; where there is none, one with the same paper's numbers."""
    entries = config["tables"].items()
    if found := {table: entry for table, entry in entries if all(entry[key] == of[key] for key in of)}:
        return found
    alike = [entry for _, entry in entries if all(entry[key] == of[key] for key in ("dataset", "model", "method"))]
    papers = [{"paper": entry["paper"]} for entry in alike if "paper" in entry]
    name = "{protocol}_{dataset}_{model}_seed{seed}_{method}".format(**of)
    return {name: {"title": title_of(of), **of, **(papers[0] if papers else {})}}


OF_STUDY = {table: entry for of in sets() for table, entry in entries_of(of).items()}  # set by set
TABLES = {**OF_STUDY, **config["tables"]}  # whatever of params.yaml is asked for by name, too
MANY = 100  # sets from which on a study is run in batches (docs/cluster.md), which one table of all of them would join


def drawn_tables():
    """The tables that params.yaml names and that are of the study: those with figures of their own."""
    return [table for table in OF_STUDY if table in config["tables"]]


def tables():
    """The tables of single sets that are part of the study, in the order of its sets."""
    return [*OF_STUDY] if len(sets()) < MANY else drawn_tables()


def all_tables():
    """Those, and the tables of several sets."""
    return [*tables(), *(["side_by_side"] if len(sets()) < MANY else []), "readings"]
