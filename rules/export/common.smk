# Helper functions of the export: no rule.

NETWORK_OF = "{protocol}/{dataset}/{model}/seed{seed}"


def every_network(pattern):
    """The pattern, which has {place} and {network}, for each network of the study."""
    study, places = config["study"], expand(NETWORK_OF, **networks())
    names = ["dense", *expand("{method}/class{label}", method=study["methods"], label=study["classes"])]
    return expand(pattern, place=places, network=names)


def every_group(pattern):
    """The pattern, which has {place} and {method}, for each dense network of the study with its specialists."""
    return expand(pattern, place=expand(NETWORK_OF, **networks()), method=config["study"]["methods"])


def trained_files(w):
    """The files that a network is made of: a checkpoint, or three of them for a specialist."""
    results, place = config["pathvars"]["results"], NETWORK_OF.format(**w)
    files = {"dense": f"{results}/train/{place}/best.safetensors"}
    if w.network != "dense":
        files["selection"] = f"{results}/specialize/{place}/{w.network}/selection.json"
        files["retrained"] = f"{results}/retrain/{place}/{w.network}/best.safetensors"
    return files


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
