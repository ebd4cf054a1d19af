# Chooses the units of one class's specialist; for methods that rank by class gradients or by activations, after
# computing these.
# in:  results/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors, data/{dataset}/ for what is computed
# out: results/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json and
#      results/specialize/{protocol}/{dataset}/{model}/seed{seed}/{gradients,activations}.safetensors


rule gradients:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        code=lambda w: code("src/gradients.py", models=[w.model]),
    output:
        gradients="<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/gradients.safetensors",
    log:
        "<logs>/gradients/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/gradients/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    threads: config["gradients"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=10,
    params:
        values=lambda w: flags(gradients_values(w.protocol, w.model)),
    shell:
        "python src/gradients.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --gradients {output.gradients:q} > {log:q} 2>&1"


rule activations:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        code=lambda w: code("src/activations.py", models=[w.model]),
    output:
        activations="<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/activations.safetensors",
    log:
        "<logs>/activations/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/activations/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    threads: config["activations"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=10,
    params:
        values=lambda w: flags(activations_values(w.protocol, w.model, w.seed)),
    shell:
        "python src/activations.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --activations {output.activations:q} > {log:q} 2>&1"


rule specialize:
    input:
        dense="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        gradients=reads(
            "gradients", "<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/gradients.safetensors"
        ),
        activations=reads(
            "activations", "<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/activations.safetensors"
        ),
        code=lambda w: code("src/specialize.py", models=[w.model], methods=[w.method]),
    output:
        selection="<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json",
    log:
        "<logs>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.log",
    benchmark:
        "<benchmarks>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=15,
    params:
        values=lambda w: flags({**specialize_values(w.model, w.seed, w.method), "label": int(w.label)}),
        observed=lambda w, input: observed(input),
    shell:
        "python src/specialize.py {params.values} --dense {input.dense:q} {params.observed}"
        " --selection {output.selection:q} > {log:q} 2>&1"
