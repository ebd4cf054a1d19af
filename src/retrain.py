"""Retrain one class's specialist, as the small network that it is, and keep its best and its last epoch."""

from argparse import Namespace

from torch import Tensor

from specdnn import seeding
from specdnn.cli import Command, training_flags
from specdnn.networks.network import Network, logits
from specdnn.selection.specialist import load_specialist
from specdnn.training import loop
from specdnn.training.losses import sigmoid_squared_error


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    specialist = load_specialist(args.selection, args.dense)
    training_set, choosing_set = training_flags.images(args)
    schedule = training_flags.schedule(args)
    network = Network(specialist.architecture, specialist.kept, (specialist.label,)).load(specialist.tensors)
    inputs, choosing_inputs = network.prepare(training_set.images), network.prepare(choosing_set.images)
    targets = (training_set.labels == specialist.label).float().unsqueeze(1)  # n x 1
    is_class = choosing_set.labels == specialist.label

    def says_yes() -> Tensor:
        return logits(network, choosing_inputs, training_flags.CHOOSING_BATCH)[:, 0] > 0

    fit = loop.fit(
        network,
        loop.Feed.in_memory(inputs, targets, schedule.batch_size, ("retrain", args.seed, specialist.label)),
        loss=sigmoid_squared_error,
        tensors=lambda: [network.tensors()],
        scores=lambda: [(says_yes() == is_class).double().mean().item()],
        schedule=schedule,
        state=args.state,
        record=record,
    )
    loop.keep(fit, training_flags.files(args), record)
    network.load(fit.best[0])
    collapsed = "" if says_yes().any() else "; it answers no to every image that chooses the epoch"
    print(f"class {specialist.label}: {fit.summary}{collapsed}")


if __name__ == "__main__":
    command = Command(__doc__)
    training_flags.add_values(command)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--selection", "what `specialize` kept")
    training_flags.add_files(command)
    command.run(main)
