"""The shape that every script has on the command line. Only this room and a study's `flags.py` know argparse.

A script declares what it reads, what it writes and which values it takes; from the same declaration come
its flags, its `--help`, and the record that goes into its artefacts. Bad input is one line and exit code 2.
"""

import argparse
import itertools
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

from specdnn import artefacts, files
from specdnn.errors import UserError


def natural(text: str) -> int:
    """A whole number, 0 or more."""
    value = int(text)
    if value < 0:
        raise ValueError
    return value


def count(text: str) -> int:
    """A whole number, 1 or more."""
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def number(text: str) -> float:
    """A finite number, 0 or more."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value


def fraction(text: str) -> float:
    """A number strictly between 0 and 1."""
    value = float(text)
    if not 0 < value < 1:
        raise ValueError
    return value


def proportion(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def class_label(text: str) -> int:
    """A class label from 0 to 9."""
    value = int(text)
    if value not in range(10):
        raise ValueError
    return value


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line: argparse would print all flags before it, and the reader of a log wants the wrong one."""
        self.exit(2, f"{Path(self.prog).stem}: {message}\n")


def _explained(type: Callable) -> Callable:
    """The type, with its docstring for a message: "--t: 1.5 is not a number strictly between 0 and 1"."""

    def parse(text: str) -> object:
        try:
            return type(text)
        except ValueError:
            wanted = (type.__doc__ or "What is wanted").rstrip(".")
            raise argparse.ArgumentTypeError(f"{text} is not {wanted[0].lower()}{wanted[1:]}") from None

    return parse


def rule_of(script: str | Path) -> str:
    """The rule that runs a script, from its path: src/mint/score.py -> mint_score.

    An underscore at the end keeps a script from having the name of a module that Python would then find in its place.
    """
    path = Path(script).resolve().with_suffix("")
    roots = (folder for folder in path.parents if folder.name == "src" and (folder / "specdnn").is_dir())
    return "_".join(path.relative_to(next(roots, path.parent)).parts).rstrip("_")


class Command:
    """A script's command line: `reads` and `writes` are paths, `takes` are values."""

    def __init__(self, doc: str):
        self._rule = rule_of(sys.argv[0])
        self._parser = _Parser(description=doc.strip(), allow_abbrev=False)
        self._inputs: list[str] = []
        self._many: list[str] = []
        self._values: list[str] = []

    def _add(self, flag: str, required: bool = True, **options: Any) -> str:
        if "type" in options:
            options["type"] = _explained(options["type"])
        return self._parser.add_argument(flag, required=required, **options).dest

    def reads(self, flag: str, help: str) -> None:
        """A file whose SHA-256 enters the record."""
        self._inputs.append(self._add(flag, help=help, metavar="FILE"))

    def may_read(self, flag: str, help: str) -> None:
        """A file that need not be given."""
        self._inputs.append(self._add(flag, required=False, help=help, metavar="FILE"))

    def reads_many(self, flag: str, help: str) -> None:
        """Files of which the record says nothing: tables carry their rows' own records."""
        self._many.append(self._add(flag, help=help, metavar="FILE", nargs="+"))

    def writes(self, flag: str, help: str) -> None:
        self._add(flag, help=help, metavar="FILE")

    def takes(self, flag: str, help: str, type: Callable = str, choices: Iterable[str] | None = None) -> None:
        """A value that decides the result: part of the record."""
        self._values.append(self._add(flag, help=help, type=type, choices=choices and sorted(choices)))

    def may_take(self, flag: str, help: str, type: Callable = str) -> None:
        """A value that need not be given; part of the record where it is."""
        self._values.append(self._add(flag, required=False, help=help, type=type))

    def takes_many(self, flag: str, help: str, each: Callable = str) -> None:
        """Values that `each` accepts; kept as the texts that they are."""

        def checked(text: str) -> str:
            each(text)
            return text

        checked.__doc__ = each.__doc__
        self._values.append(self._add(flag, help=help, nargs="+", type=checked))

    def allows(self, flag: str, help: str, type: Callable = str) -> None:
        """A value that cannot change the result, like a time-out: not part of the record."""
        self._add(flag, help=help, type=type)

    def allows_many(self, flag: str, help: str) -> None:
        self._add(flag, help=help, nargs="+")

    def run(self, main: Callable[[argparse.Namespace, dict], None]) -> None:
        """Parse, call `main(args, record)`, and turn a user's mistake into a line and exit code 2."""
        args = self._parser.parse_args()
        try:
            inputs = {name: getattr(args, name) for name in self._inputs if getattr(args, name) is not None}
            params = {name: getattr(args, name) for name in self._values if getattr(args, name) is not None}
            for path in itertools.chain.from_iterable(getattr(args, name) for name in self._many):
                files.verified(path)
            main(args, artefacts.make_record(self._rule, params, inputs))
        except UserError as error:
            sys.exit(self._say(str(error)))
        except (MemoryError, RuntimeError) as error:
            if not isinstance(error, MemoryError) and "can't allocate memory" not in str(error):  # torch's words for it
                raise
            sys.exit(self._say("out of memory; run fewer jobs at a time (--cores), or on a machine with more"))
        except OSError as error:
            where = error.filename2 or error.filename or "the disk"
            sys.exit(
                self._say(f"{where}: {error.strerror}; mend the file, its rights or its disk, and run the same again")
            )

    def _say(self, message: str) -> int:
        print(f"{self._rule}: {message}", file=sys.stderr)
        return 2
