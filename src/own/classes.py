"""Say which classes each set of a study stands for, so that a wrong name is refused before anything is trained."""

import json
from argparse import Namespace

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.own import images
from specdnn.own.classes import numbered, slug


def main(args: Namespace, record: dict) -> None:
    names = images.load(args.images).names
    sets = [json.loads(text) for text in args.sets]
    found = {slug(wanted): numbered(wanted, names) for wanted in sets}
    told = {of: {"numbers": numbers, "names": [names[label] for label in numbers]} for of, numbers in found.items()}
    artefacts.write_json(args.classes, {"record": record, "names": [*names], "sets": told})
    print(f"{len(names)} classes, {len(told)} sets")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--sets", "each as JSON: a list of names or numbers, as texts", each=json.loads)
    command.reads("--images", "what `own_images` gathered")
    command.writes("--classes", "JSON: the names of all classes; set -> numbers and names")
    command.run(main)
