"""Record what each layer of a dense network reads on sampled training images, for methods that rank by it."""

from argparse import Namespace

from specdnn import artefacts, seeding
from specdnn.cli import Command, count, natural, split_flag
from specdnn.data.protocols import splits
from specdnn.dependence.sampling import balanced
from specdnn.names import PROTOCOLS
from specdnn.networks import models
from specdnn.networks.network import LOGITS, Network
from specdnn.networks.trace import trace
from specdnn.selection.specialist import load_dense


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    network = Network(models.load(args.model)).load(load_dense(args.dense, args.model))
    counts = {"train": args.train_images, "choosing": args.choosing_images}
    training_set, _ = splits(args.data, args.protocol, **counts, split=split_flag.of(args))
    stream = seeding.stream("activations", args.seed, args.images_per_class)
    drawn = balanced(training_set.labels.numpy(), args.images_per_class, stream)
    seen = trace(network, training_set.images[drawn])
    layers = [layer.name for layer in network.architecture.layers]
    read = {name: seen[name] if seen[name].dim() == 2 else seen[name].mean(dim=(2, 3)) for name in layers}
    tensors = {name: values.numpy() for name, values in {**read, "outputs": seen[LOGITS]}.items()}
    artefacts.save_tensors(args.activations, tensors, record)
    print(f"{args.model}: activations of {len(read)} layers on {len(drawn):,} images")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--protocol", "whose training images", choices=PROTOCOLS)
    command.takes("--train-images", "use the first so many training images", type=count)
    command.takes("--choosing-images", "how many images choose the epoch, and are left out here", type=count)
    command.takes("--images-per-class", "training images of each class, drawn with replacement", type=count)
    command.takes("--seed", "names the random stream", type=natural)
    split_flag.add(command)
    command.takes("--threads", "torch threads", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.writes("--activations", "safetensors: {layer}, images x inputs, a map as its mean; outputs, images x 10")
    command.run(main)
