# Scores networks on the test set.
# in:  data/{dataset}/, checkpoints of train and retrain, selections
# out: results/evaluate/{protocol}/{dataset}/{model}/seed{seed}/dense/metrics.json and
#      results/evaluate/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/metrics.json


rule evaluate_dense:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        best="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        last="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/last.safetensors",
        code=lambda w: code("src/evaluate_dense.py", models=[w.model]),
    output:
        metrics="<results>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/dense/metrics.json",
    log:
        "<logs>/evaluate_dense/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/evaluate_dense/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    threads: config["evaluate"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=5,
    params:
        values=lambda w: flags({**evaluate_values(), "model": w.model}),
    shell:
        "python src/evaluate_dense.py {params.values} --data {input.data:q}"
        " --best {input.best:q} --last {input.last:q} --metrics {output.metrics:q} > {log:q} 2>&1"


rule evaluate:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        selection="<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json",
        best="<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/best.safetensors",
        last="<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/last.safetensors",
        code=lambda w: code("src/evaluate.py", models=[w.model]),
    output:
        metrics="<results>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/metrics.json",
    log:
        "<logs>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.log",
    benchmark:
        "<benchmarks>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.tsv"
    threads: config["evaluate"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=5,
    params:
        values=flags(evaluate_values()),
    shell:
        "python src/evaluate.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --selection {input.selection:q} --best {input.best:q} --last {input.last:q}"
        " --metrics {output.metrics:q} > {log:q} 2>&1"
