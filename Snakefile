from snakemake.utils import min_version

min_version("9.27")


configfile: "params.yaml"


include: "rules/common.smk"


wildcard_constraints:
    protocol="published|held_out",
    label=r"\d",
    seed=r"\d+",
    model="[a-z0-9_]+",
    dataset="[a-z0-9_]+",
    method="[a-z0-9_]+",


include: "rules/fetch.smk"
include: "rules/train.smk"
include: "rules/specialize.smk"
include: "rules/retrain.smk"
include: "rules/evaluate.smk"


rule all:
    default_target: True
    input:
        expand(
            "<results>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/metrics.json",
            protocol=config["study"]["protocols"],
            dataset=config["study"]["datasets"],
            model=config["study"]["models"],
            seed=config["study"]["seeds"],
            method=config["study"]["methods"],
            label=config["study"]["classes"],
        ),
        expand(
            "<results>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/dense/metrics.json",
            protocol=config["study"]["protocols"],
            dataset=config["study"]["datasets"],
            model=config["study"]["models"],
            seed=config["study"]["seeds"],
        ),
