# Refuses a wrong params.yaml before any job starts: no rule, no path of a result.

import difflib
import math
import tomllib

import yaml
from jsonschema import Draft202012Validator, validators

from specdnn.networks.models import load as load_architecture
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


def facts_of(method):
    """What its file says of a method; a file that nobody can read is refused in its own words."""
    try:
        return selection_methods.facts(method)
    except UserError as error:
        raise refusal(str(error)) from None


def known_names():
    """What there is to choose from: definition of the schema -> names."""
    everything = {method: facts_of(method) for method in selection_methods.names()}
    plain = [method for method, facts in everything.items() if not facts.get("loss")]
    rules = [method for method in plain if everything[method].get("keeps")]
    return {
        "protocol": [*PROTOCOLS],
        "dataset": datasets(),
        "model": MODELS,
        "method": [*everything],
        "plain": plain,
        "rule": rules,
        "own_method": [*WAYS],
        "units": [*plain, *HALVES, *CONTROLS],
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
        raise refusal("\n".join(refused))


def nearest(word, known):
    """The known word that is most like it, or begins most like it; None where none is."""
    known = [*map(str, known)]
    begins = {name[: len(word)]: name for name in reversed(known)}
    near = difflib.get_close_matches(word, [*begins, *known], n=1)
    return begins.get(near[0], near[0]) if near else None


def did_you_mean(word, known):
    """The end of a message about a word that nobody knows."""
    near = nearest(str(word), known)
    return f"; did you mean {near}?" if near else ""


def said(error):
    """What a schema says of a value; instead of a pattern, which few can read, what it stands for."""
    key = ".".join(map(str, error.absolute_path)) or "top level"
    if error.validator == "pattern" and "description" in error.schema:
        return f"{key}: {error.instance!r}, expected: {error.schema['description']}"
    near = ""
    if error.validator == "enum":
        near = did_you_mean(error.instance, error.validator_value)
    elif error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema["properties"]
        near = "".join(did_you_mean(name, known) for name in error.instance if name not in known)
    elif error.validator == "type" and error.validator_value == "array" and isinstance(error.instance, str | int):
        near = f"; write [{error.instance}]"
    return f"{key}: {error.message}{near}"


def check_consistency():
    """What a schema cannot say: parts of params.yaml that must agree with each other."""
    study, images = config["study"], config["images"]
    if images["held_out"] >= images["train"]:
        raise mistake("images", f"held_out ({images['held_out']}) must be below train ({images['train']})")
    for dataset in study["datasets"]:
        if dataset not in config["fetch"]["datasets"]:
            raise mistake("study.datasets", f"{dataset} has no entry under fetch.datasets")


def check_networks():
    """The study's networks: an image must run through the layers of each."""
    for model in config["study"]["models"]:
        try:
            load_architecture(model)
        except UserError as error:
            raise mistake("study.models", str(error)) from None


def check_methods():
    """A method that chooses on held-out images needs the protocol that has some, one on pixels a network of pixels."""
    study, demo = config["study"], config["demo"]
    asked = [("study.methods", method, study["protocols"], study["models"]) for method in study["methods"]]
    asked += [("demo.method", demo["method"], [demo["protocol"]], study["models"])]
    asked += [(f"recipe.{model}", method, ["held_out"], [model]) for model, method in config["recipe"].items()]
    for key, method, protocols, models in asked:
        for protocol in protocols:
            if not applies(method, protocol):
                raise mistake(key, f"{method} chooses on held-out images, which the protocol {protocol} has none of")
        for model in models if said_of(method, "shapes") and not said_of(method, "all_pixels") else []:
            if convolves(model):
                raise mistake(key, f"{method} reads some of the pixels, and the convolution of {model} reads them all")


def convolves(model):
    """Whether a network begins with a convolution."""
    said = tomllib.loads(Path(f"src/specdnn/networks/architectures/{model}.toml").read_text(encoding="utf-8"))
    return said["layers"][0]["kind"] == "convolution"


def check_comparison():
    """What one part needs of another, and of its network."""
    parts = config["compare"]["parts"]
    for part, models in parts.items():
        for model, entry in models.items():
            key = f"compare.parts.{part}.{model}"
            for dataset, networks in entry["networks"].items():
                of_own = parts["own"].get(model, {}).get("networks", {}).get(dataset, 0)
                if not {*seeds_of(networks)} <= {*seeds_of(of_own)}:
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
check_networks()
check_methods()
check_comparison()
check_own()
