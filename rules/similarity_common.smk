# Functions and patterns of the similarity study: no rule.

SIMILARITY_DENSE = "<results>/similarity/train/{dataset}/seed{seed}/network.safetensors"

SIMILARITY_PRUNED = "<results>/similarity/prune/{study}/{dataset}/{method}/seed{seed}/round{round}/network.safetensors"

SIMILARITY_COMPARED = (
    "<results>/similarity/compare/{study}/{dataset}/{method}/seed{seed}/round{round}/similarities.json"
)


def similarity_training():
    """Values of the demo's network's training; all rounds share them."""
    images = config["images"]
    return {**config["similarity"]["train"], "train_images": images["train"], "test_images": images["test"]}


def pruned_from(w):
    """The network that a round starts from: the dense one, or that of the round before."""
    if w.method == "one_shot" or w.round == "1":
        return SIMILARITY_DENSE.format(**w)
    return SIMILARITY_PRUNED.format(**{**w, "round": int(w.round) - 1})


def compared_network(study, dataset, method, seed, round):
    """What `compare` compares with the dense network of the seed; references are of the next seed in the list."""
    if method not in ("dense", "untrained"):
        return SIMILARITY_PRUNED.format(study=study, dataset=dataset, method=method, seed=seed, round=round)
    seeds = config["similarity"]["seeds"]
    other = seeds[(seeds.index(int(seed)) + 1) % len(seeds)]
    name = {"dense": "network", "untrained": "initial"}[method]
    return f"<results>/similarity/train/{dataset}/seed{other}/{name}.safetensors"


def compared_of(study):
    """Wildcards of every comparison of a study: its pruned networks, then the references."""
    entry, seeds = config["similarity"]["studies"][study], config["similarity"]["seeds"]
    pairs = [(m, s, r) for m in entry["methods"] for s in seeds for r in range(1, entry["rounds"] + 1)]
    pairs += [(reference, s, 0) for reference in ("dense", "untrained") for s in seeds]
    fixed = {"study": study, "dataset": config["similarity"]["dataset"]}
    return [{**fixed, "method": m, "seed": str(s), "round": str(r)} for m, s, r in pairs]
