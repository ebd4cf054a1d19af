"""Which files of a repository a Python file depends on: what it imports, directly or not. Imports nothing itself."""

import ast
from functools import cache
from pathlib import Path

from specdnn.syntax import parsed

SOURCES = Path("src")  # where the library lies, as seen from the repository's root


@cache  # every job of a cluster asks anew
def imported_by(path: str) -> frozenset[str]:
    """Files that a file imports itself, or names beside itself; paths as seen from the root, the present folder.

    `from specdnn.a import b` gives a.py or a/b.py, and each __init__.py that Python runs on the way; a module beside
    the file, and a file beside it that a string names, count too. The top package's own file has nothing in it.
    """
    found = []
    for node in ast.walk(parsed(path)):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".py"):
            found.append(Path(path).with_name(Path(node.value).name))
        for name in names:
            first, *rest = name.split(".")
            if first != "specdnn":
                found.append(Path(path).with_name(f"{first}.py"))
            for length in range(1, len(rest) + 1):
                place = SOURCES.joinpath(first, *rest[:length])
                found += [place / "__init__.py", place.with_suffix(".py")]
    return frozenset(file.as_posix() for file in found if file.exists()) - {path}


def closure(*paths: str) -> list[str]:
    """The files themselves and all that they import, directly or not, in alphabetical order."""
    found: set[str] = set()
    todo = set(paths)
    while todo:
        found |= todo
        todo = set().union(*map(imported_by, todo)) - found
    return sorted(found)
