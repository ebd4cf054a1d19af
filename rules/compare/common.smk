# Functions and patterns of the comparison: no rule.

SCORED = f"{config['pathvars']['results']}/scores/{{protocol}}/{{dataset}}/{{model}}/seed{{seed}}"
SCORES = f"{SCORED}/{{part}}.csv"
COMMUNITIES = f"{SCORED}/communities.json"
PARTS = ["own", "mint", "curve", "long"]  # all but the last under the comparison's schedule
FIGURES = ["budgets", "classes", "relabelings", "overlap", "transfer", "removal"]


def compared(pattern, part):
    """The pattern for every dense network of a part of the comparison: own, mint, curve or long."""
    entry = config["compare"]
    return [
        pattern.format(protocol=entry["protocol"], dataset=entry["dataset"], model=model, seed=seed, part=part)
        for model, seeds in entry[part]["seeds"].items()
        for seed in seeds
    ]


def settings(values):
    """Twelve hexadecimal digits that name these values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


def scores_settings(model, part):
    """Names everything in params.yaml that a part's scores of a network depend on, but the seed."""
    protocol, methods = config["compare"]["protocol"], config["compare"][part]["methods"]
    return settings(
        [
            compare_train_values(protocol, model, 0),
            gradients_values(protocol, model),
            activations_values(protocol, model, 0),
            [compare_select_values(model, 0, method, part) for method in methods],
            compare_retrain_values(protocol, model, 0, part),
            evaluate_values(),
        ]
    )


def communities_settings(model):
    """Likewise for what is found about a network's communities."""
    values = communities_values(model, 0)
    return settings([compare_train_values(config["compare"]["protocol"], model, 0), values])


def joined_settings():
    """MODEL/PART=SETTINGS of all that `compare_runs` joins."""
    scored = {(model, part) for part in PARTS for model in compared("{model}", part)}
    settings = {f"{model}/{part}": scores_settings(model, part) for model, part in sorted(scored)}
    settings |= {f"{model}/communities": communities_settings(model) for model in compared("{model}", "own")}
    return [f"{key}={value}" for key, value in settings.items()]


def modules_of(method):
    """The selection method that has a module of its own; a control such as logistic regression has none."""
    return [method] if method in selection_methods.names() else []


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


def short_schedule(model):
    """The comparison's schedule of a model: what its own parts and methods have in common."""
    return {**config["compare"]["retrain"], **config["compare"]["retrain_of"].get(model, {})}


def drops(schedule):
    """Its epochs, and after how many the rate drops."""
    return "{epochs}/{lr_step}".format(**schedule)


def compare_retrain_values(protocol, model, seed, part):
    schedule = config["retrain"] if part == "long" else short_schedule(model)
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
