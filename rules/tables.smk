# Writes the tables, as data (CSV), for reading (Markdown, HTML) and for a paper (LaTeX).
# in:  results/aggregate/, selections of the readings, published/
# out: results/tables/


localrules:
    tables,
    side_by_side,
    readings,  # seconds each: not worth a submission to a cluster


rule tables:
    input:
        specialists=lambda w: path_of(
            TABLES[w.table],
            "aggregate/{protocol}/{dataset}/{model}/seed{seed}/{method}/specialists.csv",
        ),
        paper=lambda w: TABLES[w.table].get("paper", []),
        code=code("src/tables.py"),
    output:
        **table_files("<results>/tables/{table}", "Tables", "tables", {"table": "{table}"}),
        short="<results>/tables/{table}_short.md",
        averages="<results>/tables/{table}.json",
    log:
        "<logs>/tables/{table}.log",
    benchmark:
        "<benchmarks>/tables/{table}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags({"title": TABLES[w.table]["title"]}),
        paper=lambda w, input: flags({"paper": input.paper} if input.paper else {}),
    shell:
        "python src/tables.py {params.values} --specialists {input.specialists:q} {params.paper}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q}"
        " --short {output.short:q} --averages {output.averages:q} > {log:q} 2>&1"


rule side_by_side:
    input:
        sets=expand(
            "<results>/aggregate/{protocol}/{dataset}/{model}/seed{seed}/{method}/specialists.csv",
            **networks(),
            method=config["study"]["methods"],
        ),
        code=code("src/side_by_side.py", models=config["study"]["models"]),
    output:
        **table_files("<results>/tables/side_by_side", "Tables", "side_by_side", {"table": "side by side"}),
    log:
        "<logs>/side_by_side.log",
    benchmark:
        "<benchmarks>/side_by_side.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({key: config["study"][key] for key in ("protocols", "datasets", "models", "seeds", "methods")}),
        aggregated=lambda w, input: Path(input.sets[0]).parents[5].as_posix(),  # not file by file: there may be thousands
    shell:
        "python src/side_by_side.py {params.values} --aggregated {params.aggregated:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule readings:
    input:
        selections=expand(
            "<results>/specialize/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}/selection.json",
            protocol=config["study"]["protocols"][0],
            dataset=config["study"]["datasets"][0],
            model=config["study"]["models"],
            seed=config["study"]["seeds"][0],
            method=config["readings"]["methods"],
            label=config["study"]["classes"],
        ),
        code=code("src/readings.py"),
    output:
        **table_files("<results>/tables/readings", "Tables", "readings", {"table": "readings"}),
    log:
        "<logs>/readings.log",
    benchmark:
        "<benchmarks>/readings.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    shell:
        "python src/readings.py --selections {input.selections:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
