"""Which specialists have collapsed: their answer is no, whatever the image."""

from collections.abc import Mapping


def sentence(collapsed: Mapping[str, bool]) -> str:
    """collapsed: class -> has its specialist collapsed? Such as "2 of 10 specialists answer no to everything: 3, 8"."""
    which = [label for label, has in collapsed.items() if has]
    verb = "answer" if len(which) > 1 else "answers"
    many = f"{len(which) or 'none'} of {len(collapsed)} specialist{'s' if len(collapsed) != 1 else ''}"
    return f"{many} {verb} no to everything" + (f": {', '.join(which)}" if which else "")
