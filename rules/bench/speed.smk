# Measures the study's speed against the released procedure, and how long the README's commands take. Asked for by name
# (`make bench`; `commands`, which has to be alone on the machine, by its table), never part of `all`.
# in:  dense checkpoints, data
# out: results/benchmarks/{speed,commands}.*; what else `bench` asks for, the files beside this one make


rule bench:
    input:
        "<results>/benchmarks/speed.md",
        "<results>/benchmarks/study.md",
        "<results>/benchmarks/plan.md",
        "<results>/benchmarks/stacked.md",
        "<results>/benchmarks/patches.md",
        "<results>/benchmarks/compare.md",
        "<results>/benchmarks/similarity.md",
        "<results>/benchmarks/own_steps.md",
        "<results>/benchmarks/extract.md",
        "<results>/benchmarks/pretrained.md",
        "<results>/benchmarks/environment.md",


rule speed:
    input:
        data="<data>/mnist/dataset.json",
        raw=expand("<data>/mnist/{name}", name=raw_files()),
        dense_300="<results>/train/published/mnist/lenet_300_100/seed1/best.safetensors",
        dense_5="<results>/train/published/mnist/lenet_5/seed1/best.safetensors",
        code=code("benchmarks/speed.py", models=["lenet_300_100", "lenet_5"]),
    output:
        **table_files("<results>/benchmarks/speed"),
    log:
        "<logs>/speed.log",
    benchmark:
        "<benchmarks>/speed.tsv"
    threads: own_cores()
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=flags(
            {
                "train_images": config["images"]["train"],
                "batch_size": config["train"]["batch_size"],
                "t": config["specialize"]["t"],
                "train_threads": config["train"]["threads"],
                "retrain_threads": config["retrain"]["threads"],
                "rounds": 9,
            }
        ),
    shell:
        "python benchmarks/speed.py {params.values} --data {input.data:q}"
        " --dense-300 {input.dense_300:q} --dense-5 {input.dense_5:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


# Of the last commit, and alone: nothing else may run on the machine. What trains for long has its costs elsewhere
# (results/benchmarks/study.md), and would leave nothing where it is stopped.
rule commands:
    input:
        code=code("benchmarks/commands.py"),
    output:
        **table_files("<results>/benchmarks/commands"),
    log:
        "<logs>/commands.log",
    benchmark:
        "<benchmarks>/commands.tsv"
    threads: own_cores()
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        values=flags({"commands": ["env", "smoke", "small", "report", "docs", "recount"]}),
    shell:
        "python benchmarks/commands.py {params.values}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
