# Your own network, your own classes (docs/own.md). Asked for by name: `snakemake own`. Here: images and dense networks.
# in:  images, weights and a network of the user's, as studies/own/params.yaml names them, or data/{dataset}/
# out: results/own/{own}/images.safetensors, seed{seed}/{dense,statistics}.safetensors


wildcard_constraints:
    own="|".join(OWN),
    classes="[a-z0-9_-]+",
    share="[0-9.e-]+",


rule own:
    input:
        "<results>/tables/own.md",
        expand("<results>/figures/own_{own}.svg", own=OWN),
        lambda w: expand("<results>/own/{own}/answer.txt", own=OWN),


rule own_images:
    input:
        card=own_card,
        code=code("src/own/images.py"),
    output:
        images="<results>/own/{own}/images.safetensors",
    log:
        "<logs>/own_images/{own}.log",
    benchmark:
        "<benchmarks>/own_images/{own}.tsv"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        values=lambda w: flags(own_images_values(w.own)),
        source=lambda w: OWN[w.own]["images"]["source"],
        listing=lambda w: own_listing(w.own),
        card=lambda w, input: flags({"card": input.card[0]} if input.card else {}),
    shell:
        "python src/own/images.py {params.values} --source {params.source:q} {params.card}"
        " --images {output.images:q} > {log:q} 2>&1"


rule own_train:
    input:
        images="<results>/own/{own}/images.safetensors",
        weights=lambda w: OWN[w.own]["weights"] or [],
        network=own_user_file,
        code=code("src/own/train.py"),
    output:
        dense="<results>/own/{own}/seed{seed}/dense.safetensors",
        history="<results>/own/{own}/seed{seed}/history.csv",
    log:
        "<logs>/own_train/{own}/seed{seed}.log",
    benchmark:
        "<benchmarks>/own_train/{own}/seed{seed}.tsv"
    threads: lambda w: OWN[w.own]["train"]["threads"]
    resources:
        mem_mb=memory(4000),
        runtime=600,
    params:
        values=lambda w: flags(own_train_values(w.own, w.seed)),
        weights=lambda w, input: flags({"weights": input.weights} if input.weights else {}),
        state=lambda w, input: resume_path("own_train", input.code, w),
    shell:
        "python src/own/train.py {params.values} {params.weights} --state {params.state:q} --images {input.images:q}"
        " --dense {output.dense:q} --history {output.history:q} > {log:q} 2>&1"


rule own_statistics:
    input:
        images="<results>/own/{own}/images.safetensors",
        dense="<results>/own/{own}/seed{seed}/dense.safetensors",
        network=own_user_file,
        code=code("src/own/statistics_.py"),
    output:
        statistics="<results>/own/{own}/seed{seed}/statistics.safetensors",
    log:
        "<logs>/own_statistics/{own}/seed{seed}.log",
    benchmark:
        "<benchmarks>/own_statistics/{own}/seed{seed}.tsv"
    threads: lambda w: OWN[w.own]["statistics"]["threads"]
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        values=lambda w: flags(own_statistics_values(w.own, w.seed)),
    shell:
        "python src/own/statistics_.py {params.values} --images {input.images:q} --dense {input.dense:q}"
        " --statistics {output.statistics:q} > {log:q} 2>&1"
