# Helper functions only: no rule, no path of a result.

import json
import os
import shlex
import sys
from pathlib import Path

# The library of this checkout, whichever environment runs it: an editable installation belongs to one checkout.
SOURCES = Path(workflow.basedir, "src").as_posix()
sys.path.insert(0, SOURCES)

from specdnn import files
from specdnn.errors import UserError
from specdnn.names import CONTROLS, HALVES, ON_LIVE, PROTOCOLS
from specdnn.selection import methods as selection_methods

MODELS = sorted(path.stem for path in Path("src/specdnn/networks/architectures").glob("*.toml"))

# Jobs run with the interpreter that runs Snakemake, activated or not, in an environment of their own. Snakemake formats
# the prefix, so braces in a path are doubled.
ENVIRONMENT = [Path(workflow.basedir, "rules/environment.sh"), Path(sys.executable).parent, SOURCES]
shell.prefix(f"source {shlex.join(map(str, ENVIRONMENT))}; ".replace("{", "{{").replace("}", "}}"))


# What bash makes a `<` of, which shlex.quote has put between single quotes. Snakemake's report sets parameters into a
# script as they are, where `</script>` in a title would end it.
LESS = r"'$'\x3c''"


def flags(values):
    """{"lr_step": 15} -> "--lr-step 15", sorted by name.

    One string, names included: Snakemake compares params as a set of bare values, so two numbers that swap
    places would otherwise go unseen.
    """
    parts = []
    for name, value in sorted(values.items()):
        items = value if isinstance(value, list) else [value]
        parts += [f"--{name.replace('_', '-')}", *(shlex.quote(str(item)).replace("<", LESS) for item in items)]
    return " ".join(parts)


def table_files(stem, category=None, caption=None, labels=None):
    """The four files of a table as named outputs; its HTML in the report, under a category, where one is given."""
    files = {ending: f"{stem}.{ending}" for ending in ("csv", "md", "html", "tex")}
    if category:
        text = f"{workflow.basedir}/docs/captions/{caption}.rst"
        files["html"] = report(files["html"], category=category, caption=text, labels=labels)
    return files


def memory(mb):
    """A job's memory: `mb`, and twice and three times that when it is tried again."""
    return lambda wildcards, attempt: mb * attempt


def own_cores():
    """Cores of this machine that Snakemake was given; on a cluster, where it is given none, as many as train takes."""
    return workflow.resource_settings.cores or config["train"]["threads"]


def raw_files():
    """Names of a dataset's raw files: the same for every dataset, as the schema has it."""
    return [*next(iter(config["fetch"]["datasets"].values()))["sha256"]]


def raw_paths(dataset):
    return [f"{config['pathvars']['data']}/{dataset}/{name}" for name in raw_files()]


def by_class(pattern):
    """The pattern for every class of the study; other wildcards stay."""
    return [pattern.replace("{label}", str(label)) for label in config["study"]["classes"]]


def path_of(entry, pattern, root="results"):
    """The path that an entry of `tables` in params.yaml stands for."""
    return f"{config['pathvars'][root]}/{pattern}".format(**entry)


def paths_by_class(entry, pattern):
    return [path_of(entry, path) for path in by_class(pattern)]


def networks():
    """Wildcard values of the study's dense networks."""
    names = {"protocol": "protocols", "dataset": "datasets", "model": "models", "seed": "seeds"}
    return {wildcard: config["study"][key] for wildcard, key in names.items()}


def specialists():
    """Wildcard values of the study's specialists."""
    return {**networks(), "method": config["study"]["methods"], "label": config["study"]["classes"]}


def said_of(method, fact):
    """What a selection method's own file says of it; nothing of the controls that have none."""
    return selection_methods.facts(method).get(fact, ()) if method in selection_methods.names() else ()


def applies(method, protocol):
    """Whether a method can be asked for under a protocol: one that chooses on held-out images needs some."""
    return protocol == "held_out" or not said_of(method, "loss")


def recommended(protocol, model):
    """The recipe for a network, where the protocol has what it needs: a list of one method, or none."""
    method = config["recipe"].get(model)
    return [method] if method and applies(method, protocol) else []


def methods_shown(protocol, model):
    """The methods of a network's specialists that are exported: the recipe, then the study's."""
    return [*dict.fromkeys([*recommended(protocol, model), *config["study"]["methods"]])]


def of_recipes(pattern):
    """The pattern, whose wildcards are `specialists`' own, for what the recipe adds to the study."""
    study = config["study"]
    return [
        path
        for protocol in study["protocols"]
        for model in study["models"]
        for method in recommended(protocol, model)
        if method not in study["methods"]
        for path in expand(pattern, **{**specialists(), "protocol": protocol, "model": model, "method": method})
    ]


def reads(what, pattern):
    """What is at `pattern` for the methods that look at it beside the weights; nothing for the others."""
    return lambda w: expand(pattern, **w) if what in said_of(w.method, "reads") else []


def observed(input):
    """The flags of what a selection is given of the dense network beside its weights."""
    given = {"gradients": input.gradients, "activations": input.activations}
    return flags({name: str(path) for name, path in given.items() if path})


def seeds_of(networks):
    """1, 2, ... for a number of dense networks; or those that are listed."""
    return networks if isinstance(networks, list) else range(1, networks + 1)
