"""Retrain the specialists of one dense network together: all units, from all initial weights, by all losses."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from specdnn import artefacts, seeding
from specdnn.cli import Command, split_flag, training_flags
from specdnn.data.protocols import Images
from specdnn.networks import models
from specdnn.networks.network import Network, Tensors, leads, logits
from specdnn.selection.specialist import load_dense
from specdnn.training import members, specialists
from specdnn.training.losses import LOSSES
from specdnn.training.members import Member


def state_of(args: Namespace, group: list[Member]) -> Path:
    return Path(args.state).with_suffix(f".{group[0].kind}.safetensors")


def wanted_of(everyone: list[Member], dense: Tensors, training_set: Images, model: str) -> Tensor:
    """n x 20: 1 for an image's own class; and the dense network's answers, 0 where no loss asks for them.

    Its answer for a class is the sigmoid of the class's lead over all others.
    """
    truth = specialists.truth_of(training_set)
    answers = torch.zeros_like(truth)
    if any(LOSSES[member.loss].taught for member in everyone):
        network = Network(models.load(model)).load(dense)
        given = logits(network, network.prepare(training_set.images), training_flags.CHOOSING_BATCH)
        answers = torch.sigmoid(leads(given))
    return torch.cat([truth, answers], dim=1)


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    args.device = training_flags.on(args)
    training_set, choosing_set = training_flags.images(args)
    chosen, given = members.load(args.selections, args.dense)
    dense = load_dense(args.dense, given["model"])
    everyone = [member.begun(dense, args.seed) for member in chosen]
    specialists.check_classes([member.label for member in everyone], choosing_set)
    wanted = wanted_of(everyone, dense, training_set, given["model"])
    groups = [*members.by_kind(everyone)]
    tensors, epochs, scores, losses = {}, {}, {}, {}
    for group in groups:
        ordered, found = specialists.fit(
            group,
            training_flags.schedule(args),
            training_set=training_set,
            wanted=wanted,
            choosing_set=choosing_set,
            choosing_batch=training_flags.CHOOSING_BATCH,
            order=("compare", args.seed),
            state=state_of(args, group),
            record=record,
            device=args.device,
            keep_state=True,
        )
        for k, member in enumerate(ordered):
            tensors |= {f"{member.name}/{name}": tensor for name, tensor in found.best[k].items()}
            epochs[member.name] = found.best_epochs[k]
            scores[member.name] = np.array([row["scores"][k] for row in found.history], np.float32)
        losses[f"loss/{group[0].kind}"] = np.array([row["loss"] for row in found.history])
        print(f"{group[0].kind} (layers, convolutions): {len(group)} specialists", flush=True)
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
