# MINT on the paper's convolutional networks, for users with the images and a GPU; `snakemake mint_vision`.
# in:  images and weights of the user's own, as params.yaml names them
# out: results/mint/vision/{row}/


wildcard_constraints:
    row="|".join(MINT["vision"]["rows"]),


rule mint_vision:
    input:
        expand("<results>/mint/vision/{row}/metrics.json", row=MINT["vision"]["rows"]),


rule mint_vision_row:
    input:
        weights=lambda w: mint_vision_weights(w.row),
        code=code("src/mint/vision.py"),
    output:
        pruned="<results>/mint/vision/{row}/pruned.safetensors",
        metrics="<results>/mint/vision/{row}/metrics.json",
    log:
        "<logs>/mint_vision/{row}.log",
    benchmark:
        "<benchmarks>/mint_vision/{row}.tsv"
    threads: lambda w: MINT["vision"]["trainings"][MINT["vision"]["rows"][w.row]["training"]]["threads"]
    resources:
        mem_mb=memory(8000),
        runtime=2880,
    params:
        values=lambda w: flags(mint_vision_values(w.row)),
        weights=lambda w, input: flags({"weights": input.weights} if input.weights else {}),
        workers=MINT["vision"]["workers"],
        state=lambda w, input: resume_path("mint_vision", input.code, w),
    shell:
        "python src/mint/vision.py {params.values} {params.weights} --workers {params.workers:q}"
        " --state {params.state:q} --pruned {output.pruned:q} --metrics {output.metrics:q} > {log:q} 2>&1"
