# Helper functions of the export: no rule.

NETWORK_OF = "{protocol}/{dataset}/{model}/seed{seed}"


def every_group(pattern):
    """The pattern, which has {place} and {method}, for each dense network of the study with its specialists."""
    return [
        path
        for place in expand(NETWORK_OF, **networks())
        for path in expand(pattern, place=place, method=methods_shown(*of_place(place)))
    ]


def every_network(pattern):
    """The pattern, which has {place} and {network}, for each network of the study and of the recipe."""
    return [
        path
        for place in expand(NETWORK_OF, **networks())
        for path in expand(pattern, place=place, network=["dense", *specialists_of(place)])
    ]


def of_place(place):
    """Protocol and network."""
    protocol, _, model, _ = place.split("/")
    return protocol, model


def specialists_of(place):
    return expand("{method}/class{label}", method=methods_shown(*of_place(place)), label=config["study"]["classes"])


def trained_files(w):
    """The files that a network is made of: a checkpoint, or three of them for a specialist."""
    results, place = config["pathvars"]["results"], NETWORK_OF.format(**w)
    files = {"dense": f"{results}/train/{place}/best.safetensors"}
    if w.network != "dense":
        files["selection"] = f"{results}/specialize/{place}/{w.network}/selection.json"
        files["retrained"] = f"{results}/retrain/{place}/{w.network}/best.safetensors"
    return files


def source_files(w):
    """A specialist as source code; there is none of the dense network."""
    if w.network == "dense":
        return {}
    path = f"{config['pathvars']['results']}/export/{NETWORK_OF.format(**w)}/{w.network}"
    return {"javascript": f"{path}.mjs", "c": f"{path}.h"}


def program_files(w):
    """A network's ExecuTorch program, where params.yaml asks for one."""
    if not config["export"]["executorch"]:
        return {}
    program = f"{config['pathvars']['results']}/export/{NETWORK_OF.format(**w)}/{w.network}.pte"
    return {"pte": program, "pte_about": f"{program}.json"}


def trained_flags(w):
    return flags(trained_files(w))


def program_flags(w):
    return flags(program_files(w))


def source_flags(w):
    return flags(source_files(w))
