# Scores MINT's blocks of weights, and chooses which go.
# in:  data/{dataset}/, results/mint/train/
# out: results/mint/{score,prune}/


localrules:
    mint_prune,  # takes less time than its submission to a cluster would


rule mint_score:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/mint/train/{protocol}/{dataset}/seed{seed}/best.safetensors",
        code=code("src/mint/score.py"),
    output:
        scores="<results>/mint/score/{protocol}/{dataset}/seed{seed}/{variant}/{layer}_{parents}x{children}_m{samples}/scores.safetensors",
    log:
        "<logs>/mint_score/{protocol}/{dataset}/seed{seed}/{variant}/{layer}_{parents}x{children}_m{samples}.log",
    benchmark:
        "<benchmarks>/mint_score/{protocol}/{dataset}/seed{seed}/{variant}/{layer}_{parents}x{children}_m{samples}.tsv"
    threads: MINT["score"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=120,
    params:
        values=lambda w: flags(mint_score_values(w)),
        state=lambda w, input: resume_path("mint_score", input.code, w),
    shell:
        "python src/mint/score.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --dense {input.dense:q} --scores {output.scores:q} > {log:q} 2>&1"


rule mint_prune:
    input:
        unpack(mint_score_files),
        unpack(mint_reference),
        dense="<results>/mint/train/{protocol}/{dataset}/seed{seed}/best.safetensors",
        code=code("src/mint/prune.py"),
    output:
        mask="<results>/mint/prune/{protocol}/{dataset}/seed{seed}/{cell}/{method}/mask.safetensors",
    log:
        "<logs>/mint_prune/{protocol}/{dataset}/seed{seed}/{cell}/{method}.log",
    benchmark:
        "<benchmarks>/mint_prune/{protocol}/{dataset}/seed{seed}/{cell}/{method}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=lambda w: flags(mint_prune_values(w)),
        files=lambda w, input: flags({role: input[role] for role in [*mint_score_files(w), *mint_reference(w)]}),
    shell:
        "python src/mint/prune.py {params.values} {params.files} --dense {input.dense:q}"
        " --mask {output.mask:q} > {log:q} 2>&1"
