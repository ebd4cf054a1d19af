# Writes the study's networks as ONNX files, checks them, and writes a card for each. Asked for by name
# (`snakemake export`, with the table of deploy.smk), never part of `all`.
# in:  data/{dataset}/, checkpoints of train and retrain, selections, metrics of evaluate
# out: results/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.{onnx,int8.onnx,check.json,card.md,card.json},
#      where a network is `dense` or `{method}/class{label}`, and .../{method}/together.json


localrules:
    export_card,  # a second: not worth a submission to a cluster


rule export:
    input:
        "<results>/tables/deploy.md",
        lambda w: every_network("<results>/export/{place}/{network}.card.md"),


rule export_onnx:
    input:
        unpack(trained_files),
        data="<data>/{dataset}/dataset.json",
        code=code("src/export_onnx.py"),
    output:
        onnx="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.onnx",
    log:
        "<logs>/export_onnx/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_onnx/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=lambda w: flags({"model": w.model, "opset": config["export"]["opset"]}),
        network=trained_flags,
    shell:
        "python src/export_onnx.py {params.values} --data {input.data:q} {params.network}"
        " --onnx {output.onnx:q} > {log:q} 2>&1"


rule export_int8:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        onnx="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.onnx",
        code=code("src/export_int8.py"),
    output:
        int8="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.int8.onnx",
    log:
        "<logs>/export_int8/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_int8/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=flags(
            {
                "calibration_images": config["export"]["calibration_images"],
                "batch_size": config["export"]["check"]["batch_size"],
            }
        ),
    shell:
        "python src/export_int8.py {params.values} --data {input.data:q} --onnx {input.onnx:q}"
        " --int8 {output.int8:q} > {log:q} 2>&1"


rule export_pte:
    input:
        unpack(trained_files),
        data="<data>/{dataset}/dataset.json",
        code=code("src/export_pte.py"),
    output:
        pte="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.pte",
        about="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.pte.json",
    log:
        "<logs>/export_pte/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_pte/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=5,
    params:
        values=lambda w: flags({"model": w.model}),
        network=trained_flags,
    shell:
        "python src/export_pte.py {params.values} --data {input.data:q} {params.network}"
        " --pte {output.pte:q} --about {output.about:q} > {log:q} 2>&1"


rule export_check:
    input:
        unpack(trained_files),
        unpack(program_files),
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        onnx="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.onnx",
        int8="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.int8.onnx",
        code=code("src/export_check.py"),
    output:
        check="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.check.json",
    log:
        "<logs>/export_check/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_check/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
    conda:
        "../environment.yml"
    threads: config["export"]["check"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=5,
    params:
        values=lambda w: flags({**config["export"]["check"], "test_images": config["images"]["test"], "model": w.model}),
        network=trained_flags,
        program=program_flags,
    shell:
        "python src/export_check.py {params.values} --data {input.data:q} {params.network} {params.program}"
        " --onnx {input.onnx:q} --int8 {input.int8:q} --check {output.check:q} > {log:q} 2>&1"


rule export_together:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/dense.onnx",
        dense_int8="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/dense.int8.onnx",
        specialists=by_class("<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.onnx"),
        specialists_int8=by_class(
            "<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.int8.onnx"
        ),
        code=code("src/export_together.py"),
    output:
        together="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{method}/together.json",
    log:
        "<logs>/export_together/{protocol}/{dataset}/{model}/seed{seed}/{method}.log",
    benchmark:
        "<benchmarks>/export_together/{protocol}/{dataset}/{model}/seed{seed}/{method}.tsv"
    conda:
        "../environment.yml"
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
        "python src/export_together.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --dense-int8 {input.dense_int8:q} --specialists {input.specialists:q}"
        " --specialists-int8 {input.specialists_int8:q} --together {output.together:q} > {log:q} 2>&1"


rule export_card:
    input:
        unpack(trained_files),
        onnx="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.onnx",
        int8="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.int8.onnx",
        check="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.check.json",
        metrics="<results>/evaluate/{protocol}/{dataset}/{model}/seed{seed}/{network}/metrics.json",
        data="<data>/{dataset}/dataset.json",
        code=code("src/export_card.py"),
    output:
        md="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.card.md",
        json="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.card.json",
    log:
        "<logs>/export_card/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_card/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags({"model": w.model}),
        network=trained_flags,
    shell:
        "python src/export_card.py {params.values} --data {input.data:q} {params.network} --onnx {input.onnx:q}"
        " --int8 {input.int8:q} --check {input.check:q} --metrics {input.metrics:q}"
        " --md {output.md:q} --json {output.json:q} > {log:q} 2>&1"
