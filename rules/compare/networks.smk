# The comparison at equal budgets: methods at the same number of parameters, over many dense networks.
# Asked for by name (`snakemake compare`), never part of `all`. Here: the dense networks, and what is observed of them.
# in:  data/{dataset}/
# out: results/compare/{train,gradients,activations}/{protocol}/{dataset}/{model}/seed{seed}/
#      results/scores/{protocol}/{dataset}/{model}/seed{seed}/dense.csv, in git


rule compare:
    input:
        "<results>/tables/compare.md",
        "<results>/tables/compare_rankings.md",
        "<results>/tables/compare_longer.md" if LONGER else [],
        "<results>/tables/compare_hypotheses.md",
        "<results>/tables/compare_recipe.md",
        "<results>/tables/compare_collapse.md",
        "<results>/tables/communities.md",
        "<results>/tables/compare_survival.md",
        expand("<results>/figures/compare_{figure}.svg", figure=FIGURES),


use rule train as compare_train with:
    output:
        best="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        last="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/last.safetensors",
        history="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/history.csv",
    log:
        "<logs>/compare_train/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/compare_train/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    threads: config["compare"]["retrain"]["threads"]
    params:
        values=lambda w: flags(compare_train_values(w.protocol, w.model, w.seed)),
        state=lambda w, input: resume_path("compare_train", input.code, w),


use rule gradients as compare_gradients with:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        code=lambda w: code("src/gradients.py", models=[w.model]),
    output:
        gradients="<results>/compare/gradients/{protocol}/{dataset}/{model}/seed{seed}/gradients.safetensors",
    log:
        "<logs>/compare_gradients/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/compare_gradients/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    params:
        values=lambda w: flags(compare_gradients_values(w.protocol, w.model, w.seed)),


use rule activations as compare_activations with:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        code=lambda w: code("src/activations.py", models=[w.model]),
    output:
        activations="<results>/compare/activations/{protocol}/{dataset}/{model}/seed{seed}/activations.safetensors",
    log:
        "<logs>/compare_activations/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/compare_activations/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    params:
        values=lambda w: flags(compare_activations_values(w.protocol, w.model, w.seed)),


rule compare_dense:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        code=lambda w: code("src/compare/dense.py", models=[w.model]),
    output:
        scores="<results>/scores/{protocol}/{dataset}/{model}/seed{seed}/dense.csv",
    log:
        "<logs>/compare_dense/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/compare_dense/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    threads: config["evaluate"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        values=lambda w: flags(compare_dense_values(w)),
    shell:
        "python src/compare/dense.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --scores {output.scores:q} > {log:q} 2>&1"
