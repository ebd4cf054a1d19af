# Measures what training steps cost: many specialists as one module, single features of maps against whole maps.
# in:  the comparison's dense checkpoints and selections, data
# out: results/benchmarks/{stacked,patches}.*


rule stacked:
    input:
        data="<data>/mnist/dataset.json",
        raw=expand("<data>/mnist/{name}", name=raw_files()),
        dense_300="<results>/compare/train/held_out/mnist/lenet_300_100/seed1/best.safetensors",
        dense_5="<results>/compare/train/held_out/mnist/lenet_5/seed1/best.safetensors",
        selections_300="<results>/compare/select/held_out/mnist/lenet_300_100/seed1/own.json",
        selections_5="<results>/compare/select/held_out/mnist/lenet_5/seed1/own.json",
        code=code("benchmarks/stacked.py", models=["lenet_300_100", "lenet_5"]),
    output:
        **table_files("<results>/benchmarks/stacked"),
    log:
        "<logs>/stacked.log",
    benchmark:
        "<benchmarks>/stacked.tsv"
    threads: own_cores()
    resources:
        mem_mb=memory(6000),
        runtime=30,
    params:
        values=flags(
            {
                "train_images": config["images"]["train"] - config["images"]["held_out"],
                "batch_size": config["compare"]["retrain"]["batch_size"],
                "epochs": config["compare"]["retrain"]["epochs"],
                "rounds": 5,
            }
        ),
    shell:
        "python benchmarks/stacked.py {params.values} --data {input.data:q}"
        " --dense-300 {input.dense_300:q} --selections-300 {input.selections_300:q}"
        " --dense-5 {input.dense_5:q} --selections-5 {input.selections_5:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule patches:
    input:
        data="<data>/mnist/dataset.json",
        raw=expand("<data>/mnist/{name}", name=raw_files()),
        dense="<results>/compare/train/held_out/mnist/lenet_5/seed1/best.safetensors",
        selections=expand(
            "<results>/compare/select/held_out/mnist/lenet_5/seed1/{part}.json",
            part=["own", "curve"],
        ),
        code=code("benchmarks/patches.py", models=["lenet_5"]),
    output:
        **table_files("<results>/benchmarks/patches"),
    log:
        "<logs>/patches.log",
    benchmark:
        "<benchmarks>/patches.tsv"
    threads: own_cores()
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=flags(
            {
                "train_images": 10_000,
                "batch_size": config["compare"]["retrain"]["batch_size"],
                "rounds": 3,
            }
        ),
    shell:
        "python benchmarks/patches.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --selections {input.selections:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
