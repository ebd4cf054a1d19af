"""The syntax tree of a Python file: what is read of a file without running it."""

import ast
from pathlib import Path

from specdnn.errors import UserError


def parsed(path: str | Path) -> ast.Module:
    """The file's syntax tree. Raises UserError, with line and column, where it is no Python."""
    try:
        return ast.parse(Path(path).read_text(encoding="utf-8"))
    except SyntaxError as error:
        line = f", line {error.lineno}, column {error.offset}" if error.lineno else ""  # none: a zero byte
        raise UserError(f"{path}{line}: {error.msg}, expected Python; correct the file") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: {error}, expected Python in UTF-8; correct the file") from None
