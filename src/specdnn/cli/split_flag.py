"""The flag that says which training images are held out: of trainings, and of what looks at training images."""

from argparse import Namespace

from specdnn.cli import Command, natural


def add(command: Command) -> None:
    command.may_take("--split", "which images are held out; 0, the main study's, where it is not given", type=natural)


def of(args: Namespace) -> int:
    """0 for a script without the flag."""
    return getattr(args, "split", None) or 0
