# Prunes networks round by round, and compares their layers with those of the dense network.
# in:  data/{dataset}/; of the main study: dense checkpoints, selections, retrained checkpoints
# out: results/similarity/train/{dataset}/seed{seed}/ and
#      results/similarity/prune/{study}/{dataset}/{method}/seed{seed}/round{round}/: network, history
#      results/similarity/compare/{study}/{dataset}/{method}/seed{seed}/similarities.json
#      results/similarity/units/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/similarities.json
# In `compare`, {method} may also be `dense` (another seed's network) or `untrained` (that seed's, before training).


wildcard_constraints:
    study="|".join(config["similarity"]["studies"]),
    round=r"\d+",


rule similarity_train:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        code=code("src/similarity_train.py"),
    output:
        network=SIMILARITY_DENSE,
        initial="<results>/similarity/train/{dataset}/seed{seed}/initial.safetensors",
        history="<results>/similarity/train/{dataset}/seed{seed}/history.csv",
    log:
        "<logs>/similarity_train/{dataset}/seed{seed}.log",
    benchmark:
        "<benchmarks>/similarity_train/{dataset}/seed{seed}.tsv"
    conda:
        "../environment.yml"
    threads: config["similarity"]["train"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=30,
    params:
        values=lambda w: flags({**similarity_training(), "seed": w.seed}),
        state=lambda w: resume_path("similarity_train", "src/similarity_train.py", w),
    shell:
        "python src/similarity_train.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --network {output.network:q} --initial {output.initial:q} --history {output.history:q} > {log:q} 2>&1"


rule similarity_prune:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        start=pruned_from,
        code=code("src/similarity_prune.py"),
    output:
        network=SIMILARITY_PRUNED,
        history="<results>/similarity/prune/{study}/{dataset}/{method}/seed{seed}/round{round}/history.csv",
    log:
        "<logs>/similarity_prune/{study}/{dataset}/{method}/seed{seed}/round{round}.log",
    benchmark:
        "<benchmarks>/similarity_prune/{study}/{dataset}/{method}/seed{seed}/round{round}.tsv"
    conda:
        "../environment.yml"
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
        state=lambda w: resume_path("similarity_prune", "src/similarity_prune.py", w),
    shell:
        "python src/similarity_prune.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --start {input.start:q} --network {output.network:q} --history {output.history:q} > {log:q} 2>&1"


rule similarity_compare:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        first=SIMILARITY_DENSE,
        seconds=lambda w: compared_networks(**w),
        code=code("src/similarity_compare.py"),
    output:
        similarities=SIMILARITY_COMPARED,
    log:
        "<logs>/similarity_compare/{study}/{dataset}/{method}/seed{seed}.log",
    benchmark:
        "<benchmarks>/similarity_compare/{study}/{dataset}/{method}/seed{seed}.tsv"
    conda:
        "../environment.yml"
    threads: config["similarity"]["compare"]["threads"]
    resources:
        mem_mb=memory(6000),
        runtime=30,
    params:
        values=lambda w: flags(
            {**config["similarity"]["compare"], **config["similarity"]["studies"][w.study]["compare"]}
        ),
    shell:
        "python src/similarity_compare.py {params.values} --data {input.data:q}"
        " --first {input.first:q} --seconds {input.seconds:q} --similarities {output.similarities:q} > {log:q} 2>&1"


rule similarity_units:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        selection="<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json",
        best="<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/best.safetensors",
        code=code("src/similarity_units.py"),
    output:
        similarities="<results>/similarity/units/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/similarities.json",
    log:
        "<logs>/similarity_units/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.log",
    benchmark:
        "<benchmarks>/similarity_units/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.tsv"
    conda:
        "../environment.yml"
    threads: config["similarity"]["compare"]["threads"]
    resources:
        mem_mb=memory(4000),
        runtime=30,
    params:
        values=flags(
            {
                **config["similarity"]["compare"],
                **{name: config["similarity"]["units"][name] for name in ("positions", "rbf_samples")},
                "test_images": config["images"]["test"],
            }
        ),
    shell:
        "python src/similarity_units.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --selection {input.selection:q} --best {input.best:q} --similarities {output.similarities:q} > {log:q} 2>&1"
