# Compares layers: of pruned networks with those of the dense one, of specialists with those that they were cut from.
# in:  data/{dataset}/, results/similarity/{train,prune}/; of the main study: dense checkpoints, selections, retrained ones
# out: results/similarity/compare/{study}/{dataset}/{method}/seed{seed}/similarities.json
#      results/similarity/units/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/similarities.json
# In `compare`, {method} may also be `dense` (another seed's network) or `untrained` (that seed's, before training).


rule similarity_compare:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        first=SIMILARITY_DENSE,
        seconds=lambda w: compared_networks(**w),
        code=code("src/similarity/compare.py"),
    output:
        similarities=SIMILARITY_COMPARED,
    log:
        "<logs>/similarity_compare/{study}/{dataset}/{method}/seed{seed}.log",
    benchmark:
        "<benchmarks>/similarity_compare/{study}/{dataset}/{method}/seed{seed}.tsv"
    threads: config["similarity"]["compare"]["threads"]
    resources:
        mem_mb=memory(6000),
        runtime=30,
    params:
        values=lambda w: flags(
            {**config["similarity"]["compare"], **config["similarity"]["studies"][w.study]["compare"]}
        ),
    shell:
        "python src/similarity/compare.py {params.values} --data {input.data:q}"
        " --first {input.first:q} --seconds {input.seconds:q} --similarities {output.similarities:q} > {log:q} 2>&1"


rule similarity_units:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        selection="<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json",
        best="<results>/retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/best.safetensors",
        code=lambda w: code("src/similarity/units.py", models=[w.model]),
    output:
        similarities="<results>/similarity/units/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/similarities.json",
    log:
        "<logs>/similarity_units/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.log",
    benchmark:
        "<benchmarks>/similarity_units/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.tsv"
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
        "python src/similarity/units.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --selection {input.selection:q} --best {input.best:q} --similarities {output.similarities:q} > {log:q} 2>&1"
