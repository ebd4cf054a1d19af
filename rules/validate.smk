# Refuses a wrong params.yaml before any job starts: no rule, no path of a result.

import difflib
import math
import tomllib

import yaml
from jsonschema import Draft202012Validator, validators


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
    plain = [method for method, facts in everything.items() if not facts.get("loss")]
    rules = [method for method in plain if everything[method].get("keeps")]
    return {
        "protocol": [*PROTOCOLS],
        "dataset": datasets(),
        "model": MODELS,
        "method": [*everything],
        "plain": plain,
        "rule": rules,
        "units": [*plain, *HALVES, *CONTROLS],
        "widths": ["even", *rules, *[f"{rule}_renumbered" for rule in rules]],
    }


def check_schema():
    """Refuse a config with unknown keys or impossible values, a line each (validate() would print all of it)."""
    schema = yaml.safe_load(Path(workflow.basedir, "schemas", "params.schema.yaml").read_text())
    for name, found in known_names().items():
        schema["$defs"][name]["enum"] = found
    errors = StrictValidator(schema).iter_errors(config)
    if refused := sorted(f"{place(tuple(error.absolute_path))}, {said(error)}" for error in errors):
        raise refusal("\n".join(refused))


def did_you_mean(word, known):
    """The end of a message about a word that nobody knows: the known one that is most like it, if any is."""
    near = difflib.get_close_matches(str(word), [*map(str, known)], n=1)
    return f"; did you mean {near[0]}?" if near else ""


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
    return f"{key}: {error.message}{near}"


def check_consistency():
    """What a schema cannot say: parts of params.yaml that must agree with each other."""
    study, images = config["study"], config["images"]
    if images["held_out"] >= images["train"]:
        raise mistake("images", f"held_out ({images['held_out']}) must be below train ({images['train']})")
    for dataset in study["datasets"]:
        if dataset not in config["fetch"]["datasets"]:
            raise mistake("study.datasets", f"{dataset} has no entry under fetch.datasets")


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
        for model in models if said_of(method, "shapes") else []:
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
                if networks > parts["own"].get(model, {}).get("networks", {}).get(dataset, 0):
                    raise mistake(f"{key}.networks.{dataset}", f"{networks} is more than compare.parts.own has")
            for product in entry["products"]:
                if product["shares"] != ["own"] and product["widths"] != ["even"]:
                    raise mistake(f"{key}.products", "shares other than own are spread evenly: widths: [even]")


check_schema()
check_consistency()
check_methods()
check_comparison()
