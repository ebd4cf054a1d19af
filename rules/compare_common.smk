# Functions and patterns of the comparison: no rule.

COMPARED = f"{config['pathvars']['results']}/compare"
NETWORK = "{protocol}/{dataset}/{model}/seed{seed}"
SCORES = f"{COMPARED}/evaluate/{NETWORK}/{{part}}.csv"
COMMUNITIES = f"{COMPARED}/communities/{NETWORK}.json"
FIGURES = ["budgets", "classes", "relabelings", "overlap", "transfer", "removal"]


def compared(pattern, part):
    """The pattern for every dense network of a part of the comparison: own, curve or long."""
    entry = config["compare"]
    return [
        pattern.format(protocol=entry["protocol"], dataset=entry["dataset"], model=model, seed=seed, part=part)
        for model, seeds in entry[part]["seeds"].items()
        for seed in seeds
    ]


def compared_methods(pattern):
    """The pattern for every method of a network's part of the comparison."""
    return lambda w: [expand(pattern, method=method, **w)[0] for method in config["compare"][w.part]["methods"]]


def published_tables():
    """network -> CSV of the paper's numbers for it."""
    return {entry["model"]: entry["paper"] for entry in config["tables"].values() if "paper" in entry}


def compare_train_values(protocol, model, seed):
    """As in the study, but on the threads of the comparison: many networks side by side need one each."""
    return {**train_values(protocol, model, seed), "threads": config["compare"]["retrain"]["threads"]}


def compare_select_values(model, seed, method, part):
    entry = config["compare"]
    return {
        "model": model,
        "seed": int(seed),
        "method": method,
        "labels": entry["classes"],
        "shares": entry[part]["shares"],
        "t": config["specialize"]["t"],
    }


def compare_retrain_values(protocol, seed, part):
    schedule = config["retrain"] if part == "long" else config["compare"]["retrain"]
    return {**schedule, **image_counts(protocol), "protocol": protocol, "seed": int(seed)}


def communities_values(model, seed):
    entry = config["compare"]
    return {
        **evaluate_values(),
        "model": model,
        "seed": int(seed),
        "labels": entry["classes"],
        "methods": entry["rules"],
        "relabelings": entry["relabelings"],
        "t": config["specialize"]["t"],
        "alpha": config["specialize"]["alpha"],
    }
