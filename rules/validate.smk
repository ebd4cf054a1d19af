# Refuses a wrong params.yaml before any job starts: no rule, no path of a result.

import math

import yaml
from jsonschema import Draft202012Validator, validators

from specdnn.own.classes import known_classes, numbered, slug
from specdnn.own.methods import WAYS


def is_integer(_, value):
    return type(value) is int  # 1.0, which is one to JSON, would go into a path


def is_number(_, value):
    return is_integer(_, value) or (type(value) is float and math.isfinite(value))


NUMBERS = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": is_integer, "number": is_number})
StrictValidator = validators.extend(Draft202012Validator, type_checker=NUMBERS)


def datasets():
    """Names under fetch.datasets; none where there is no such block, which the schema says better."""
    try:
        return [*config["fetch"]["datasets"]]
    except (KeyError, TypeError):
        return []


def known_names():
    """What there is to choose from: definition of the schema -> names."""
    everything = {method: selection_methods.facts(method) for method in selection_methods.names()}
    rules = [method for method, facts in everything.items() if facts.get("keeps")]
    return {
        "protocol": [*PROTOCOLS],
        "dataset": datasets(),
        "model": MODELS,
        "method": [*everything],
        "rule": rules,
        "units": [*everything, *HALVES, *CONTROLS],
        "own_method": [*WAYS],
        "widths": ["even", *rules, *[f"{rule}_renumbered" for rule in rules]],
    }


def check_schema():
    """Refuse a config with unknown keys or impossible values, a line each (validate() would print all of it)."""
    schema = yaml.safe_load(Path(workflow.basedir, "schemas", "params.schema.yaml").read_text())
    schema["properties"]["own"] = yaml.safe_load(Path(workflow.basedir, "schemas", "own.schema.yaml").read_text())
    for name, found in known_names().items():
        schema["$defs"][name]["enum"] = found
    errors = StrictValidator(schema).iter_errors(config)
    if refused := sorted(f"{place(tuple(error.absolute_path))}, {said(error)}" for error in errors):
        raise WorkflowError("\n".join(refused))


def said(error):
    """What a schema says of a value; instead of a pattern, which few can read, what it stands for."""
    key = ".".join(map(str, error.absolute_path)) or "top level"
    if error.validator == "pattern" and "description" in error.schema:
        return f"{key}: {error.instance!r}, expected: {error.schema['description']}"
    return f"{key}: {error.message}"


def check_consistency():
    """What a schema cannot say: parts of params.yaml that must agree with each other."""
    study, images = config["study"], config["images"]
    if images["held_out"] >= images["train"]:
        raise mistake("images", f"held_out ({images['held_out']}) must be below train ({images['train']})")
    for dataset in study["datasets"]:
        if dataset not in config["fetch"]["datasets"]:
            raise mistake("study.datasets", f"{dataset} has no entry under fetch.datasets")
    for key in ("protocol", "dataset", "seed"):
        if config["readings"][key] not in study[f"{key}s"]:
            raise mistake(f"readings.{key}", f"{config['readings'][key]} is not in study.{key}s")


def check_comparison():
    """What one part needs of another, and of its network."""
    parts = config["compare"]["parts"]
    for part, models in parts.items():
        for model, entry in models.items():
            key = f"compare.parts.{part}.{model}"
            for dataset, networks in entry["networks"].items():
                if networks > parts["own"].get(model, {}).get("networks", {}).get(dataset, 0):
                    raise mistake(f"{key}.networks.{dataset}", f"{networks} is more than compare.parts.own has")
            for product in entry["products"]:
                if product["shares"] != ["own"] and product["widths"] != ["even"]:
                    raise mistake(f"{key}.products", "shares other than own are spread evenly: widths: [even]")


def check_own():
    """What one part of a study of an own network needs of another."""
    for own, entry in config["own"].items():
        source = entry["images"]["source"]
        if ":" not in source and source not in config["fetch"]["datasets"]:
            raise mistake(
                f"own.{own}.images.source", f"{source} has no entry under fetch.datasets; or folder:PATH, idx:PATH"
            )
        if entry["weights"] and len(entry["seeds"]) > 1:
            raise mistake(f"own.{own}.seeds", "weights are given, so there is one dense network: one seed")
        for key in ("seeds", "methods"):
            for value in entry["export"][key]:
                if value not in entry[key]:
                    raise mistake(f"own.{own}.export.{key}", f"{value} is not in own.{own}.{key}")
        sets = [[*map(str, wanted)] for wanted in entry["classes"]]
        names = [*map(slug, sets)]
        if len({*names}) < len(names):
            raise mistake(f"own.{own}.classes", f"two sets have one name in paths, {max(names, key=names.count)}")
        try:
            for wanted in sets if (known := known_classes(source)) else []:
                numbered(wanted, known)
        except UserError as error:
            raise mistake(f"own.{own}.classes", str(error)) from None


check_schema()
check_consistency()
check_comparison()
check_own()
