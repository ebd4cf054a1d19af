"""Train the dense network of a study on all classes, or take weights that are given; and say how good it is."""

from argparse import Namespace
from pathlib import Path

import numpy as np
from torch.nn.functional import cross_entropy

from specdnn import artefacts, seeding
from specdnn.cli import Command, count, training_flags
from specdnn.own import flags, images, networks, training
from specdnn.training import loop


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    device = training_flags.on(args)
    found = images.load(args.images)
    network = flags.network(args, found, record).to(device)
    given, choosing = found.held_out(args.held_out, args.seed)
    labels = choosing.labels.numpy()

    def accuracy(logits: np.ndarray) -> float:
        return float((logits.argmax(1) == labels).mean())

    if args.weights:
        networks.load(network, networks.read_weights(args.weights), args.weights)
        module = training.Normalised.of(network, found).to(device)
        fit = loop.Fit([training.tensors(network)], [0])
        said = {"accuracy": accuracy(training.answers(module, choosing.pixels, device))}
    else:
        fit = training.fit(
            network,
            found,
            (given.pixels, given.labels),
            loss=cross_entropy,
            score=accuracy,
            choosing=choosing.pixels,
            schedule=training_flags.schedule(args),
            order=("own", "train", args.seed),
            most=args.per_epoch,
            state=args.state,
            record=record,
            device=device,
        )
        said = {"accuracy": fit.history[fit.best_epochs[0] - 1]["scores"][0]}
    artefacts.save_tensors(args.dense, fit.best[0], {**record, **said, "epoch": fit.best_epochs[0]})
    loop.write_history(args.history, fit)
    Path(args.state).unlink(missing_ok=True)
    print(f"{args.network}: epoch {fit.best_epochs[0]}, accuracy {said['accuracy']:.4f} on held-out images")


if __name__ == "__main__":
    command = Command(__doc__)
    flags.add(command)
    training_flags.add_schedule(command)
    command.takes("--lr-step", "epochs between two drops of the learning rate", type=count)
    command.may_take("--per-epoch", "images of an epoch, others in each; all where it is not given", type=count)
    training_flags.add_device(command)
    command.may_read("--weights", "safetensors, or a state dict; nothing is trained then")
    command.writes("--dense", "checkpoint of the epoch that is best on held-out images")
    command.writes("--history", "CSV: epoch, lr, loss, accuracy on held-out images")
    command.writes("--state", "state of an unfinished training; removed when done")
    command.run(main)
