"""Run MINT on a convolutional network and images of your own: train, score, prune, retrain, evaluate."""

from argparse import Namespace
from pathlib import Path

import torch
import torch.nn.functional as F
from threadpoolctl import threadpool_limits
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset

from specdnn import artefacts, seeding
from specdnn.cli import Command, count, fraction, natural, number
from specdnn.errors import UserError
from specdnn.mint.blocks import Grid, cut_to_share, pruned_share, weight_mask
from specdnn.mint.information import READINGS, Slips
from specdnn.mint.pictures import labels_of, splits
from specdnn.mint.sampling import balanced
from specdnn.mint.scoring import score
from specdnn.mint.vision import MODELS, Masks, activations, prunable


def batches(args: Namespace, images: Dataset, stream: torch.Generator | None = None) -> DataLoader:
    return DataLoader(images, args.batch_size, shuffle=stream is not None, generator=stream, num_workers=args.workers)


def train(args: Namespace, network: nn.Module, images: Dataset, order: tuple, masks: Masks | None = None) -> None:
    """SGD with Nesterov momentum on cross-entropy, in place; masked kernels stay zero."""
    optimiser = torch.optim.SGD(
        network.parameters(), args.lr, momentum=args.momentum, weight_decay=args.weight_decay, nesterov=True
    )
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, args.lr_step, args.lr_gamma)
    for epoch in range(1, args.epochs + 1):
        network.train()
        for images_of, labels in batches(args, images, seeding.stream(*order, "epoch", epoch)):
            loss = F.cross_entropy(network(images_of.to(args.device)), labels.to(args.device))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if masks:
                masks.apply()
        if not torch.isfinite(loss):
            raise UserError(f"epoch {epoch}: the loss is {loss.item()}; training diverged, lower lr = {args.lr}")
        schedule.step()
        print(f"{order[1]}: epoch {epoch} of {args.epochs}, loss of the last batch {loss.item():.4f}", flush=True)


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
        state = Path(args.state).with_suffix(f".{layer}")
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
        train(args, network, training_set, ("mint", "train", args.seed))
    before = accuracy(args, network, test_set)
    scores, shapes = scores_of(args, network, grids, training_set, record)
    sizes = {name: dict(network.named_modules())[name].weight.numel() for name in scores}
    stays = cut_to_share(scores, args.share, args.cap, sizes)
    masks = Masks(network, {layer: weight_mask(of, *shapes[layer]) for layer, of in stays.items()})
    masks.apply()
    train(args, network, training_set, ("mint", "retrain", args.seed), masks)
    tensors = {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
    artefacts.save_tensors(args.pruned, tensors, record)
    share = pruned_share(stays, sizes)
    metrics = {"record": record, "accuracy_before": before, "accuracy": accuracy(args, network, test_set)}
    artefacts.write_json(args.metrics, {**metrics, "pruned_share": share, "layers": len(stays)})
    for layer in scores:
        Path(args.state).with_suffix(f".{layer}").unlink(missing_ok=True)
    print(f"{args.model}: {100 * share:.2f} % of {len(stays)} layers pruned, accuracy {metrics['accuracy']:.4f}")


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
    command.takes("--epochs", "of training, where no weights are given, and of retraining", type=count)
    command.takes("--batch-size", "images per step", type=count)
    command.takes("--lr", "learning rate of the first epoch", type=number)
    command.takes("--lr-step", "epochs between two drops of the learning rate", type=count)
    command.takes("--lr-gamma", "factor of a drop", type=fraction)
    command.takes("--momentum", "Nesterov momentum of SGD", type=number)
    command.takes("--weight-decay", "weight decay on all parameters", type=number)
    command.takes("--seed", "names the random streams", type=natural)
    command.takes("--threads", "torch threads", type=count)
    command.takes("--device", "where torch computes: cpu, cuda")
    command.allows("--workers", "processes that load images", type=natural)
    command.may_read("--weights", "weights to start from; without them the network is trained first")
    command.writes("--pruned", "checkpoint of the pruned network")
    command.writes("--metrics", "JSON: accuracy before and after, share pruned")
    command.writes("--state", "scores so far, a file a layer; removed when done")
    command.run(main)
