# MINT on the multilayer perceptron: dense networks, scores of blocks, masks, retrained networks.
# in:  data/{dataset}/
# out: results/mint/{train,score,prune,retrain}/


wildcard_constraints:
    variant="[a-z0-9_]+",
    cell="[a-z0-9_]+",
    layer="fc2|fc3",
    parents=r"\d+",
    children=r"\d+",
    samples=r"\d+",


localrules:
    mint_prune,  # takes less time than its submission to a cluster would


rule mint_train:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        code=code("src/mint_train.py"),
    output:
        best="<results>/mint/train/{protocol}/{dataset}/seed{seed}/best.safetensors",
        last="<results>/mint/train/{protocol}/{dataset}/seed{seed}/last.safetensors",
        history="<results>/mint/train/{protocol}/{dataset}/seed{seed}/history.csv",
    log:
        "<logs>/mint_train/{protocol}/{dataset}/seed{seed}.log",
    benchmark:
        "<benchmarks>/mint_train/{protocol}/{dataset}/seed{seed}.tsv"
    conda:
        "../environment.yml"
    threads: MINT["train"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=lambda w: flags(mint_training_values("train", w)),
        state=lambda w: resume_path("mint_train", "src/mint_train.py", w),
    shell:
        "python src/mint_train.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --best {output.best:q} --last {output.last:q} --history {output.history:q} > {log:q} 2>&1"


rule mint_score:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/mint/train/{protocol}/{dataset}/seed{seed}/best.safetensors",
        code=code("src/mint_score.py"),
    output:
        scores="<results>/mint/score/{protocol}/{dataset}/seed{seed}/{variant}/{layer}_{parents}x{children}_m{samples}/scores.safetensors",
    log:
        "<logs>/mint_score/{protocol}/{dataset}/seed{seed}/{variant}/{layer}_{parents}x{children}_m{samples}.log",
    benchmark:
        "<benchmarks>/mint_score/{protocol}/{dataset}/seed{seed}/{variant}/{layer}_{parents}x{children}_m{samples}.tsv"
    conda:
        "../environment.yml"
    threads: MINT["score"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=120,
    params:
        values=lambda w: flags(mint_score_values(w)),
        state=lambda w: resume_path("mint_score", "src/mint_score.py", w),
    shell:
        "python src/mint_score.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --dense {input.dense:q} --scores {output.scores:q} > {log:q} 2>&1"


rule mint_prune:
    input:
        unpack(mint_score_files),
        unpack(mint_reference),
        dense="<results>/mint/train/{protocol}/{dataset}/seed{seed}/best.safetensors",
        code=code("src/mint_prune.py"),
    output:
        mask="<results>/mint/prune/{protocol}/{dataset}/seed{seed}/{cell}/{method}/mask.safetensors",
    log:
        "<logs>/mint_prune/{protocol}/{dataset}/seed{seed}/{cell}/{method}.log",
    benchmark:
        "<benchmarks>/mint_prune/{protocol}/{dataset}/seed{seed}/{cell}/{method}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=lambda w: flags(mint_prune_values(w)),
        files=lambda w, input: mint_file_flags(
            {role: input[role] for role in [*mint_score_files(w), *mint_reference(w)]}
        ),
    shell:
        "python src/mint_prune.py {params.values} {params.files} --dense {input.dense:q}"
        " --mask {output.mask:q} > {log:q} 2>&1"


rule mint_retrain:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/mint/train/{protocol}/{dataset}/seed{seed}/best.safetensors",
        mask="<results>/mint/prune/{protocol}/{dataset}/seed{seed}/{cell}/{method}/mask.safetensors",
        code=code("src/mint_retrain.py"),
    output:
        best="<results>/mint/retrain/{protocol}/{dataset}/seed{seed}/{cell}/{method}/best.safetensors",
        last="<results>/mint/retrain/{protocol}/{dataset}/seed{seed}/{cell}/{method}/last.safetensors",
        history="<results>/mint/retrain/{protocol}/{dataset}/seed{seed}/{cell}/{method}/history.csv",
    log:
        "<logs>/mint_retrain/{protocol}/{dataset}/seed{seed}/{cell}/{method}.log",
    benchmark:
        "<benchmarks>/mint_retrain/{protocol}/{dataset}/seed{seed}/{cell}/{method}.tsv"
    conda:
        "../environment.yml"
    threads: MINT["retrain"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=lambda w: flags(mint_training_values("retrain", w)),
        state=lambda w: resume_path("mint_retrain", "src/mint_retrain.py", w),
    shell:
        "python src/mint_retrain.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --dense {input.dense:q} --mask {input.mask:q}"
        " --best {output.best:q} --last {output.last:q} --history {output.history:q} > {log:q} 2>&1"
