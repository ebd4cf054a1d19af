# Scores MINT's networks and writes its tables: `snakemake mint`.
# in:  data/{dataset}/, results/mint/{train,prune,retrain}/, published/mint_mnist_mlp.csv
# out: results/mint/{evaluate,tables}/


wildcard_constraints:
    mint_table="|".join(MINT["tables"]),


localrules:
    mint_evaluate,
    mint_table,  # seconds each: not worth a submission to a cluster


rule mint:
    input:
        expand("<results>/mint/tables/{mint_table}.md", mint_table=MINT["tables"]),


rule mint_evaluate:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/mint/train/{protocol}/{dataset}/seed{seed}/best.safetensors",
        masks=expand(
            "<results>/mint/prune/{{protocol}}/{{dataset}}/seed{{seed}}/{{cell}}/{method}/mask.safetensors",
            method=MINT["methods"],
        ),
        best=expand(
            "<results>/mint/retrain/{{protocol}}/{{dataset}}/seed{{seed}}/{{cell}}/{method}/best.safetensors",
            method=MINT["methods"],
        ),
        last=expand(
            "<results>/mint/retrain/{{protocol}}/{{dataset}}/seed{{seed}}/{{cell}}/{method}/last.safetensors",
            method=MINT["methods"],
        ),
        code=code("src/mint/evaluate.py"),
    output:
        metrics="<results>/mint/evaluate/{protocol}/{dataset}/seed{seed}/{cell}/metrics.json",
    log:
        "<logs>/mint_evaluate/{protocol}/{dataset}/seed{seed}/{cell}.log",
    benchmark:
        "<benchmarks>/mint_evaluate/{protocol}/{dataset}/seed{seed}/{cell}.tsv"
    threads: config["evaluate"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=5,
    params:
        values=flags({**evaluate_values(), "methods": MINT["methods"]}),
    shell:
        "python src/mint/evaluate.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --masks {input.masks:q} --best {input.best:q} --last {input.last:q}"
        " --metrics {output.metrics:q} > {log:q} 2>&1"


rule mint_table:
    input:
        metrics=lambda w: expand(
            "<results>/mint/evaluate/{protocol}/{dataset}/seed{seed}/{cell}/metrics.json",
            protocol=MINT["tables"][w.mint_table]["protocol"],
            dataset=MINT["tables"][w.mint_table]["dataset"],
            cell=MINT["tables"][w.mint_table]["cells"],
            seed=MINT["seeds"],
        ),
        published=lambda w: MINT["tables"][w.mint_table]["paper"],
        code=code("src/mint/table.py"),
    output:
        **table_files("<results>/mint/tables/{mint_table}", "MINT", "mint", {"table": "{mint_table}"}),
    log:
        "<logs>/mint_table/{mint_table}.log",
    benchmark:
        "<benchmarks>/mint_table/{mint_table}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags(
            {
                "title": MINT["tables"][w.mint_table]["title"],
                "table": w.mint_table,
                "cells": mint_cells(w.mint_table),
                "seeds": MINT["seeds"],
                "reference": MINT["reference"],
            }
        ),
    shell:
        "python src/mint/table.py {params.values} --published {input.published:q} --metrics {input.metrics:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
