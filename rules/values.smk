# The values of params.yaml that each rule of the main study is given. No rule.


def image_counts(protocol):
    images = config["images"]
    return {"train_images": images["train"], "choosing_images": images[PROTOCOLS[protocol].counted_by]}


def fetch_values(dataset):
    entry = config["fetch"]["datasets"][dataset]
    sums = [f"{name}={digest}" for name, digest in entry["sha256"].items()]
    return {"dataset": dataset, "mean": entry["mean"], "std": entry["std"], "sha256": sums}


def train_values(protocol, model, seed):
    return {**config["train"], **image_counts(protocol), "protocol": protocol, "model": model, "seed": int(seed)}


def specialize_values(model, seed, method):
    """What a selection of any class depends on; of alpha and seed what the method takes."""
    values = {**config["specialize"], "model": model, "method": method, "seed": int(seed)}
    unused = {"alpha", "seed"} - {*said_of(method, "takes")}
    return {name: value for name, value in values.items() if value is not None and name not in unused}


def gradients_values(protocol, model):
    return {**config["gradients"], **image_counts(protocol), "protocol": protocol, "model": model}


def activations_values(protocol, model, seed):
    of_network = {"protocol": protocol, "model": model, "seed": int(seed)}
    return {**config["activations"], **image_counts(protocol), **of_network}


def retrain_values(protocol, model, seed, method):
    """A method that says so has a loss of its own, and the rate at which the comparison trains by it."""
    values = {**config["retrain"], **image_counts(protocol), "protocol": protocol, "seed": int(seed)}
    if loss := said_of(method, "loss"):
        values |= {"loss": loss, "lr": config["compare"]["lr"].get(model, values["lr"])}
    return values


def evaluate_values():
    return {**config["evaluate"], "test_images": config["images"]["test"]}


def expected_params(w):
    """What the artefacts of an aggregate must have been made with, as JSON: rule -> parameters."""
    expected = {
        "train": train_values(w.protocol, w.model, w.seed),
        "specialize": specialize_values(w.model, w.seed, w.method),
        "retrain": retrain_values(w.protocol, w.model, w.seed, w.method),
        "evaluate": evaluate_values(),
    }
    return json.dumps(expected, sort_keys=True)
