from snakemake.utils import min_version

min_version("9.27")


configfile: "params.yaml"


report: "docs/report.rst"


include: "rules/validate.smk"
include: "rules/scheduling.smk"
include: "rules/common.smk"
include: "rules/compare_common.smk"
include: "rules/mint_common.smk"
include: "rules/similarity_common.smk"
include: "rules/export_common.smk"
include: "rules/demo_common.smk"


wildcard_constraints:
    protocol="published|held_out",
    dataset="[a-z0-9_]+",
    model="[a-z0-9_]+",
    seed=r"\d+",
    method="[a-z0-9_]+",
    label=r"\d",
    network=r"dense|[a-z0-9_]+/class\d",
    table="|".join(config["tables"]),
    part="|".join([*AT_ONCE, "long"]),
    figure="[a-z]+",


rule all:
    input:
        expand(
            "<results>/aggregate/{protocol}/{dataset}/{model}/seed{seed}/{method}/specialists.csv",
            **networks(),
            method=config["study"]["methods"],
        ),
        expand("<results>/tables/{table}.md", table=[*tables(), "readings"]),
        expand("<results>/figures/{table}_{figure}.svg", table=tables(), figure=["curves", "kept"]),


include: "rules/fetch.smk"
include: "rules/train.smk"
include: "rules/specialize.smk"
include: "rules/retrain.smk"
include: "rules/evaluate.smk"
include: "rules/aggregate.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/export.smk"
include: "rules/deploy.smk"
include: "rules/compare.smk"
include: "rules/compare_tables.smk"
include: "rules/similarity.smk"
include: "rules/similarity_tables.smk"
include: "rules/phases.smk"
include: "rules/bench.smk"
include: "rules/mint.smk"
include: "rules/mint_tables.smk"
include: "rules/mint_vision.smk"
include: "rules/demo.smk"
include: "rules/text.smk"
include: "rules/provenance.smk"
