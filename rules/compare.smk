# The comparison at equal budgets: methods at the same number of parameters, over many dense networks.
# Asked for by name (`snakemake compare`), never part of `all`.
# in:  data/{dataset}/
# out: results/compare/{train,gradients,activations,select,retrain}/...
#      results/scores/{protocol}/{dataset}/{model}/seed{seed}/{own,mint,curve,long}.csv and communities.json, in git


rule compare:
    input:
        "<results>/tables/comparison.md",
        "<results>/tables/comparison_schedules.md",
        "<results>/tables/communities.md",
        expand("<results>/figures/comparison_{figure}.svg", figure=FIGURES),


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
        state=lambda w: resume_path("compare_train", "src/train.py", w),


use rule gradients as compare_gradients with:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        code=code("src/gradients.py"),
    output:
        gradients="<results>/compare/gradients/{protocol}/{dataset}/{model}/seed{seed}/gradients.safetensors",
    log:
        "<logs>/compare_gradients/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/compare_gradients/{protocol}/{dataset}/{model}/seed{seed}.tsv"


use rule activations as compare_activations with:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        code=code("src/activations.py"),
    output:
        activations="<results>/compare/activations/{protocol}/{dataset}/{model}/seed{seed}/activations.safetensors",
    log:
        "<logs>/compare_activations/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/compare_activations/{protocol}/{dataset}/{model}/seed{seed}.tsv"


rule compare_select:
    input:
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        gradients=gradients_of(
            "<results>/compare/gradients/{protocol}/{dataset}/{model}/seed{seed}/gradients.safetensors"
        ),
        activations=activations_of(
            "<results>/compare/activations/{protocol}/{dataset}/{model}/seed{seed}/activations.safetensors"
        ),
        code=code("src/compare_select.py"),
    output:
        selections="<results>/compare/select/{protocol}/{dataset}/{model}/seed{seed}/{method}/{part}.json",
    log:
        "<logs>/compare_select/{protocol}/{dataset}/{model}/seed{seed}/{method}/{part}.log",
    benchmark:
        "<benchmarks>/compare_select/{protocol}/{dataset}/{model}/seed{seed}/{method}/{part}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=60,
    params:
        values=lambda w: flags(compare_select_values(w.model, w.seed, w.method, w.part)),
        observed=lambda w, input: observed(input),
    shell:
        "python src/compare_select.py {params.values} --dense {input.dense:q} {params.observed}"
        " --selections {output.selections:q} > {log:q} 2>&1"


rule compare_retrain:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        selections="<results>/compare/select/{protocol}/{dataset}/{model}/seed{seed}/{method}/{part}.json",
        code=code("src/compare_retrain.py"),
    output:
        best="<results>/compare/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/{part}/best.safetensors",
        history="<results>/compare/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/{part}/history.csv",
    log:
        "<logs>/compare_retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/{part}.log",
    benchmark:
        "<benchmarks>/compare_retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/{part}.tsv"
    conda:
        "../environment.yml"
    threads: config["compare"]["retrain"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=120,
    params:
        values=lambda w: flags(compare_retrain_values(w.protocol, w.model, w.seed, w.part)),
        state=lambda w: resume_path("compare_retrain", "src/compare_retrain.py", w),
    shell:
        "python src/compare_retrain.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --dense {input.dense:q} --selections {input.selections:q}"
        " --best {output.best:q} --history {output.history:q} > {log:q} 2>&1"


rule compare_evaluate:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        selections=compared_methods(
            "<results>/compare/select/{protocol}/{dataset}/{model}/seed{seed}/{method}/{part}.json"
        ),
        best=compared_methods(
            "<results>/compare/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/{part}/best.safetensors"
        ),
        code=code("src/compare_evaluate.py"),
    output:
        scores="<results>/scores/{protocol}/{dataset}/{model}/seed{seed}/{part}.csv",
    log:
        "<logs>/compare_evaluate/{protocol}/{dataset}/{model}/seed{seed}/{part}.log",
    benchmark:
        "<benchmarks>/compare_evaluate/{protocol}/{dataset}/{model}/seed{seed}/{part}.tsv"
    conda:
        "../environment.yml"
    threads: config["evaluate"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        values=lambda w: flags(
            {
                **evaluate_values(),
                "model": w.model,
                "seed": int(w.seed),
                "labels": config["compare"]["classes"],
                "settings": scores_settings(w.model, w.part),
            }
        ),
    shell:
        "python src/compare_evaluate.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --selections {input.selections:q} --best {input.best:q} --scores {output.scores:q} > {log:q} 2>&1"


rule communities:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        code=code("src/communities.py"),
    output:
        communities="<results>/scores/{protocol}/{dataset}/{model}/seed{seed}/communities.json",
    log:
        "<logs>/communities/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/communities/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    conda:
        "../environment.yml"
    threads: config["evaluate"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        values=lambda w: flags({**communities_values(w.model, w.seed), "settings": communities_settings(w.model)}),
    shell:
        "python src/communities.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --communities {output.communities:q} > {log:q} 2>&1"
