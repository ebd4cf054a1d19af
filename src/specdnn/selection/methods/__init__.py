"""The ways to choose a layer's inputs: a module a method, its name is what the wildcard `method` takes.

Nothing else lists them, so a new one concerns no job of the others. The workflow must know a few facts of each before
it runs anything; it reads them from the method's file (`facts`) and imports none.
"""

import ast
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdnn.errors import UserError
from specdnn.syntax import parsed

if TYPE_CHECKING:
    from specdnn.selection.method import Method

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The methods that there are, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))


def load(name: str) -> "Method":
    """The method of this name. Raises UserError where there is none."""
    if name not in names():
        raise UserError(f"{name}: no selection method of this name; known: {', '.join(names())}")
    return import_module(f"{__name__}.{name}").METHOD


@cache
def facts(name: str) -> dict[str, Any]:
    """The keywords in `METHOD = Method(..., reads=("gradients",))` of the method's file; True for what is computed."""
    for node in parsed(FOLDER / f"{name}.py").body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "METHOD":
            keywords = node.value.keywords if isinstance(node.value, ast.Call) else []
            return {given.arg: _value(given.value) for given in keywords if given.arg}
    raise UserError(f"{FOLDER / name}.py: has no METHOD = Method(...); see magnitude.py beside it")


def _value(node: ast.expr) -> Any:
    return ast.literal_eval(node) if isinstance(node, ast.Constant | ast.Tuple) else True
