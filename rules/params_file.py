"""params.yaml and the files that overlay it, read strictly, before anything uses a value of theirs.

Snakemake reads them by YAML 1.1, takes the last of two equal keys, and runs a file that asks for it; DVC reads them by
YAML 1.2. What the two would not read alike is refused by file, line and column.
"""

import atexit
import functools
import io
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError as DvcError
from snakemake.exceptions import WorkflowError

Key = tuple[str | int, ...]
DVC = YAML(typ="safe", pure=True)
TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")}
MOST = 100_000  # values of a file, its aliases written out


def refusal(why: str) -> WorkflowError:
    """An error in words; they come once more at the very end, after all that Snakemake says of where it was raised."""
    atexit.register(print, why, file=sys.stderr, flush=True)
    return WorkflowError(why)


def checked(path: Path) -> dict[Key, str]:
    """The places of a file that Snakemake is to read, which is named as from this folder; raises a refusal."""
    try:
        return places(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    except WorkflowError as error:
        raise refusal(str(error)) from None


def places(path: Path) -> dict[Key, str]:
    """Key of every value of the file -> FILE:LINE:COLUMN, such as ("study", "classes", 0) -> "params.yaml:9:13".

    () stands for the whole file. Raises WorkflowError, which names the place, what was expected, and what to do.
    """
    stream = io.StringIO(_text(path))
    stream.name = str(path)  # which every mark of a node then has
    try:
        root = yaml.compose(stream, yaml.SafeLoader)
        if not isinstance(root, yaml.MappingNode):
            found = "nothing" if root is None else "a list" if isinstance(root, yaml.SequenceNode) else "a value"
            raise WorkflowError(f"{path}:1:1: {found}, expected keys with values, such as `study:`")
        found = {}
        for key, mark in _marks(root, (), root.start_mark):
            found[key] = _place(mark)
            if len(found) > MOST:
                raise WorkflowError(f"{path}: more than {MOST:,} values, its aliases written out; write fewer")
        return found
    except yaml.MarkedYAMLError as error:
        raise WorkflowError(f"{_place(error.problem_mark)}: {error.problem}; correct the YAML") from None
    except yaml.reader.ReaderError as error:
        where = _after(stream.getvalue()[: error.position])
        raise WorkflowError(f"{path}:{where}: character {error.character:#x}, expected text; delete it") from None
    except RecursionError:
        raise WorkflowError(f"{path}: lists within lists without an end; write it flat") from None


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return content.decode()
    except OSError as error:
        raise WorkflowError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        where, byte = _after(content[: error.start].decode()), content[error.start]
        raise WorkflowError(f"{path}:{where}: byte {byte:#x}, expected UTF-8; save it as that") from None


def _after(before: str) -> str:
    """LINE:COLUMN of the character that comes after this text; both count from 1."""
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def _place(mark: yaml.Mark) -> str:
    return f"{mark.name}:{mark.line + 1}:{mark.column + 1}"


def _marks(node: yaml.Node, key: Key, mark: yaml.Mark) -> Iterator[tuple[Key, yaml.Mark]]:
    """Every value below a node with where it stands, checked; mark: that of the node."""
    if node.tag not in TAGS:
        what = (isinstance(node, yaml.ScalarNode) and node.value) or node.tag
        raise _refusal(
            node, f"{what} is none of what a value may be; expected text, a number, a list or keys; quote it"
        )
    yield key, mark
    if isinstance(node, yaml.ScalarNode):
        _check(node)
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield from _marks(item, (*key, place), item.start_mark)
    else:
        names: dict[str, int] = {}
        for name, value in node.value:
            _check_name(name)
            if name.value in names:
                raise _refusal(name, f"{name.value} has a value in line {names[name.value]} already; delete one")
            names[name.value] = name.start_mark.line + 1
            yield from _marks(value, (*key, name.value), name.start_mark)


def _check_name(node: yaml.Node) -> None:
    if not isinstance(node, yaml.ScalarNode):
        raise _refusal(node, "expected a name before the colon")
    _check(node)
    if not node.tag.endswith(":str"):
        raise _refusal(node, f"{node.value}, expected a name before the colon; quote it")
    if node.value.startswith(("__", "?")):
        raise _refusal(node, f"{node.value} asks Snakemake to run the file as a program (YTE); expected values only")


def _check(node: yaml.ScalarNode) -> None:
    """Refuse a word that Snakemake and DVC do not read as the same finite value; what is quoted is text to both."""
    word = node.value
    if node.style is not None or any(map(str.isspace, word)):
        return
    try:
        snakemake, dvc = _readings(word)
    except (ValueError, yaml.YAMLError, DvcError):
        raise _refusal(node, f"{word[:20]}… cannot be read; write another value, or quote it") from None
    if isinstance(snakemake, float) and not math.isfinite(snakemake):
        raise _refusal(node, f"{word}, expected a finite number")
    if repr(snakemake) != repr(dvc):
        raise _refusal(node, f"{word} is {snakemake!r} to Snakemake and {dvc!r} to DVC; write which one you mean")
    if "_" in word and not isinstance(dvc, str):
        raise _refusal(node, f"{word} is {dvc!r} to some programs and text to others; write {dvc!r}, or quote it")


@functools.cache
def _readings(word: str) -> tuple[object, object]:
    return yaml.safe_load(word), DVC.load(word)


def _refusal(node: yaml.Node, problem: str) -> WorkflowError:
    return WorkflowError(f"{_place(node.start_mark)}: {problem}")
