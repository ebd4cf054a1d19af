# Joins one dense network and its specialists into a CSV, and refuses whatever is stale.
# in:  metrics, selections and checkpoints of all classes
# out: results/aggregate/{protocol}/{dataset}/{model}/seed{seed}/{method}/specialists.csv


localrules:
    aggregate,  # takes less time than its submission to a cluster would


rule aggregate:
    input:
        data="<data>/{dataset}/dataset.json",
        dense_best="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        dense_last="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/last.safetensors",
        dense_metrics="<results>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/dense/metrics.json",
        metrics=by_class(
            "<results>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/metrics.json"
        ),
        selections=by_class(
            "<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json"
        ),
        best=by_class(
            "<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/best.safetensors"
        ),
        last=by_class(
            "<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/last.safetensors"
        ),
        code=lambda w: code("src/aggregate.py", models=[w.model]),
    output:
        csv="<results>/aggregate/{protocol}/{dataset}/{model}/seed{seed}/{method}/specialists.csv",
    log:
        "<logs>/aggregate/{protocol}/{dataset}/{model}/seed{seed}/{method}.log",
    benchmark:
        "<benchmarks>/aggregate/{protocol}/{dataset}/{model}/seed{seed}/{method}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags({"labels": config["study"]["classes"], "expected": expected_params(w)}),
    shell:
        "python src/aggregate.py {params.values} --data {input.data:q} --dense-best {input.dense_best:q}"
        " --dense-last {input.dense_last:q} --dense-metrics {input.dense_metrics:q} --metrics {input.metrics:q}"
        " --selections {input.selections:q} --best {input.best:q} --last {input.last:q}"
        " --csv {output.csv:q} > {log:q} 2>&1"
