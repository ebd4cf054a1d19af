# Chooses the units of one class's specialist.
# in:  results/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors
# out: results/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json


rule specialize:
    input:
        dense="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        code=code("src/specialize.py"),
    output:
        selection="<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json",
    log:
        "<logs>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.log",
    benchmark:
        "<benchmarks>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags(specialize_values(w.model, w.method, w.label)),
    shell:
        "python src/specialize.py {params.values} --dense {input.dense:q}"
        " --selection {output.selection:q} > {log:q} 2>&1"
