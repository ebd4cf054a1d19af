"""Retrain the specialists of one dense network together: all units, from all initial weights, by all losses."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from specdnn import artefacts, seeding
from specdnn.cli import Command, split_flag, training_flags
from specdnn.data import CLASSES
from specdnn.data.protocols import Images
from specdnn.errors import UserError
from specdnn.networks import models
from specdnn.networks.network import Network, Tensors, leads, logits
from specdnn.selection.specialist import load_dense
from specdnn.training import loop, members, stacked
from specdnn.training.losses import LOSSES, OneClassLosses
from specdnn.training.members import Member


def fit(
    group: list[Member], args: Namespace, record: dict, wanted: Tensor, training_set: Images, choosing_set: Images
) -> tuple[list[Member], loop.Fit]:
    """Train the members of one kind; returns them in the fit's order. wanted: n x 20, as `OneClassLosses` has it."""
    module, schedule = stacked.assemble(group, args.device), training_flags.schedule(args)
    labels = [member.label for member in module.members]
    is_class = choosing_set.labels[:, None] == choosing_set.labels.new_tensor(labels)  # n x members
    shares = wanted[:, :CLASSES].mean(0)
    loss = OneClassLosses([member.loss for member in module.members], labels, shares).to(args.device)
    choosing, is_class = module.prepare(choosing_set.images).to(args.device), is_class.to(args.device)
    inputs = module.prepare(training_set.images).to(args.device)

    at_once = min(training_flags.CHOOSING_BATCH, module.at_once)

    def scores() -> list[float]:
        return stacked.balanced_accuracies(logits(module, choosing, at_once), is_class)

    found = loop.fit(
        module,
        loop.Feed.in_memory(inputs, wanted.to(args.device), schedule.batch_size, ("compare", args.seed)),
        loss=loss,
        tensors=module.tensors,
        scores=scores,
        schedule=schedule,
        state=state_of(args, group),
        record={**record, "members": [member.name for member in module.members]},
        keep_state=True,
        ties="last",
    )
    return module.members, found


def state_of(args: Namespace, group: list[Member]) -> Path:
    return Path(args.state).with_suffix(".{}-{}.safetensors".format(*group[0].kind))


def wanted_of(everyone: list[Member], dense: Tensors, training_set: Images, model: str) -> Tensor:
    """n x 20: 1 for an image's own class; and the dense network's answers, 0 where no loss asks for them.

    Its answer for a class is the sigmoid of the class's lead over all others.
    """
    truth = torch.nn.functional.one_hot(training_set.labels, CLASSES).float()
    answers = torch.zeros_like(truth)
    if any(LOSSES[member.loss].taught for member in everyone):
        network = Network(models.load(model)).load(dense)
        given = logits(network, network.prepare(training_set.images), training_flags.CHOOSING_BATCH)
        answers = torch.sigmoid(leads(given))
    return torch.cat([truth, answers], dim=1)


def check_classes(labels: list[int], choosing_set: Images) -> None:
    """Raises UserError where the images that choose the epoch cannot tell a class from the rest."""
    for label in sorted({*labels}):
        found = (choosing_set.labels == label).sum().item()
        if found in (0, len(choosing_set.labels)):
            raise UserError(
                f"class {label}: {found} of the {len(choosing_set.labels)} images that choose the epoch are of it, and "
                "no balanced accuracy comes of that; raise images.held_out"
            )


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    args.device = training_flags.on(args)
    training_set, choosing_set = training_flags.images(args)
    chosen, given = members.load(args.selections, args.dense)
    dense = load_dense(args.dense, given["model"])
    everyone = [member.begun(dense, args.seed) for member in chosen]
    check_classes([member.label for member in everyone], choosing_set)
    wanted = wanted_of(everyone, dense, training_set, given["model"])
    groups = [*members.by_kind(everyone)]
    tensors, epochs, scores, losses = {}, {}, {}, {}
    for group in groups:
        ordered, found = fit(group, args, record, wanted, training_set, choosing_set)
        for k, member in enumerate(ordered):
            tensors |= {f"{member.name}/{name}": tensor for name, tensor in found.best[k].items()}
            epochs[member.name] = found.best_epochs[k]
            scores[member.name] = np.array([row["scores"][k] for row in found.history], np.float32)
        layers, convolutions = group[0].kind
        losses[f"loss/{layers}-{convolutions}"] = np.array([row["loss"] for row in found.history])
        print(f"{layers} layers, {convolutions} convolutions: {len(group)} specialists", flush=True)
    artefacts.save_tensors(args.best, tensors, {**record, "epochs": epochs})
    artefacts.save_tensors(args.history, {**{f"score/{name}": row for name, row in scores.items()}, **losses}, record)
    for group in groups:
        state_of(args, group).unlink(missing_ok=True)


if __name__ == "__main__":
    command = Command(__doc__)
    training_flags.add_values(command)
    split_flag.add(command)
    training_flags.add_device(command)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--selections", "what `compare_select` chose")
    command.writes("--best", "checkpoint: {specialist}/{tensor}, each at its chosen epoch")
    command.writes("--history", "safetensors: score/{specialist}, held-out balanced accuracy an epoch; mean losses")
    command.writes("--state", "stem of the states of unfinished trainings; removed when done")
    command.run(main)
