"""Cut a network of torchvision with random weights, for several shares and sets of classes, and certify each cut."""

import time
from argparse import Namespace
from typing import Any

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from specdnn import artefacts, seeding
from specdnn.cli import Command, count, fraction, natural
from specdnn.cutting import cut, structure
from specdnn.errors import UserError


def random_network(name: str, seed: int) -> nn.Module:
    """With weights from torch's own distributions, and norms as if they had been trained: no factor is 1, no shift 0.

    Raises UserError where torchvision has no classifier of this name.
    """
    if name not in torchvision.models.list_models(module=torchvision.models):
        raise UserError(f"{name}: torchvision has no classifier of this name")
    given: dict[str, Any] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    with torch.random.fork_rng():
        torch.manual_seed(seeding.stream("exactness", name, seed).initial_seed())
        network = torchvision.models.get_model(name, weights=None, **given)
        for parameter in network.parameters():
            if not parameter.any():  # a head of zeros would answer 0 whatever was cut
                nn.init.normal_(parameter, std=0.02)
        for norm in network.modules():
            if isinstance(norm, _BatchNorm):
                for values, low, high in ((norm.weight, 0.5, 1.5), (norm.bias, -0.5, 0.5)):
                    nn.init.uniform_(values, low, high)
                norm.running_mean.uniform_(-0.5, 0.5)
                norm.running_var.uniform_(0.5, 1.5)
    return network.eval()


def row(network: nn.Module, seen: structure.Structure, share: float, classes: int, args: Namespace) -> dict:
    """One cut, or why there is none."""
    example = torch.randn(1, 3, args.size, args.size, generator=seeding.stream("example", args.seed))
    generator = np.random.default_rng(args.seed)
    chosen = sorted(generator.choice(len(seen.classes), classes, replace=False).tolist())
    row = {"network": args.network, "size": args.size, "share": share, "classes": classes}
    try:
        found = cut.extract(network, example, chosen, share=share, structure=seen)
    except UserError as error:
        return {**row, "refused": str(error)}
    return {
        **row,
        "difference": found.certificate.difference,
        "parameters": found.parameters,
        "dense_parameters": found.dense.parameters,
        "multiply_accumulates": found.multiply_accumulates,
        "dense_multiply_accumulates": found.dense.multiply_accumulates,
        "moved": found.moved,
        "whole": dict(found.whole),
    }


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    shares, counts = [*map(float, args.shares)], [*map(int, args.classes)]
    network, begun = random_network(args.network, args.seed), time.monotonic()
    try:
        seen = structure.read(network, torch.zeros(1, 3, args.size, args.size))
    except UserError as error:
        rows = [{"network": args.network, "size": args.size, "refused": str(error)}]
    else:
        rows = [row(network, seen, share, classes, args) for share in shares for classes in counts]
    artefacts.write_json(args.cuts, {"record": record, "cuts": rows})
    print(f"{args.network}: {len(rows)} cuts in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--network", "of torchvision")
    command.takes("--size", "pixels of a side of its images", type=count)
    command.takes("--seed", "names the random streams", type=natural)
    command.takes("--threads", "torch threads", type=count)
    command.takes_many("--shares", "of the parameters", each=fraction)
    command.takes_many("--classes", "how many classes, a cut each", each=count)
    command.writes("--cuts", "JSON: a certificate for each share and number of classes")
    command.run(main)
