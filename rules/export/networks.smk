# Writes the study's networks as ONNX files. Asked for by name (`snakemake export`), never part of `all`.
# in:  data/{dataset}/, checkpoints of train and retrain, selections
# out: results/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.{onnx,int8.onnx,pte}, where a network is `dense`
#      or `{method}/class{label}`; of a specialist {network}.{mjs,h}, too


rule export:
    input:
        "<results>/tables/export.md",
        lambda w: every_network("<results>/export/{place}/{network}.card.md"),


rule export_onnx:
    input:
        unpack(trained_files),
        data="<data>/{dataset}/dataset.json",
        code=lambda w: code("src/export/onnx_.py", models=[w.model]),
    output:
        onnx="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.onnx",
    log:
        "<logs>/export_onnx/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_onnx/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=lambda w: flags({"model": w.model, "opset": config["export"]["opset"]}),
        network=trained_flags,
    shell:
        "python src/export/onnx_.py {params.values} --data {input.data:q} {params.network}"
        " --onnx {output.onnx:q} > {log:q} 2>&1"


rule export_int8:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        onnx="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.onnx",
        code=code("src/export/int8.py"),
    output:
        int8="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.int8.onnx",
    log:
        "<logs>/export_int8/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_int8/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
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
        "python src/export/int8.py {params.values} --data {input.data:q} --onnx {input.onnx:q}"
        " --int8 {output.int8:q} > {log:q} 2>&1"


rule export_source:
    input:
        unpack(trained_files),
        data="<data>/{dataset}/dataset.json",
        code=lambda w: code("src/export/source.py", models=[w.model]),
        templates=["src/specdnn/export/templates/class.mjs", "src/specdnn/export/templates/class.h"],
    output:
        javascript="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.mjs",
        c="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.h",
    log:
        "<logs>/export_source/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_source/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
    wildcard_constraints:
        network=r"[a-z0-9_]+/class\d",  # the dense network is too large
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags({"model": w.model}),
        network=trained_flags,
    shell:
        "python src/export/source.py {params.values} --data {input.data:q} {params.network}"
        " --javascript {output.javascript:q} --c {output.c:q} > {log:q} 2>&1"


rule export_pte:
    input:
        unpack(trained_files),
        data="<data>/{dataset}/dataset.json",
        code=lambda w: code("src/export/pte.py", models=[w.model]),
    output:
        pte="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.pte",
        about="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.pte.json",
    log:
        "<logs>/export_pte/{protocol}/{dataset}/{model}/seed{seed}/{network}.log",
    benchmark:
        "<benchmarks>/export_pte/{protocol}/{dataset}/{model}/seed{seed}/{network}.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=5,
    params:
        values=lambda w: flags({"model": w.model}),
        network=trained_flags,
    shell:
        "python src/export/pte.py {params.values} --data {input.data:q} {params.network}"
        " --pte {output.pte:q} --about {output.about:q} > {log:q} 2>&1"
