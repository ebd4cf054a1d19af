"""A network's model card: what it decides, what it is worth, how it was made, and where it ends.

The card is data (`facts`), from which the page is written (`page`): one cannot say what the other does not.
"""

from collections.abc import Mapping, Sequence

from specdnn.export import LANGUAGES, VARIANTS
from specdnn.names import DATASETS, PROTOCOLS, THINGS
from specdnn.networks import models

STEPS = {
    "train": "the dense network is trained",
    "specialize": "units are kept, walking back from the class's output",
    "retrain": "what is kept is trained on, for this class against the rest",
    "export": "the result is written as ONNX",
}
NOT_CUT = {  # the steps of a network that is not cut out of the dense one
    **STEPS,
    "specialize": "the pixels are ranked, walking back from the class's output, and the shapes are listed",
    "retrain": "all shapes are trained from random weights; held-out images choose one, its epoch and its threshold",
}
ON_MEANS = {  # of one that chooses no pixels either
    **NOT_CUT,
    "specialize": "the shapes of the size that the paper's rule has for the class are listed; no pixel is chosen",
}
TUNED = {  # of one that is, whose threshold was chosen
    **STEPS,
    "retrain": "what is kept is trained on, both answers weighed alike; held-out images choose epoch and threshold",
}
HOW = {
    "selected": "chosen by the method",
    "all": "chosen by the method: all",
    "budget": "as many as were asked for",
    "forced": "none by the method: the strongest alone",
    "degenerate": "nothing to choose by: the first alone",
}
MISSES_MANY = 0.9  # recall below which a card warns


def percent(value: float, digits: int = 2) -> str:
    return f"{100 * value:.{digits}f} %"


def dataset_of(identity: Mapping) -> str:
    return DATASETS.get(identity["dataset"], identity["dataset"])


def epochs_of(protocol: str | None) -> str:
    """What chose the epochs: "epochs chosen on the test set"."""
    return f"epochs chosen on {PROTOCOLS[protocol].chosen_by}" if protocol in PROTOCOLS else ""


def thing(identity: Mapping) -> str:
    """What a specialist looks for: "a 3"."""
    names = THINGS.get(identity.get("dataset", ""))
    return names[identity["label"]] if names else f"class {identity['label']}"


def question(identity: Mapping) -> str:
    return f"Is it {thing(identity)}?" if "label" in identity else "Which of the ten classes is it?"


def limits(identity: Mapping, scores: Mapping, check: Mapping, kept: Sequence[Mapping], chosen: Mapping) -> list[str]:
    """What a user must know before relying on the network, the gravest first."""
    found = []
    if "label" in identity:
        if scores["collapsed"]:
            found.append("It has collapsed: it answered no to every test image and is useless as a detector.")
        elif scores["accuracy"] <= scores["always_no"]:
            found.append("It is no more accurate than always answering no.")
        if scores["recall"] < MISSES_MANY:
            missed = percent(1 - scores["recall"], 1)
            found.append(f"It misses many: {missed} of the test images that show {thing(identity)}.")
        for layer in kept:
            if layer["status"] in ("forced", "degenerate"):
                found.append(f"The rule kept nothing in layer {layer['layer']}; the strongest unit was taken instead.")
    if identity.get("protocol") == "published":
        found.append(
            "Its epoch was chosen on the test images that it is scored on, as the paper does it: its scores are a "
            "little better than they should be. Its sibling of the protocol `held_out` has clean ones."
        )
    found += [
        f"It was trained and tested on {dataset_of(identity)} alone: 28 x 28 grey "
        "images, centred, bright on black. On anything else, an empty image too, it answers as if it knew.",
        "Its probabilities are sigmoids and were never calibrated; only the side of 0.5, or the largest, was scored.",
        *shifted(chosen),
        f"It is one training with one seed: another would give other {'weights' if 'shape' in chosen else 'units'} and "
        "other scores.",
        f"In int8, {check['int8']['differing_decisions']:,} of {check['images']:,} decisions on the test images are "
        "not those of the float network.",
    ]
    return found


def shifted(chosen: Mapping) -> list[str]:
    """The warning of a network whose bias holds a threshold."""
    if "threshold" not in chosen:
        return []
    return [
        "Its threshold was chosen on held-out images, for the best mean of recall and specificity, and lies in its "
        f"last bias, which it moved by {-chosen['threshold']:+.3f}. Where a false alarm costs more than a miss, ask "
        "for more than 0.5."
    ]


def scores_of(identity: Mapping, metrics: Mapping, check: Mapping) -> dict:
    """The metrics of `evaluate` at the chosen epoch, with the baseline that they must beat."""
    best = metrics["best_epoch"]
    if "label" not in identity:
        return {"accuracy": best["accuracy"], "always_one_class": check["always_one_class"]}
    names = ("accuracy", "balanced_accuracy", "recall", "false_positive_rate", "auroc", "collapsed")
    scores = {**{name: best[name] for name in names}, "always_no": metrics["always_no"]}
    if "before_retraining" in metrics:
        scores["before_retraining"] = {name: metrics["before_retraining"][name] for name in names}
    return scores


def facts(
    check: Mapping,
    metrics: Mapping,
    made: Mapping,
    kept: Sequence[Mapping],
    hashes: Mapping,
    chosen: Mapping | None = None,
    source: Mapping | None = None,
) -> dict:
    """Everything that a card says.

    made: step -> the values that it was given, in the order of the steps; kept: layer, number kept, of how many, and
    the status of the selection; hashes: role -> SHA-256 of the files it was made from, and of its own; chosen: what
    held-out images chose beside the epoch: the `threshold`, and the `shape` out of so many `shapes`; source: language
    -> sizes of the source code.
    """
    chosen = chosen or {}
    identity = check["identity"]
    scores = scores_of(identity, metrics, check)
    variants = {name: check[name] for name in VARIANTS if name in check}
    return {
        "question": question(identity),
        "identity": identity,
        "parameters": check["parameters"],
        "parameters_of_dense": models.load(identity["model"]).parameters,
        "multiply_accumulates": check["multiply_accumulates"],
        "images": check["images"],
        "epoch": metrics["best_epoch"]["epoch"],
        "scores": scores,
        "variants": variants,
        "kept": list(kept),
        "made": dict(made),
        "sha256": dict(hashes),
        "limits": limits(identity, scores, check, kept, chosen),
        **({"chosen": dict(chosen)} if chosen else {}),
        **({"source": dict(source)} if source else {}),
    }


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], others: str = "--:") -> str:
    """A Markdown table; `others`: how all columns but the first are aligned."""
    lines = [head, [":--", *[others] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _scores(card: Mapping) -> str:
    scores, small = card["scores"], card["variants"]["int8"]
    if "label" not in card["identity"]:
        head = ["", "this network", "in int8", "one class for every image"]
        accuracies = [scores["accuracy"], small["accuracy"], scores["always_one_class"]]
        return _table(head, [["accuracy", *map(percent, accuracies)]])
    before = scores.get("before_retraining")
    names = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "recall": "recall"}
    names["false_positive_rate"] = "false alarms among the others"
    nothing = {"accuracy": scores["always_no"], "balanced_accuracy": 0.5, "recall": 0.0, "false_positive_rate": 0.0}
    rows = [
        [
            title,
            f"**{percent(scores[name])}**",
            percent(nothing[name]),
            percent(small[name]) if name in small else "–",
        ]
        for name, title in names.items()
    ]
    rows.append(["area under the ROC curve", f"**{scores['auroc']:.4f}**", "0.5000", "–"])
    head = ["", "this network", 'always "no"', "in int8"]
    if before is not None:
        head.append("before retraining")
        for row, text in zip(rows, [*(percent(before[name]) for name in names), f"{before['auroc']:.4f}"], strict=True):
            row.append(text)
    return _table(head, rows)


def _introduction(card: Mapping) -> str:
    identity, model = card["identity"], models.load(card["identity"]["model"]).title
    if "label" not in identity:
        return (
            f"The dense {model}: {card['parameters']:,} weights and biases that give each of the ten classes a "
            "probability of its own. How the specialists beside it were made, their own cards say."
        )
    share = card["parameters"] / card["parameters_of_dense"]
    if network := uncut(card):
        built = "it has one hidden layer, on the pixels that the paper's rule ranks first for the class,"
        if network.window > 1:
            built = f"it chooses no pixel, reads {_means_of(network)}, has {_hidden(network)},"
        return (
            f"A specialist of {card['parameters']:,} weights and biases; the {model} beside it has "
            f"{card['parameters_of_dense']:,}, and it took none of them. It is not cut out: {built} and was trained "
            f"from random weights. {_shape(card, network)} It answers one question, yes or no: does this image show "
            f"{thing(identity)}?"
        )
    return (
        f"A specialist of {card['parameters']:,} weights and biases, {percent(share)} of the {model} that it was cut "
        f"from. It answers one question, yes or no: does this image show {thing(identity)}?"
    )


def uncut(card: Mapping) -> models.Architecture | None:
    """The network, where no weight of it was ever the dense network's; else None."""
    chosen = card.get("chosen", {})
    return models.small(chosen["shape"]) if "shape" in chosen else None


def _means_of(network: models.Architecture) -> str:
    return f"the means of all {network.layers[0].inputs} squares of {network.window} x {network.window} pixels"


def _hidden(network: models.Architecture) -> str:
    hidden = network.layers[0].outputs if len(network.layers) > 1 else 0
    return f"{hidden:,} hidden unit{'s' * (hidden > 1)}" if hidden else "no hidden layer"


def _shape(card: Mapping, network: models.Architecture) -> str:
    read, shapes = card["kept"][0]["kept"], card["chosen"]["shapes"]
    of = f"chosen among {shapes} shapes on held-out images" if shapes > 1 else "the only shape of that size"
    return f"Its shape, {read:,} {'means' if network.window > 1 else 'pixels'} and {_hidden(network)}, was {of}."


def _sizes(file: Mapping) -> str:
    return f"{file['bytes']:,} bytes, {file['gzip_bytes']:,} gzipped"


def _use(card: Mapping, name: str) -> str:
    one = "label" in card["identity"]
    meaning = "above 0.5 is a yes" if one else "one for each class; they need not sum to 1, the largest is the answer"
    rows = [
        ["takes", "`pixels`: uint8, batch x 28 x 28, as they are in the file, 0 to 255; nothing to normalise"],
        ["gives", f"`probability`: float32, batch x {1 if one else 10}; {meaning}"],
        ["costs", f"{card['multiply_accumulates']:,} multiply-accumulates an image{_before(card)}"],
    ]
    rows += [[f"`{name}{VARIANTS[variant]}`", _sizes(file)] for variant, file in card["variants"].items()]
    rows += [
        [f"`{name}{LANGUAGES[language]}`", f"source code without a runtime: {_sizes(file)}"]
        for language, file in card.get("source", {}).items()
    ]
    return _table(["", ""], rows, ":--")


def _before(card: Mapping) -> str:
    """What it costs beside its weights."""
    network = uncut(card)
    return f", and {_means_of(network)}" if network and network.window > 1 else ""


def _steps(card: Mapping) -> Mapping[str, str]:
    network = uncut(card)
    if network is None:
        return TUNED if "chosen" in card else STEPS
    return ON_MEANS if network.window > 1 else NOT_CUT


def _made(card: Mapping) -> str:
    parts: list[str] = []
    steps = _steps(card)
    for step, values in card["made"].items():
        given = ", ".join(f"`{name}` {value}" for name, value in sorted(values.items()))
        parts.append(f"{len(parts) + 1}. `{step}`: {steps[step]}. {given}")
    if card["kept"]:
        rows = [
            [layer["layer"], f"{layer['kept']:,} of {layer['of']:,}", HOW[layer["status"]]] for layer in card["kept"]
        ]
        parts += ["", _table(["layer", "inputs kept", ""], rows, ":--")]
    return "\n".join(parts)


def page(card: Mapping, name: str) -> str:
    """The card as Markdown; `name` is the network's files' name without their endings."""
    identity, exact = card["identity"], card["variants"]["float32"]
    what = [
        models.load(identity["model"]).title,
        f"class {identity['label']}" if "label" in identity else "dense",
        dataset_of(identity),
        epochs_of(identity.get("protocol")),
        f"seed {identity.get('seed')}",
    ]
    checked = (
        f"Held against torch on all {card['images']:,} test images: {exact['differing_decisions']} decisions differ, "
        f"no probability by more than {exact['largest_probability_difference']:.1e}."
    )
    hashes = _table(["file", "SHA-256"], [[role, f"`{digest}`"] for role, digest in card["sha256"].items()], ":--")
    parts = [
        f"# {card['question']}",
        f"*{' · '.join(part for part in what if part)}*",
        _introduction(card),
        "## What it takes and gives",
        _use(card, name),
        "## What it is worth",
        f"On {card['images']:,} test images, after epoch {card['epoch']}:",
        _scores(card),
        checked,
        "## Where it ends",
        "\n".join(f"- {sentence}" for sentence in card["limits"]),
        "## How it was made",
        _made(card),
        hashes,
    ]
    return "\n\n".join(parts) + "\n"
