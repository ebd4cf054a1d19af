"""Put the tables that the study wrote into README.md, between its `begin` and `end` marks; `make readme`."""

import re
import sys
from pathlib import Path

MARKED = re.compile(r"(<!-- begin (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def first_table(path: str) -> str:
    """The title and the first table of a Markdown file of `tables`."""
    title, _, table = Path(path).read_text().split("\n\n")[:3]
    return f"**{title.removeprefix('## ')}**\n\n{table}\n"


def refreshed(text: str) -> str:
    return MARKED.sub(lambda match: match[1] + "\n" + first_table(match[2]) + "\n" + match[3], text)


if __name__ == "__main__":
    readme = Path(sys.argv[1])
    readme.write_text(refreshed(readme.read_text()))
