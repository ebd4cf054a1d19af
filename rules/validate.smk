# Refuses a wrong params.yaml before any job starts: no rule, no path of a result.

import yaml
from jsonschema import Draft202012Validator
from snakemake.exceptions import WorkflowError


def known_names():
    """What there is to choose from: definition of the schema -> names."""
    everything = {method: selection_methods.facts(method) for method in selection_methods.names()}
    fresh = [method for method, facts in everything.items() if facts.get("fresh")]
    return {
        "protocol": [*PROTOCOLS],
        "dataset": [*config.get("fetch", {}).get("datasets", {})],
        "model": MODELS,
        "method": [method for method in everything if method not in fresh],
        "rule": [method for method, facts in everything.items() if facts.get("keeps")],
        "control": [*fresh, "logistic"],
    }


def check_schema():
    """Refuse a config with unknown keys or impossible values, a line each (validate() would print all of it)."""
    schema = yaml.safe_load(Path(workflow.basedir, "schemas", "params.schema.yaml").read_text())
    for name, found in known_names().items():
        schema["$defs"][name]["enum"] = found
    errors = [
        f"params.yaml, {'.'.join(map(str, error.absolute_path)) or 'top level'}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(config)
    ]
    if errors:
        raise WorkflowError("\n".join(sorted(errors)))


def check_consistency():
    """What a schema cannot say: parts of params.yaml that must agree with each other."""
    study, images = config["study"], config["images"]
    if images["held_out"] >= images["train"]:
        raise WorkflowError(
            f"params.yaml, images: held_out ({images['held_out']}) must be below train ({images['train']})"
        )
    for dataset in study["datasets"]:
        if dataset not in config["fetch"]["datasets"]:
            raise WorkflowError(f"params.yaml, study.datasets: {dataset} has no entry under fetch.datasets")
    for key in ("protocol", "dataset", "seed"):
        if config["readings"][key] not in study[f"{key}s"]:
            raise WorkflowError(f"params.yaml, readings.{key}: {config['readings'][key]} is not in study.{key}s")


def check_comparison():
    """The comparison sets its parts side by side: what one has, `own` must have."""
    own = config["compare"]["own"]
    for part in ("mint", "curve", "long"):
        for model, seeds in config["compare"][part]["seeds"].items():
            if missing := [seed for seed in seeds if seed not in own["seeds"].get(model, [])]:
                raise WorkflowError(
                    f"params.yaml, compare.{part}.seeds.{model}: {missing[0]} is not in compare.own.seeds.{model}"
                )
    for part in ("own", "long"):
        if not any(config["compare"][part]["seeds"].values()):
            raise WorkflowError(f"params.yaml, compare.{part}.seeds: at least one seed is needed")
    if missing := [method for method in config["compare"]["long"]["methods"] if method not in own["methods"]]:
        raise WorkflowError(f"params.yaml, compare.long.methods: {missing[0]} is not in compare.own.methods")


check_schema()
check_consistency()
check_comparison()
