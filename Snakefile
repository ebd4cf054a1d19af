from snakemake.utils import min_version

min_version("9.27")


include: "rules/params.smk"


configfile: "params.yaml"
configfile: "studies/own/params.yaml"


report: "docs/report.rst"


include: "rules/common.smk"
include: "rules/code.smk"
include: "rules/validate.smk"
include: "rules/values.smk"
include: "rules/sets.smk"
include: "rules/scheduling.smk"
include: "rules/progress.smk"


wildcard_constraints:
    protocol="|".join(PROTOCOLS),
    dataset="[a-z0-9_]+",
    model="[a-z0-9_]+",
    seed=r"\d+",
    method="[a-z0-9_]+",
    label=r"\d",
    network=r"dense|[a-z0-9_]+/class\d",
    table="|".join(TABLES),
    figure="[a-z]+",


rule all:
    input:
        expand(
            "<results>/aggregate/{protocol}/{dataset}/{model}/seed{seed}/{method}/specialists.csv",
            **networks(),
            method=config["study"]["methods"],
        ),
        expand("<results>/tables/{table}.md", table=all_tables()),
        expand("<results>/figures/{table}_{figure}.svg", table=drawn_tables(), figure=["curves", "kept"]),


include: "rules/fetch.smk"
include: "rules/train.smk"
include: "rules/specialize.smk"
include: "rules/retrain.smk"
include: "rules/evaluate.smk"
include: "rules/aggregate.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/export/common.smk"
include: "rules/export/networks.smk"
include: "rules/export/checks.smk"
include: "rules/export/costs.smk"
include: "rules/export/examples.smk"
include: "rules/compare/common.smk"
include: "rules/compare/networks.smk"
include: "rules/compare/specialists.smk"
include: "rules/compare/tables.smk"
include: "rules/compare/figures.smk"
include: "rules/compare/communities.smk"
include: "rules/compare/survival.smk"
include: "rules/similarity/common.smk"
include: "rules/similarity/networks.smk"
include: "rules/similarity/compare.smk"
include: "rules/similarity/tables.smk"
include: "rules/similarity/figures.smk"
include: "rules/mint/common.smk"
include: "rules/mint/networks.smk"
include: "rules/mint/masks.smk"
include: "rules/mint/tables.smk"
include: "rules/mint/vision.smk"
include: "rules/own/common.smk"
include: "rules/own/values.smk"
include: "rules/own/networks.smk"
include: "rules/own/specialists.smk"
include: "rules/own/tables.smk"
include: "rules/own/costs.smk"
include: "rules/own/exactness.smk"
include: "rules/demo/common.smk"
include: "rules/demo/demo.smk"
include: "rules/phases.smk"
include: "rules/text.smk"
include: "rules/show.smk"
include: "rules/crate_files.smk"
include: "rules/crate.smk"
include: "rules/bench/speed.smk"
include: "rules/bench/training.smk"
include: "rules/bench/studies.smk"
include: "rules/bench/costs.smk"
include: "rules/targets.smk"
include: "rules/keep.smk"
include: "rules/failures.smk"
include: "rules/collapse.smk"
include: "rules/records.smk"
include: "rules/judge.smk"
include: "rules/provenance.smk"
