"""Run MINT on a convolutional network and images of your own: train, score, prune, retrain, evaluate."""

from argparse import Namespace
from pathlib import Path

import torch
from threadpoolctl import threadpool_limits
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset, Subset

from specdnn import artefacts, seeding
from specdnn.cli import Command, count, fraction, natural, training_flags
from specdnn.dependence.information import READINGS, Slips
from specdnn.dependence.sampling import balanced
from specdnn.dependence.scoring import score
from specdnn.errors import UserError
from specdnn.mint.blocks import Grid, cut_to_share, pruned_share, weight_mask
from specdnn.mint.pictures import labels_of, splits
from specdnn.mint.vision import MODELS, activations, prunable
from specdnn.networks import mask
from specdnn.training.loop import Batches, Feed, fit


def batches(args: Namespace, images: Dataset, stream: torch.Generator | None = None) -> DataLoader:
    return DataLoader(images, args.batch_size, shuffle=stream is not None, generator=stream, num_workers=args.workers)


def train(args: Namespace, network: nn.Module, images: Dataset, stage: str, record: dict) -> None:
    """SGD with Nesterov momentum on cross-entropy, in place; no epoch is chosen."""
    order = ("mint", stage, args.seed)

    def given(epoch: int) -> Batches:
        shuffled = batches(args, images, seeding.stream(*order, "epoch", epoch))
        return ((inputs.to(args.device), labels.to(args.device)) for inputs, labels in shuffled)

    fit(
        network,
        Feed(len(images), given),
        loss=cross_entropy,
        tensors=lambda: [{}],
        scores=lambda: [0.0],
        schedule=training_flags.schedule(args, nesterov=True),
        state=state_of(args, stage),
        record={**record, "stage": stage},
        begin=lambda epoch: network.train(),
        keep_state=True,
    )


def state_of(args: Namespace, part: str) -> Path:
    return Path(args.state).with_suffix(f".{part}")


@torch.no_grad()
def accuracy(args: Namespace, network: nn.Module, images: Dataset) -> float:
    network.eval()
    right = sum(
        (network(images_of.to(args.device)).argmax(1).cpu() == labels).sum().item()
        for images_of, labels in batches(args, images)
    )
    return right / len(images)


def grids_of(args: Namespace, network: nn.Module) -> dict[str, Grid]:
    """Layer -> its groups of channels, at most one a channel. UserError where they do not divide it."""
    grids = {}
    for layer in prunable(network):
        convolution = network.get_submodule(layer)
        inputs, units = convolution.in_channels, convolution.out_channels
        grids[layer] = Grid(layer, min(args.groups, inputs), min(args.groups, units))
        grids[layer].check(inputs, units, "groups of mint.vision.rows")
    return grids


def check_images(args: Namespace, images: Dataset) -> None:
    """Refuse (UserError) labels that the network has no output for, and samples too few for a score."""
    labels = labels_of(images)
    if labels.max() >= args.classes:
        raise UserError(f"{args.images}: has label {labels.max()}; set classes of mint.vision.rows to more than that")
    if (drawn := args.samples * len(set(labels))) < 3:
        raise UserError(f"{args.images}: {drawn} samples, a score takes 3; raise samples of mint.vision.rows")


def scores_of(
    args: Namespace, network: nn.Module, grids: dict[str, Grid], images: Dataset, record: dict
) -> tuple[dict, dict]:
    """Layer -> scores of its blocks, and layer -> its weights' shape."""
    chosen = balanced(labels_of(images), args.samples, seeding.stream("mint", "vision sample", args.seed))
    given = (images_of.to(args.device) for images_of, _ in batches(args, Subset(images, chosen)))
    scores, shapes = {}, {}
    for layer, (parents, children) in activations(network, given, prunable(network)).items():
        grid = grids[layer]
        slips = Slips(args.pairing, args.neighbour, args.edges)
        if slips.pairing == "released":  # rows of other images, without a second pass over images
            shuffled = torch.randperm(len(children), generator=seeding.stream("mint", "vision pairing", args.seed))
            children = children[shuffled.numpy()]
        print(f"{grid}", flush=True)
        state = state_of(args, layer)
        of_layer = {**record, "layer": layer}
        with threadpool_limits(args.threads):
            scores[layer] = score(parents, children, grid.parents, grid.children, slips, state=state, record=of_layer)
        shapes[layer] = (children.shape[1], parents.shape[1])
    return scores, shapes


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    training_set, test_set = splits(args.images)
    torch.manual_seed(seeding.stream("mint", "vision init", args.seed).initial_seed())
    network = MODELS[args.model](args.classes).to(args.device)
    grids = grids_of(args, network)
    check_images(args, training_set)
    if args.weights:
        load(network, args.weights)
    else:
        train(args, network, training_set, "train", record)
    before = accuracy(args, network, test_set)
    scores, shapes = scores_of(args, network, grids, training_set, record)
    sizes = {name: dict(network.named_modules())[name].weight.numel() for name in scores}
    stays = cut_to_share(scores, args.share, args.cap, sizes)
    masks = {f"{layer}.weight": weight_mask(left, *shapes[layer])[:, :, None, None] for layer, left in stays.items()}
    zero_masked(network, masks)
    mask.register(network, masks)
    train(args, network, training_set, "retrain", record)
    mask.settle(network, masks)
    tensors = {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
    artefacts.save_tensors(args.pruned, tensors, record)
    share = pruned_share(stays, sizes)
    metrics = {"record": record, "accuracy_before": before, "accuracy": accuracy(args, network, test_set)}
    artefacts.write_json(args.metrics, {**metrics, "pruned_share": share, "layers": len(stays)})
    for part in ("train", *scores, "retrain"):
        state_of(args, part).unlink(missing_ok=True)
    print(f"{args.model}: {100 * share:.2f} % of {len(stays)} layers pruned, accuracy {metrics['accuracy']:.4f}")


@torch.no_grad()
def zero_masked(network: nn.Module, masks: dict) -> None:
    """So that masked kernels stay zero in training, whatever momentum and weight decay do."""
    for name, of_parameter in masks.items():
        parameter = network.get_parameter(name)
        parameter.mul_(torch.from_numpy(of_parameter).to(parameter))


def load(network: nn.Module, path: str) -> None:
    """Take over a checkpoint of this package; UserError where it is another network's."""
    tensors = {name: torch.from_numpy(tensor) for name, tensor in artefacts.load_tensors(path)[0].items()}
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise UserError(f"{path}: not weights of this network ({str(error).splitlines()[0]})") from None


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=MODELS)
    command.takes("--images", "cifar10:FOLDER, folder:FOLDER or generated:N")
    command.takes("--classes", "outputs of the network", type=count)
    command.takes("--groups", "groups of a layer's inputs, and of its outputs", type=count)
    command.takes("--samples", "training images of each class, drawn with replacement", type=count)
    command.takes("--share", "share of the layers' weights to prune at most", type=fraction)
    command.takes("--cap", "share of a layer above which its own scores make the cut", type=fraction)
    for slip in ("pairing", "neighbour", "edges"):
        command.takes(f"--{slip}", "reading of the released code's slip", choices=READINGS)
    training_flags.add_schedule(command)
    command.takes("--lr-step", "epochs between two drops of the learning rate", type=count)
    command.takes("--device", "where torch computes: cpu, cuda")
    command.allows("--workers", "processes that load images", type=natural)
    command.may_read("--weights", "weights to start from; without them the network is trained first")
    command.writes("--pruned", "checkpoint of the pruned network")
    command.writes("--metrics", "JSON: accuracy before and after, share pruned")
    command.writes("--state", "stem of the states of unfinished trainings and scores; removed when done")
    command.run(main)
