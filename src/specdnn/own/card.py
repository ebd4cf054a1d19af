"""The card of a specialist: what it decides, what that is worth, where it ends, how it was made."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from specdnn.own.classes import listed

FEW = 200  # test images of a set, below which the share that is accepted is known to some points only
ENDINGS = {"safetensors": "network.safetensors", "pt2": "network.pt2", "onnx": "network.onnx"}


def sizes(paths: Mapping[str, str]) -> dict[str, int]:
    """Bytes of each file."""
    return {kind: Path(path).stat().st_size for kind, path in paths.items()}


def line(classes: Sequence[str], scores: Mapping, size: int, where: str) -> str:
    """The end of `make specialist`: what became of it, in one line. size: bytes of its ONNX file."""
    if scores["collapsed"]:
        return "it answers no to everything: more images of the class, or another share"
    if scores["false_alarm_rate"] == 1:
        return "it answers yes to everything: more images of other kinds, or another share"
    kilobytes = f"{size / 1000:.0f} kB" if size >= 1000 else f"{size} bytes"
    own = counted(scores["accepted"], scores["set_images"])
    others = counted(scores["false_alarms"], scores["other_images"])
    return f"it accepts {own} test images of {listed(classes)} and {others} others, {kilobytes}: {where}"


def counted(count: int, of: int) -> str:
    """A share with its counts: all of twelve images are not all of a thousand."""
    return f"{count:,} of {of:,} ({100 * count / of:.1f} %)"


def limits(facts: Mapping) -> list[str]:
    """Where it ends, as sentences."""
    scores, images = facts["scores"], facts["images"]
    found = [
        f"It knows only images like the {images['train']:,} that it was trained on, of {len(facts['names'])} kinds. "
        "What is none of these may well be accepted.",
        "Its epoch and its thresholds were chosen on held-out training images; the numbers above are of test images.",
    ]
    if scores["collapsed"]:
        found.insert(0, "**It answers no to every image. It is of no use.**")
    elif scores["balanced_accuracy"] < 0.6:
        found.insert(0, "**It is little better than a coin.**")
    differing = {name: check["differing_decisions"] for name, check in facts["checks"].items()}
    for name, count in differing.items():
        if count:
            found.append(f"Of {images['test']:,} test images the {name} file answers {count} otherwise than torch.")
    if scores["set_images"] < FEW:
        low, high = (f"{100 * bound:.0f}" for bound in scores["recall_interval"])
        found.append(
            f"Only {scores['set_images']} test images are of {listed(facts['classes'])}. Of all such images it may "
            f"accept anything from {low} to {high} % (95 % interval)."
        )
    if facts["made"].get("method", "").startswith("random"):
        found.append("Its units were drawn at random: it is here to be compared with, not to be used.")
    return found


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], others: str = ":--") -> str:
    lines = [head, [":--", *[others] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def _scores(facts: Mapping) -> str:
    names = {
        "balanced_accuracy": "balanced accuracy",
        "recall": "images of the set that are accepted",
        "refused": "other images that are refused",
        "accuracy_in_set": "images of the set answered by their own class",
    }
    columns = [facts["scores"], facts["dense"]["dense_tuned"], facts["dense"]["dense"]]
    rows = [[title, *(_percent(scores[name]) for scores in columns)] for name, title in names.items()]
    rows.append(["area under the ROC curve", *(f"{scores['auroc']:.4f}" for scores in columns)])
    return _table(["", "this network", "dense, threshold chosen alike", "dense, its own decision"], rows, "--:")


def page(facts: Mapping) -> str:
    """The card as Markdown."""
    classes, network, costs = facts["classes"], facts["network"], facts["costs"]
    share = costs["parameters"] / costs["dense_parameters"]
    takes = f"batch x {network['channels']} x {network['size']} x {network['size']}"
    answers = "; ".join(f"{place}: {name}" for place, name in enumerate(classes))
    use = [
        ["takes", f"`pixels`: uint8, {takes}, 0 to 255; nothing to normalise"],
        ["gives", f"`answer`: int64, batch; {answers}; -1: none of them"],
        ["", f"`probability`: float32, batch x {len(classes)}; above 0.5 is a yes to that class"],
        ["", f"`logit`: float32, batch x {len(classes)}; of that probability, less the threshold"],
        ["costs", f"{costs['multiply_accumulates']:,} multiply-accumulates an image"],
        *([f"`{ENDINGS[name]}`", f"{size:,} bytes"] for name, size in facts["bytes"].items()),
    ]
    checked = ", ".join(f"{name}: {check['differing_decisions']}" for name, check in facts["checks"].items())
    cut = facts["certificate"]
    certificate = [f"`{name}` {value}" for name, value in sorted(cut.items())] if cut else ["nothing was cut"]
    made = ", ".join(f"`{name}` {value}" for name, value in sorted(facts["made"].items()))
    parts = [
        f"# {listed(classes)}, or none of them?" if len(classes) > 1 else f"# {classes[0]}, or not?",
        f"{costs['parameters']:,} weights and biases, {_percent(share)} of the network that it was cut from.",
        "## What it takes and gives",
        _table(["", ""], use),
        "## What it is worth",
        f"On {facts['images']['test']:,} test images, {facts['scores']['set_images']:,} of them of "
        f"{listed(classes)}, beside the dense network restricted to the same classes:",
        _scores(facts),
        f"Decisions on these images that differ from torch's: {checked}.",
        "## Where it ends",
        "\n".join(f"- {sentence}" for sentence in facts["limits"]),
        "## How it was made",
        f"{made}.",
        f"The cut, before retraining, against the masked original in float64: {', '.join(certificate)}.",
        _table(["file", "SHA-256"], [[role, f"`{digest}`"] for role, digest in sorted(facts["sha256"].items())]),
    ]
    return "\n\n".join(parts) + "\n"
