# Draws the figures that belong to a table.
# in:  histories, selections, dense checkpoint, data
# out: results/figures/{table}_curves.svg, results/figures/{table}_kept.svg


localrules:
    curves,
    kept,  # seconds each: not worth a submission to a cluster


rule curves:
    input:
        dense=lambda w: path_of(TABLES[w.table], "train/{protocol}/{dataset}/{model}/seed{seed}/history.csv"),
        histories=lambda w: paths_by_class(
            TABLES[w.table],
            "retrain/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/history.csv",
        ),
        code=code("src/curves.py"),
    output:
        figure=report(
            "<results>/figures/{table}_curves.svg",
            category="Training curves",
            caption="../docs/captions/curves.rst",
            labels={"table": "{table}"},
        ),
        mean="<results>/figures/{table}_curves.csv",
    log:
        "<logs>/curves/{table}.log",
    benchmark:
        "<benchmarks>/curves/{table}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags(
            {
                "labels": config["study"]["classes"],
                "chosen_by": PROTOCOLS[TABLES[w.table]["protocol"]].chosen_by,
            }
        ),
    shell:
        "python src/curves.py {params.values} --dense {input.dense:q} --histories {input.histories:q}"
        " --figure {output.figure:q} --mean {output.mean:q} > {log:q} 2>&1"


rule kept:
    input:
        data=lambda w: path_of(TABLES[w.table], "{dataset}/dataset.json", root="data"),
        raw=lambda w: expand(path_of(TABLES[w.table], "{dataset}/{{name}}", root="data"), name=raw_files()),
        dense=lambda w: path_of(TABLES[w.table], "train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors"),
        selections=lambda w: paths_by_class(
            TABLES[w.table],
            "specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json",
        ),
        code=lambda w: code("src/kept.py", models=[TABLES[w.table]["model"]]),
    output:
        figure=report(
            "<results>/figures/{table}_kept.svg",
            category="What is kept",
            caption="../docs/captions/kept.rst",
            labels={"table": "{table}"},
        ),
    log:
        "<logs>/kept/{table}.log",
    benchmark:
        "<benchmarks>/kept/{table}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        values=lambda w: flags({"model": TABLES[w.table]["model"], "train_images": config["images"]["train"]}),
    shell:
        "python src/kept.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --selections {input.selections:q} --figure {output.figure:q} > {log:q} 2>&1"
