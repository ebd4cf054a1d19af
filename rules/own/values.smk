# The values of studies/own/params.yaml that each rule of the own networks is given. No rule.


def own_device(own):
    """Only where it is another than the default, which the record then does not name."""
    return {} if OWN[own]["device"] == "cpu" else {"device": OWN[own]["device"]}


def own_given(values):
    return {name: value for name, value in values.items() if value is not None}


def own_images_values(own):
    entry = {name: value for name, value in OWN[own]["images"].items() if name not in ("source", "held_out")}
    channels = {name: ",".join(map(str, entry.pop(name) or [])) or None for name in ("mean", "std")}
    return own_given({**entry, **channels})


def own_network_values(own, seed):
    return {"network": OWN[own]["network"], "held_out": OWN[own]["images"]["held_out"], "seed": int(seed)}


def own_train_values(own, seed):
    return own_given({**OWN[own]["train"], **own_network_values(own, seed), **own_device(own)})


def own_statistics_values(own, seed):
    return {**OWN[own]["statistics"], **own_network_values(own, seed)}


def own_specialists_values(own, seed, classes):
    entry = OWN[own]
    chosen = {"methods": entry["methods"], "shares": entry["shares"], "of": entry["of"], "study": own}
    values = {**entry["retrain"], **own_network_values(own, seed), **own_device(own), **chosen}
    return own_given({**values, "classes": own_sets(own)[classes], "settings": own_settings(own, classes)})


def own_settings(own, classes):
    """Names everything in the parameters that the scores of a set depend on, but the seed and the device."""
    entry = {name: OWN[own][name] for name in ("network", "weights", "images", "train", "statistics", "retrain")}
    chosen = {name: OWN[own][name] for name in ("methods", "shares", "of")}
    return settings([entry, chosen, own_sets(own)[classes], own_listing(own)])


def own_export_values(w):
    threads = {"threads": OWN[w.own]["export"]["threads"]}
    return {**own_network_values(w.own, w.seed), **threads, "method": w.method, "share": w.share}


def own_table_values():
    studies = [f"{own}={entry['title']}|{entry['of']}|{entry['near_dense']}" for own, entry in OWN.items()]
    names = [f"{own}/{classes}={own_settings(own, classes)}" for own in OWN for classes in own_sets(own)]
    return {"studies": studies, "settings": names}
