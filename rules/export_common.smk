# Helper functions of the export: no rule.

NETWORK_OF = "{protocol}/{dataset}/{model}/seed{seed}"


def exported():
    """The study's networks: their folders below a stage, and their names in it, one place for each."""
    folders = expand(NETWORK_OF, **networks())
    names = [
        "dense",
        *expand("{method}/class{label}", method=config["study"]["methods"], label=config["study"]["classes"]),
    ]
    return {"place": [folder for folder in folders for _ in names], "network": names * len(folders)}


def trained_files(w):
    """The files that a network is made of: a checkpoint, or three of them for a specialist."""
    results, of = config["pathvars"]["results"], NETWORK_OF.format(**w)
    files = {"dense": f"{results}/train/{of}/best.safetensors"}
    if w.network != "dense":
        files["selection"] = f"{results}/specialize/{of}/{w.network}/selection.json"
        files["retrained"] = f"{results}/retrain/{of}/{w.network}/best.safetensors"
    return files


def trained_flags(w, input):
    """The same files as flags of a script."""
    return " ".join(f"--{role} {shlex.quote(getattr(input, role))}" for role in trained_files(w))
