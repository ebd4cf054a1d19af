# Helper functions of the demo's rules: no rule.

DEMO = {name: config["demo"][name] for name in ("protocol", "dataset", "seed")}
DEMO_OF = "{protocol}/{dataset}/{model}/seed{seed}"


def demo_networks():
    """MODEL/METHOD of all networks and their specialists: by the recipe, and by the method that the demo names."""
    return [
        f"{model}/{method}"
        for model in config["study"]["models"]
        for method in dict.fromkeys([*recommended(DEMO["protocol"], model), config["demo"]["method"]])
    ]


def way_of(method):
    """How its specialists were made, in one of the page's words."""
    small = "means" if said_of(method, "all_pixels") else "pixels"
    own = small if said_of(method, "shapes") else "units" if said_of(method, "loss") else "others"
    return "papers" if method == "released" else own


def demo_file(pattern):
    return lambda w: path_of({**DEMO, **w}, pattern)


def demo_files(pattern):
    """The pattern for every class of the study."""
    return lambda w: paths_by_class({**DEMO, **w}, pattern)
