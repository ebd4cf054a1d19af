"""The flags that scripts of this study share, and what they stand for."""

from argparse import Namespace
from collections.abc import Mapping

import numpy as np
from torch import nn

from specdnn import artefacts, files
from specdnn.cli import Command, fraction
from specdnn.own import networks, training
from specdnn.own.images import Images


def add(command: Command) -> None:
    """Beside the seed."""
    command.takes("--network", "residual, torchvision:NAME or FILE.py:function")
    command.takes("--held-out", "share of the training images that is put aside, and chooses", type=fraction)
    command.reads("--images", "what `own_images` gathered")


def network(args: Namespace, images: Images, record: dict) -> nn.Module:
    """The untrained dense network; the user's own file enters the record."""
    if file := networks.file_of(args.network):
        made = networks.dense(args.network, **_sizes(images), seed=args.seed)
        record["inputs"]["network"] = files.verified(file)
        return made
    return networks.dense(args.network, **_sizes(images), seed=args.seed)


def trained(args: Namespace, images: Images, record: dict) -> nn.Module:
    """The dense network as `own_train` left it, for answers."""
    tensors, said = artefacts.load_tensors(args.dense)
    artefacts.check_fresh(args.dense, said, {"images": args.images})
    return training.loaded(network(args, images, record), tensors)


def statistics(args: Namespace) -> Mapping[str, np.ndarray] | None:
    return artefacts.load_tensors(args.statistics)[0] if args.statistics else None


def _sizes(images: Images) -> dict[str, int]:
    return {"classes": len(images.names), "channels": images.channels, "size": images.size}
