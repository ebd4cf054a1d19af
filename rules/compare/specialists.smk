# The specialists of one dense network: chosen, retrained and scored, all of a part together.
# in:  data/{dataset}/, results/compare/{train,gradients,activations}/
# out: results/compare/{select,retrain}/{protocol}/{dataset}/{model}/seed{seed}/{part}...
#      results/scores/{protocol}/{dataset}/{model}/seed{seed}/{part}.csv, in git


wildcard_constraints:
    part="|".join(PARTS),


rule compare_select:
    input:
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        gradients=part_reads(
            "gradients", "<results>/compare/gradients/{protocol}/{dataset}/{model}/seed{seed}/gradients.safetensors"
        ),
        activations=part_reads(
            "activations",
            "<results>/compare/activations/{protocol}/{dataset}/{model}/seed{seed}/activations.safetensors",
        ),
        code=lambda w: code("src/compare/select_.py", models=[w.model], methods=part_methods(w.model, w.part)),
    output:
        selections="<results>/compare/select/{protocol}/{dataset}/{model}/seed{seed}/{part}.json",
    log:
        "<logs>/compare_select/{protocol}/{dataset}/{model}/seed{seed}/{part}.log",
    benchmark:
        "<benchmarks>/compare_select/{protocol}/{dataset}/{model}/seed{seed}/{part}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=60,
    params:
        values=lambda w: flags(compare_select_values(w.model, w.seed, w.part)),
        observed=lambda w, input: observed(input),
    shell:
        "python src/compare/select_.py {params.values} --dense {input.dense:q} {params.observed}"
        " --selections {output.selections:q} > {log:q} 2>&1"


rule compare_retrain:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        selections="<results>/compare/select/{protocol}/{dataset}/{model}/seed{seed}/{part}.json",
        code=lambda w: code("src/compare/retrain.py", models=[w.model]),
    output:
        best="<results>/compare/retrain/{protocol}/{dataset}/{model}/seed{seed}/{part}/best.safetensors",
        history="<results>/compare/retrain/{protocol}/{dataset}/{model}/seed{seed}/{part}/history.safetensors",
    log:
        "<logs>/compare_retrain/{protocol}/{dataset}/{model}/seed{seed}/{part}.log",
    benchmark:
        "<benchmarks>/compare_retrain/{protocol}/{dataset}/{model}/seed{seed}/{part}.tsv"
    threads: config["compare"]["retrain"]["threads"]
    resources:
        mem_mb=memory(6000),
        runtime=600,
    params:
        values=lambda w: flags(compare_retrain_values(w.protocol, w.model, w.seed, w.part)),
        state=lambda w, input: resume_path("compare_retrain", input.code, w),
    shell:
        "python src/compare/retrain.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --dense {input.dense:q} --selections {input.selections:q}"
        " --best {output.best:q} --history {output.history:q} > {log:q} 2>&1"


rule compare_evaluate:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        selections="<results>/compare/select/{protocol}/{dataset}/{model}/seed{seed}/{part}.json",
        best="<results>/compare/retrain/{protocol}/{dataset}/{model}/seed{seed}/{part}/best.safetensors",
        code=lambda w: code("src/compare/evaluate.py", models=[w.model]),
    output:
        scores="<results>/scores/{protocol}/{dataset}/{model}/seed{seed}/{part}.csv",
    log:
        "<logs>/compare_evaluate/{protocol}/{dataset}/{model}/seed{seed}/{part}.log",
    benchmark:
        "<benchmarks>/compare_evaluate/{protocol}/{dataset}/{model}/seed{seed}/{part}.tsv"
    threads: config["evaluate"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=60,
    params:
        values=lambda w: flags(compare_evaluate_values(w)),
    shell:
        "python src/compare/evaluate.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --selections {input.selections:q} --best {input.best:q} --scores {output.scores:q} > {log:q} 2>&1"
