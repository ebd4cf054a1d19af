"""Join what was found about the communities of all networks."""

from argparse import Namespace

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.evaluation.stored import check_settings


def main(args: Namespace, record: dict) -> None:
    settings = dict(entry.split("=") for entry in args.settings)
    joined: dict[str, dict[str, list[dict]]] = {}
    for path in args.communities:
        found = artefacts.read_json(path)
        params = found["record"]["params"]
        dataset, model = params.get("dataset"), params["model"]
        check_settings(path, params.get("settings"), settings.get(f"{dataset}/{model}"))
        joined.setdefault(dataset, {}).setdefault(model, []).append(found)
    artefacts.write_json(args.joined, joined)
    print(f"communities of {len(args.communities)} dense networks")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--settings", "DATASET/MODEL=SETTINGS: what the files must be made with")
    command.reads_many("--communities", "JSON of `compare_communities`, one a network")
    command.writes("--joined", "JSON: dataset -> model -> what `compare_communities` found, an entry a network")
    command.run(main)
