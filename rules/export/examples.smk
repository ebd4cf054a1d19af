# Puts a few good specialists into git, so that the README's lines run without any training: `snakemake export_examples`.
# in:  results/export/ of the specialists that `export.examples` names, data/{dataset}/
# out: examples/{model}/: their networks, source code and cards, and a picture


localrules:
    export_examples,


EXAMPLES = config["export"]["examples"]


rule export_examples:
    input:
        data=path_of(EXAMPLES, "{dataset}/dataset.json", root="data"),
        raw=[path_of(EXAMPLES, f"{{dataset}}/{name}", root="data") for name in raw_files()],
        files=[
            path_of(
                {**EXAMPLES, "label": label}, "export/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}"
            )
            + ending
            for label in config["study"]["classes"]
            for ending in (".onnx", ".mjs", ".h", ".card.md")
        ],
        code=code("src/export/examples.py"),
    output:
        picture=f"<examples>/{EXAMPLES['model']}/digit.png",
        files=[
            f"<examples>/{EXAMPLES['model']}/class{label}{ending}"
            for label in config["study"]["classes"]
            for ending in (".onnx", ".mjs", ".h", ".card.md")
        ],
    log:
        "<logs>/export_examples.log",
    benchmark:
        "<benchmarks>/export_examples.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"image": EXAMPLES["image"]}),
    shell:
        "python src/export/examples.py {params.values} --data {input.data:q} --files {input.files:q}"
        " --picture {output.picture:q} > {log:q} 2>&1"
