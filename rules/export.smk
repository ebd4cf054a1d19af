# Writes the study's networks as ONNX files. Asked for by name (`snakemake export`), never part of `all`.
# in:  data/{dataset}/, checkpoints of train and retrain, selections
# out: results/export/{protocol}/{dataset}/{model}/seed{seed}/{network}.onnx, where a network is
#      `dense` or `{method}/class{label}`


rule export:
    input:
        lambda w: expand("<results>/export/{place}/{network}.onnx", zip, **exported()),


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
