# Holds the exported networks against torch, alone and as one classifier, and writes a card for each.
# in:  results/export/, data/{dataset}/, checkpoints of train and retrain, selections, metrics of evaluate
# out: results/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.{check.json,card.md,card.json} and
#      .../{method}/ensemble.json


localrules:
    export_card,  # a second: not worth a submission to a cluster


rule export_check:
    input:
        unpack(trained_files),
        unpack(program_files),
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        onnx="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.onnx",
        int8="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.int8.onnx",
        code=lambda w: code("src/export/check.py", models=[w.model]),
    output:
        check="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.check.json",
    log:
        "<logs>/export_check/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_check/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
    threads: config["export"]["check"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=5,
    params:
        values=lambda w: flags({**config["export"]["check"], "test_images": config["images"]["test"], "model": w.model}),
        network=trained_flags,
        program=program_flags,
    shell:
        "python src/export/check.py {params.values} --data {input.data:q} {params.network} {params.program}"
        " --onnx {input.onnx:q} --int8 {input.int8:q} --check {output.check:q} > {log:q} 2>&1"


rule export_ensemble:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/dense.onnx",
        dense_int8="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/dense.int8.onnx",
        specialists=by_class("<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.onnx"),
        specialists_int8=by_class(
            "<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.int8.onnx"
        ),
        code=code("src/export/ensemble.py"),
    output:
        ensemble="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{method}/ensemble.json",
    log:
        "<logs>/export_ensemble/{protocol}/{dataset}/{model}/seed{seed}/{method}.log",
    benchmark:
        "<benchmarks>/export_ensemble/{protocol}/{dataset}/{model}/seed{seed}/{method}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=flags(
            {
                "test_images": config["images"]["test"],
                "batch_size": config["export"]["check"]["batch_size"],
                "labels": config["study"]["classes"],
            }
        ),
    shell:
        "python src/export/ensemble.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --dense-int8 {input.dense_int8:q} --specialists {input.specialists:q}"
        " --specialists-int8 {input.specialists_int8:q} --ensemble {output.ensemble:q} > {log:q} 2>&1"


rule export_card:
    input:
        unpack(trained_files),
        unpack(source_files),
        onnx="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.onnx",
        int8="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.int8.onnx",
        check="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.check.json",
        metrics="<results>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/{network}/metrics.json",
        data="<data>/{dataset}/dataset.json",
        code=lambda w: code("src/export/card.py", models=[w.model]),
    output:
        md="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.card.md",
        json="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.card.json",
    log:
        "<logs>/export_card/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_card/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags({"model": w.model}),
        network=trained_flags,
        source=source_flags,
    shell:
        "python src/export/card.py {params.values} --data {input.data:q} {params.network} {params.source}"
        " --onnx {input.onnx:q} --int8 {input.int8:q} --check {input.check:q} --metrics {input.metrics:q}"
        " --md {output.md:q} --json {output.json:q} > {log:q} 2>&1"
