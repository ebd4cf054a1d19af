# MINT's multilayer perceptron: dense, and retrained once blocks of its weights are masked.
# in:  data/{dataset}/, results/mint/prune/
# out: results/mint/{train,retrain}/


wildcard_constraints:
    variant="[a-z0-9_]+",
    cell="[a-z0-9_]+",
    layer="fc2|fc3",
    parents=r"\d+",
    children=r"\d+",
    samples=r"\d+",


rule mint_train:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        code=code("src/mint/train.py"),
    output:
        best="<results>/mint/train/{protocol}/{dataset}/seed{seed}/best.safetensors",
        last="<results>/mint/train/{protocol}/{dataset}/seed{seed}/last.safetensors",
        history="<results>/mint/train/{protocol}/{dataset}/seed{seed}/history.csv",
    log:
        "<logs>/mint_train/{protocol}/{dataset}/seed{seed}.log",
    benchmark:
        "<benchmarks>/mint_train/{protocol}/{dataset}/seed{seed}.tsv"
    threads: MINT["train"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=lambda w: flags(mint_training_values("train", w)),
        state=lambda w, input: resume_path("mint_train", input.code, w),
    shell:
        "python src/mint/train.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --best {output.best:q} --last {output.last:q} --history {output.history:q} > {log:q} 2>&1"


rule mint_retrain:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/mint/train/{protocol}/{dataset}/seed{seed}/best.safetensors",
        mask="<results>/mint/prune/{protocol}/{dataset}/seed{seed}/{cell}/{method}/mask.safetensors",
        code=code("src/mint/retrain.py"),
    output:
        best="<results>/mint/retrain/{protocol}/{dataset}/seed{seed}/{cell}/{method}/best.safetensors",
        last="<results>/mint/retrain/{protocol}/{dataset}/seed{seed}/{cell}/{method}/last.safetensors",
        history="<results>/mint/retrain/{protocol}/{dataset}/seed{seed}/{cell}/{method}/history.csv",
    log:
        "<logs>/mint_retrain/{protocol}/{dataset}/seed{seed}/{cell}/{method}.log",
    benchmark:
        "<benchmarks>/mint_retrain/{protocol}/{dataset}/seed{seed}/{cell}/{method}.tsv"
    threads: MINT["retrain"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=lambda w: flags(mint_training_values("retrain", w)),
        state=lambda w, input: resume_path("mint_retrain", input.code, w),
    shell:
        "python src/mint/retrain.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --dense {input.dense:q} --mask {input.mask:q}"
        " --best {output.best:q} --last {output.last:q} --history {output.history:q} > {log:q} 2>&1"
