# Helper functions of the demo's rules: no rule.

DEMO = {name: config["demo"][name] for name in ("protocol", "dataset", "seed", "method")}
DEMO_OF = "{protocol}/{dataset}/{model}/seed{seed}"


def demo_file(pattern):
    return lambda w: path_of({**DEMO, "model": w.model}, pattern)


def demo_files(pattern):
    """The pattern for every class of the study."""
    return lambda w: paths_by_class({**DEMO, "model": w.model}, pattern)
