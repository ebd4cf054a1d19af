# Retrains one class's specialist, as a small network of its own.
# in:  data/{dataset}/, the dense checkpoint, the selection
# out: results/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/: best, last, history


rule retrain:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        selection="<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json",
        code=lambda w: code("src/retrain.py", models=[w.model]),
    output:
        best="<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/best.safetensors",
        last="<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/last.safetensors",
        history="<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/history.csv",
    log:
        "<logs>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.log",
    benchmark:
        "<benchmarks>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.tsv"
    priority: 1  # the long jobs first: so no core waits at the end for the last of them
    threads: config["retrain"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=30,
    params:
        values=lambda w: flags(retrain_values(w.protocol, w.model, w.seed, w.method)),
        state=lambda w, input: resume_path("retrain", input.code, w),
    shell:
        "python src/retrain.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --dense {input.dense:q} --selection {input.selection:q}"
        " --best {output.best:q} --last {output.last:q} --history {output.history:q} > {log:q} 2>&1"
