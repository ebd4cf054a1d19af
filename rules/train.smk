# Trains a dense network.
# in:  data/{dataset}/
# out: results/train/{protocol}/{dataset}/{model}/seed{seed}/: best and last checkpoint, history


rule train:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        code=lambda w: code("src/train.py", models=[w.model]),
    output:
        best="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        last="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/last.safetensors",
        history="<results>/train/{protocol}/{dataset}/{model}/seed{seed}/history.csv",
    log:
        "<logs>/train/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/train/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    threads: config["train"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=60,
    params:
        values=lambda w: flags(train_values(w.protocol, w.model, w.seed)),
        state=lambda w, input: resume_path("train", input.code, w),
    shell:
        "python src/train.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --best {output.best:q} --last {output.last:q} --history {output.history:q} > {log:q} 2>&1"
