# One target per phase, in run order: what `dvc repro` asks Snakemake for, stage by stage. Then one for each study that
# is asked for by name: what `dvc repro studies/NAME/dvc.yaml` asks for, namely what DVC is to keep.
# in:  the outputs of the rules
# out: nothing of their own
# Functions, so that the jobs of a cluster, which read this file too, need not write out every target of the study.


rule phase_data:
    input:
        expand("<data>/{dataset}/dataset.json", dataset=config["study"]["datasets"]),


rule phase_train:
    input:
        expand(
            "<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
            **networks(),
        ),


rule phase_specialize:
    input:
        lambda w: expand(
            "<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json",
            **specialists(),
        ),
        lambda w: of_recipes(
            "<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json"
        ),
        rules.readings.input.selections,


rule phase_retrain:
    input:
        lambda w: expand(
            "<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/best.safetensors",
            **specialists(),
        ),
        lambda w: of_recipes(
            "<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/best.safetensors"
        ),


rule phase_evaluate:
    input:
        lambda w: expand(
            "<results>/aggregate/{protocol}/{dataset}/{model}/seed{seed}/{method}/specialists.csv",
            **networks(),
            method=config["study"]["methods"],
        ),
        lambda w: of_recipes(
            "<results>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/metrics.json"
        ),


rule phase_tables:
    input:
        expand("<results>/tables/{table}.md", table=all_tables()),
        expand("<results>/figures/{table}_{figure}.svg", table=drawn_tables(), figure=["curves", "kept"]),


rule phase_export:
    input:
        lambda w: every_network("<results>/export/{place}/{network}.card.md"),
        lambda w: every_group("<results>/export/{place}/{method}/ensemble.json"),


rule phase_compare:
    input:
        "<results>/compare/runs.csv",
        "<results>/compare/communities.json",
        LONGER,


rule phase_mint:
    input:
        expand("<results>/mint/tables/{mint_table}.md", mint_table=MINT["tables"]),


rule phase_own:
    input:
        lambda w: expand("<results>/own/{own}/answer.txt", own=OWN),
        lambda w: [path for own in OWN for path in own_scores(own)],


rule phase_similarity:
    input:
        expand("<results>/similarity/gather/{study}.csv", study=config["similarity"]["studies"]),
        rules.similarity_units_table.input.similarities,
