"""Retrain one class's specialist, as the small network that it is, and keep its best and its last epoch."""

from argparse import Namespace

from specdnn import seeding, training, training_flags
from specdnn.cli import Command
from specdnn.network import Network, logits
from specdnn.specialist import load_specialist


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    specialist = load_specialist(args.selection, args.dense)
    training_set, choosing_set = training_flags.images(args)
    network = Network(specialist.architecture, specialist.kept, (specialist.label,)).load(specialist.tensors)
    choosing_inputs = network.prepare(choosing_set.images)
    is_class = choosing_set.labels == specialist.label

    def accuracy(trained: Network) -> float:
        says_yes = logits(trained, choosing_inputs, training_flags.CHOOSING_BATCH)[:, 0] > 0
        return (says_yes == is_class).double().mean().item()

    fit = training.fit(
        network,
        training_set.images,
        (training_set.labels == specialist.label).float().unsqueeze(1),
        loss=training.sigmoid_squared_error,
        choose_by=accuracy,
        schedule=training_flags.schedule(args),
        order=("retrain", args.seed, specialist.label),
        state=args.state,
        record=record,
    )
    training.keep(fit, args, record)
    chosen = fit.history[fit.best_epoch - 1]
    print(f"class {specialist.label}: epoch {fit.best_epoch}, accuracy {chosen['accuracy']:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    training_flags.add_values(command)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--selection", "what `specialize` kept")
    training_flags.add_files(command)
    command.run(main)
