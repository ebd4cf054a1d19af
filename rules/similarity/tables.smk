# Joins the layer-similarity studies into tables. Asked for by name (`snakemake similarity`), not in `all`.
# in:  results/similarity/{compare,units}/, published/similarity_demo.csv
# out: results/similarity/gather/{study}.csv, results/tables/similarity_*


localrules:
    similarity_gather,
    similarity_table,
    similarity_units_table,  # seconds each: not worth a submission to a cluster


rule similarity:
    input:
        expand("<results>/tables/similarity_{study}.md", study=config["similarity"]["studies"]),
        expand("<results>/figures/similarity_{study}_lines.svg", study=config["similarity"]["studies"]),
        [
            f"<results>/figures/similarity_{study}_heatmaps_{method}.svg"
            for study, entry in config["similarity"]["studies"].items()
            for method in entry["methods"]
        ],
        "<results>/tables/similarity_units.md",


rule similarity_gather:
    input:
        similarities=lambda w: [SIMILARITY_COMPARED.format(**one) for one in compared_of(w.study)],
        firsts=lambda w: [SIMILARITY_DENSE.format(**one) for one in compared_of(w.study)],
        seconds=lambda w: [path for one in compared_of(w.study) for path in compared_networks(**one)],
        code=code("src/similarity/gather.py"),
    output:
        csv="<results>/similarity/gather/{study}.csv",
    log:
        "<logs>/similarity_gather/{study}.log",
    benchmark:
        "<benchmarks>/similarity_gather/{study}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags({"compared": compared_as_json(w.study)}),
    shell:
        "python src/similarity/gather.py {params.values} --similarities {input.similarities:q}"
        " --csv {output.csv:q} > {log:q} 2>&1"


rule similarity_table:
    input:
        similarities="<results>/similarity/gather/{study}.csv",
        published=lambda w: config["similarity"]["studies"][w.study].get("published", []),
        code=code("src/similarity/table.py"),
    output:
        **table_files(
            "<results>/tables/similarity_{study}",
            "Layer similarity",
            "similarity",
            {"study": "{study}", "shown": "table"},
        ),
    log:
        "<logs>/similarity_table/{study}.log",
    benchmark:
        "<benchmarks>/similarity_table/{study}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags({"title": config["similarity"]["studies"][w.study]["title"]}),
        published=lambda w, input: flags({"published": input.published} if input.published else {}),
    shell:
        "python src/similarity/table.py {params.values} --similarities {input.similarities:q} {params.published}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule similarity_units_table:
    input:
        similarities=expand(
            rules.similarity_units.output.similarities,
            protocol=config["similarity"]["units"]["protocols"],
            dataset=config["similarity"]["dataset"],
            model=config["similarity"]["units"]["models"],
            seed=config["similarity"]["units"]["seeds"],
            method=config["similarity"]["units"]["methods"],
            label=config["study"]["classes"],
        ),
        code=code("src/similarity/units_table.py"),
    output:
        **table_files(
            "<results>/tables/similarity_units", "Layer similarity", "similarity", {"study": "units", "shown": "table"}
        ),
    log:
        "<logs>/similarity_units_table.log",
    benchmark:
        "<benchmarks>/similarity_units_table.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    shell:
        "python src/similarity/units_table.py --similarities {input.similarities:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
