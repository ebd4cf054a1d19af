# Trains and prunes the networks of the layer-similarity study, round by round.
# in:  data/{dataset}/
# out: results/similarity/train/{dataset}/seed{seed}/ and
#      results/similarity/prune/{study}/{dataset}/{method}/seed{seed}/round{round}/: network, history


wildcard_constraints:
    study="|".join(config["similarity"]["studies"]),
    round=r"\d+",


rule similarity_train:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        code=code("src/similarity/train.py"),
    output:
        network=SIMILARITY_DENSE,
        initial="<results>/similarity/train/{dataset}/seed{seed}/initial.safetensors",
        history="<results>/similarity/train/{dataset}/seed{seed}/history.csv",
    log:
        "<logs>/similarity_train/{dataset}/seed{seed}.log",
    benchmark:
        "<benchmarks>/similarity_train/{dataset}/seed{seed}.tsv"
    threads: config["similarity"]["train"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=30,
    params:
        values=lambda w: flags({**similarity_training(), "seed": w.seed}),
        state=lambda w, input: resume_path("similarity_train", input.code, w),
    shell:
        "python src/similarity/train.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --network {output.network:q} --initial {output.initial:q} --history {output.history:q} > {log:q} 2>&1"


rule similarity_prune:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        start=pruned_from,
        code=code("src/similarity/prune.py"),
    output:
        network=SIMILARITY_PRUNED,
        history="<results>/similarity/prune/{study}/{dataset}/{method}/seed{seed}/round{round}/history.csv",
    log:
        "<logs>/similarity_prune/{study}/{dataset}/{method}/seed{seed}/round{round}.log",
    benchmark:
        "<benchmarks>/similarity_prune/{study}/{dataset}/{method}/seed{seed}/round{round}.tsv"
    threads: config["similarity"]["train"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=30,
    params:
        values=lambda w: flags(
            {
                **similarity_training(),
                "fraction": config["similarity"]["studies"][w.study]["fraction"],
                "method": w.method,
                "round": w.round,
                "seed": w.seed,
            }
        ),
        state=lambda w, input: resume_path("similarity_prune", input.code, w),
    shell:
        "python src/similarity/prune.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --start {input.start:q} --network {output.network:q} --history {output.history:q} > {log:q} 2>&1"
