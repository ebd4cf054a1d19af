# Functions and patterns of the studies of own networks: no rule.

OWN = config["own"]
OWN_PLACE = f"{config['pathvars']['results']}/own/{{own}}"
OWN_FILES = f"{OWN_PLACE}/seed{{seed}}/{{classes}}/networks/{{method}}/{{share}}"
OWN_SCORES = f"{config['pathvars']['results']}/scores/own/{{own}}/seed{{seed}}/{{classes}}.csv"


def own_sets(own):
    """The sets of a study: its part of paths -> names or numbers, as texts."""
    return {slug(texts): texts for texts in ([*map(str, wanted)] for wanted in OWN[own]["classes"])}


def own_scores(own):
    return expand(OWN_SCORES, own=own, seed=OWN[own]["seeds"], classes=own_sets(own))


def own_files(own, name, dense):
    """A file of every network that is exported; dense: of the dense ones, too."""
    entry = OWN[own]["export"]
    places = {"own": own, "seed": entry["seeds"], "classes": own_sets(own)}
    found = expand(
        f"{OWN_FILES}/{name}", **places, method=entry["methods"], share=map("{:g}".format, OWN[own]["shares"])
    )
    return found + (expand(f"{OWN_FILES}/{name}", **places, method="dense", share=1) if dense else [])


def own_dataset(own):
    """The dataset of fetch.datasets that a study is about; None where its images are the user's."""
    source = OWN[own]["images"]["source"]
    return None if ":" in source else source


def own_card(w):
    dataset = own_dataset(w.own)
    return [f"{config['pathvars']['data']}/{dataset}/dataset.json", *raw_paths(dataset)] if dataset else []


def own_user_file(w):
    """The user's own file with the network, where it is one."""
    file, _, function = OWN[w.own]["network"].rpartition(":")
    return [file] if file.endswith(".py") and function else []


def own_listing(own):
    """Twelve digits that name the files of a folder, by their names and sizes: other files are gathered again."""
    if own_dataset(own):
        return "-"
    folder = Path(OWN[own]["images"]["source"].partition(":")[2]).expanduser()
    found = sorted(
        (path.relative_to(folder).as_posix(), path.stat().st_size) for path in folder.rglob("*") if path.is_file()
    )
    return settings(found)


def own_methods(own):
    """The selection methods with a file of their own that a study's ways ask."""
    asked = {WAYS[method].method for method in OWN[own]["methods"]}
    return sorted(asked & {*selection_methods.names()})


def own_looks(own):
    return any(WAYS[method].looks for method in OWN[own]["methods"])
