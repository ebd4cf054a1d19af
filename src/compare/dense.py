"""Score a dense network as ten specialists: is its largest output this class's, and is it by as much as is best?"""

from argparse import Namespace

from specdnn import seeding
from specdnn.cli import Command, class_label, count, natural, split_flag, training_flags
from specdnn.data.protocols import test_split
from specdnn.evaluation import one_class
from specdnn.names import PROTOCOLS
from specdnn.networks import models
from specdnn.networks.network import Network, leads, logits
from specdnn.selection.specialist import load_dense


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    test = test_split(args.data, args.test_images)
    _, choosing = training_flags.images(args)
    architecture = models.load(args.model)
    network = Network(architecture).load(load_dense(args.dense, args.model))
    answers, before = (
        leads(logits(network, network.prepare(part.images), args.batch_size)).numpy() for part in (test, choosing)
    )  # images x 10: above 0 where the class's output is the largest
    labels, held_labels = test.labels.numpy(), choosing.labels.numpy()
    sizes = {"asked": architecture.parameters, "parameters": architecture.parameters}
    rows = [
        {
            **{"units": "dense", "draw": 1, "label": label, **sizes},
            **one_class.scored(answers[:, label], labels == label, before[:, label], held_labels == label),
            **one_class.accepted(answers[:, label], labels),
        }
        for label in sorted({*map(int, args.labels)})
    ]
    one_class.write(args.scores, rows, {**vars(args), "part": "dense"})
    print(f"{args.model}: {len(rows)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--dataset", "that its rows are filed under")
    command.takes("--seed", "of the dense network", type=natural)
    command.takes("--protocol", "what chose the epoch", choices=PROTOCOLS)
    command.takes("--train-images", "the first so many training images", type=count)
    command.takes("--choosing-images", "how many images chose the epoch", type=count)
    split_flag.add(command)
    command.takes("--device", "that trained the network: said in the scores")
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.takes_many("--labels", "classes", each=class_label)
    command.takes("--settings", "a name for all values behind these scores")
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.writes("--scores", "CSV: one row a class")
    command.run(main)
