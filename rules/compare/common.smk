# Functions and patterns of the comparison: no rule.

SCORED = f"{config['pathvars']['results']}/scores/{{protocol}}/{{dataset}}/{{model}}/seed{{seed}}"
SCORES = f"{SCORED}/{{part}}.csv"
COMMUNITIES = f"{SCORED}/communities.json"
SURVIVAL = f"{SCORED}/survival.csv"
PARTS = [*config["compare"]["parts"]]
DENSE = f"{SCORED}/dense.csv"
FIGURES = ["budgets", "losses", "classes", "relabelings", "overlap", "transfer", "removal"]


def of_networks(pattern, networks, **wildcards):
    """The pattern for the dense networks of each model and dataset; networks: model -> dataset -> how many, or which."""
    return [
        pattern.format(protocol=config["compare"]["protocol"], dataset=dataset, model=model, seed=seed, **wildcards)
        for model, of_model in networks.items()
        for dataset, wanted in of_model.items()
        for seed in seeds_of(wanted)
    ]


def compared(pattern, longer=False):
    """The pattern for every part and dense network; longer: of the models that a part trains for epochs of its own."""
    found = []
    for part, models in config["compare"]["parts"].items():
        networks = {model: entry["networks"] for model, entry in models.items() if ("epochs" in entry) == longer}
        found += of_networks(pattern, networks, part=part)
    return found


def compared_communities(pattern=COMMUNITIES):
    return of_networks(pattern, config["compare"]["communities"])


LONGER = ["<results>/compare/longer.csv"] if compared(SCORES, longer=True) else []


def longer_epochs():
    """MODEL=EPOCHS of the parts that have epochs of their own."""
    parts = config["compare"]["parts"].values()
    found = {model: entry["epochs"] for part in parts for model, entry in part.items() if "epochs" in entry}
    return [f"{model}={epochs}" for model, epochs in sorted(found.items())]


def settings(values):
    """Twelve hexadecimal digits that name these values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


def rule_settings(rules):
    """Names the values of these rules, but the device."""
    return settings([{name: value for name, value in values.items() if name != "device"} for values in rules])


def scores_settings(model, part):
    """Names everything in params.yaml that a part's scores of a network depend on, but the seed and the device."""
    protocol, seed = config["compare"]["protocol"], 0
    values = [
        compare_train_values(protocol, model, seed),
        compare_gradients_values(protocol, model, seed),
        compare_activations_values(protocol, model, seed),
        compare_select_values(model, seed, part),
        compare_retrain_values(protocol, model, seed, part),
        evaluate_values(),
    ]
    return rule_settings(values)


def communities_settings(model):
    """Likewise for what is found about a network's communities."""
    values = [compare_train_values(config["compare"]["protocol"], model, 0), communities_values("", model, 0)]
    return rule_settings(values)


def compared_dense(pattern=DENSE):
    """The pattern for every dense network whose specialists are joined."""
    networks = compared("{protocol}/{dataset}/{model}/{seed}")
    places = [dict(zip(("protocol", "dataset", "model", "seed"), place.split("/"))) for place in networks]
    return [*dict.fromkeys(pattern.format(**place) for place in places)]


def joined_settings(longer=False):
    """DATASET/MODEL/PART=SETTINGS of the scores that `compared` lists."""
    places = sorted({*compared("{dataset}/{model}/{part}", longer)})
    return [f"{place}={scores_settings(*place.split('/')[1:])}" for place in places]


def dense_settings(model):
    """Likewise for the scores of a dense network."""
    protocol = config["compare"]["protocol"]
    return rule_settings([compare_train_values(protocol, model, 0), evaluate_values(), image_counts(protocol)])


def joined_dense_settings():
    """DATASET/MODEL/dense=SETTINGS."""
    places = sorted({*compared_dense("{dataset}/{model}")})
    return [f"{place}/dense={dense_settings(place.split('/')[1])}" for place in places]


def communities_joined_settings():
    """DATASET/MODEL=SETTINGS of what is found about communities."""
    places = sorted({*compared_communities("{dataset}/{model}")})
    return [f"{place}={communities_settings(place.split('/')[1])}" for place in places]


def methods_of(units):
    """The selection methods that have a module of their own and are asked for these units."""
    named = {unit for unit in units if unit in selection_methods.names() and unit not in CONTROLS}
    of_rules = {"released", "magnitude"}  # whose sizes are taken, and whose pixels
    return sorted(named | of_rules | ({"random_live"} if {*units} & {*ON_LIVE} else set()))


def part_methods(model, part):
    found = set()
    for product in config["compare"]["parts"][part][model]["products"]:
        rules = [rule.removesuffix("_renumbered") for rule in product["widths"] if rule != "even"]
        found |= {*methods_of(product["units"]), *rules}
    return sorted(found)


def part_reads(what, pattern):
    """What is at `pattern` for the parts whose methods look at it."""
    return lambda w: (
        expand(pattern, **w)
        if any(what in said_of(method, "reads") for method in part_methods(w.model, w.part))
        else []
    )


def papers_rates():
    """DATASET/MODEL=CSV of what the paper prints for each dataset and network."""
    entries = [entry for entry in config["tables"].values() if "paper" in entry]
    return sorted({f"{entry['dataset']}/{entry['model']}={entry['paper']}" for entry in entries})


def compare_split(seed):
    """Each dense network has held-out images of its own; split 0 is the main study's."""
    return {"split": int(seed)}


def compare_device():
    """Only where it is another than the default, which the record then does not name."""
    device = config["compare"]["device"]
    return {} if device == "cpu" else {"device": device}


def compare_train_values(protocol, model, seed):
    """As in the study, but on the threads of the comparison: many networks side by side need one each."""
    of_seed = {**compare_split(seed), **compare_device(), "threads": config["compare"]["retrain"]["threads"]}
    return {**train_values(protocol, model, seed), **of_seed}


def compare_gradients_values(protocol, model, seed):
    return {**gradients_values(protocol, model), **compare_split(seed)}


def compare_activations_values(protocol, model, seed):
    return {**activations_values(protocol, model, seed), **compare_split(seed)}


def compare_select_values(model, seed, part):
    entry = config["compare"]["parts"][part][model]
    return {
        "model": model,
        "seed": int(seed),
        "labels": config["compare"]["classes"],
        "draws": config["compare"]["draws"],
        "products": [json.dumps(product, sort_keys=True) for product in entry["products"]],
        **{name: config["specialize"][name] for name in ("t", "alpha")},
    }


def compare_retrain_values(protocol, model, seed, part):
    schedule = config["compare"]["retrain"]
    return {
        **schedule,
        "epochs": config["compare"]["parts"][part][model].get("epochs", schedule["epochs"]),
        "lr": config["compare"]["lr"].get(model, schedule["lr"]),
        **image_counts(protocol),
        **compare_split(seed),
        **compare_device(),
        "protocol": protocol,
        "seed": int(seed),
    }


def scored_values(w, settings):
    return {
        **evaluate_values(),
        **image_counts(w.protocol),
        **compare_split(w.seed),
        "protocol": w.protocol,
        "dataset": w.dataset,
        "model": w.model,
        "seed": int(w.seed),
        "labels": config["compare"]["classes"],
        "settings": settings,
    }


def compare_evaluate_values(w):
    return {**scored_values(w, scores_settings(w.model, w.part)), **compare_device(), "part": w.part}


def compare_dense_values(w):
    return {**scored_values(w, dense_settings(w.model)), "device": config["compare"]["device"]}


def communities_values(dataset, model, seed):
    entry = config["compare"]
    return {
        **evaluate_values(),
        "dataset": dataset,
        "model": model,
        "seed": int(seed),
        "labels": entry["classes"],
        "methods": entry["rules"],
        "relabelings": entry["relabelings"],
        "t": config["specialize"]["t"],
        "alpha": config["specialize"]["alpha"],
    }


def survival_values(dataset, model, seed):
    protocol, entry = config["compare"]["protocol"], config["compare"]["survival"]
    values = {**compare_retrain_values(protocol, model, seed, "own"), "epochs": entry["epochs"]}
    values.pop("device", None)  # always a processor
    return {**values, "dataset": dataset, "rates": entry["rates"], "losses": entry["losses"]}


def survival_settings(dataset, model):
    """Likewise for what dies early."""
    protocol = config["compare"]["protocol"]
    return rule_settings([compare_train_values(protocol, model, 0), survival_values(dataset, model, 0)])


def tried_survival(pattern):
    """The pattern for every dense network whose specialists are tried."""
    return of_networks(pattern, config["compare"]["survival"]["networks"])


def tried_settings():
    """DATASET/MODEL=SETTINGS of all that `compare_survival_table` joins."""
    places = dict.fromkeys(tried_survival("{dataset}/{model}"))
    return [f"{place}={survival_settings(*place.split('/'))}" for place in places]
