# Functions and patterns of the similarity study: no rule.

SIMILARITY_DENSE = "<results>/similarity/train/{dataset}/seed{seed}/network.safetensors"

SIMILARITY_PRUNED = "<results>/similarity/prune/{study}/{dataset}/{method}/seed{seed}/round{round}/network.safetensors"

SIMILARITY_COMPARED = "<results>/similarity/compare/{study}/{dataset}/{method}/seed{seed}/similarities.json"


def similarity_training():
    """Values of the demo's network's training; all rounds share them."""
    images = config["images"]
    return {**config["similarity"]["train"], "train_images": images["train"], "test_images": images["test"]}


def pruned_from(w):
    """The network that a round starts from: the dense one, or that of the round before."""
    if w.method == "one_shot" or w.round == "1":
        return SIMILARITY_DENSE.format(**w)
    return SIMILARITY_PRUNED.format(**{**w, "round": int(w.round) - 1})


def compared_networks(study, dataset, method, seed):
    """What `compare` compares with the dense network of the seed; references are of the next seed in the list."""
    if method not in ("dense", "untrained"):
        rounds = range(1, config["similarity"]["studies"][study]["rounds"] + 1)
        place = {"study": study, "dataset": dataset, "method": method, "seed": seed}
        return [SIMILARITY_PRUNED.format(**place, round=number) for number in rounds]
    seeds = config["similarity"]["seeds"]
    other = seeds[(seeds.index(int(seed)) + 1) % len(seeds)]
    name = {"dense": "network", "untrained": "initial"}[method]
    return [f"<results>/similarity/train/{dataset}/seed{other}/{name}.safetensors"]


def compared_of(study):
    """Wildcards of every file of comparisons of a study: those of its pruned networks, then the references."""
    methods = [*config["similarity"]["studies"][study]["methods"], "dense", "untrained"]
    fixed = {"study": study, "dataset": config["similarity"]["dataset"]}
    return [{**fixed, "method": m, "seed": str(s)} for m in methods for s in config["similarity"]["seeds"]]


def compared_as_json(study):
    """File of similarities -> the networks that it must compare: first, and seconds in their order."""
    networks = {
        SIMILARITY_COMPARED.format(**one): {
            "first": SIMILARITY_DENSE.format(**one),
            "seconds": compared_networks(**one),
        }
        for one in compared_of(study)
    }
    return json.dumps(networks).replace("<results>", config["pathvars"]["results"])
