# What the specialists of own networks cost and are worth: the table with its sentence, and the figures.
# in:  results/scores/own/, ONNX files of results/own/
# out: results/benchmarks/own/{own}.csv, results/tables/own.*, results/figures/own_{own}.*


localrules:
    own_latency,  # on the machine that asks
    own_table,
    own_figure,  # seconds each: not worth a submission to a cluster


rule own_latency:
    input:
        networks=lambda w: own_files(w.own, "network.onnx", dense=True),
        code=code("src/own/latency.py"),
    output:
        costs="<results>/benchmarks/own/{own}.csv",
    log:
        "<logs>/own_latency/{own}.log",
    benchmark:
        "<benchmarks>/own_latency/{own}.tsv"
    threads: own_cores()  # all of them, so that nothing runs beside it
    resources:
        mem_mb=memory(2000),
        runtime=30,
    params:
        values=lambda w: flags({"study": w.own, **OWN[w.own]["latency"]}),
    shell:
        "python src/own/latency.py {params.values} --networks {input.networks:q} --costs {output.costs:q} > {log:q} 2>&1"


rule own_table:
    input:
        scores=[path for own in OWN for path in own_scores(own)],
        costs=expand("<results>/benchmarks/own/{own}.csv", own=OWN),
        code=code("src/own/table.py"),
    output:
        **table_files("<results>/tables/own", "Own networks", "own", {"own networks": "table"}),
    log:
        "<logs>/own_table.log",
    benchmark:
        "<benchmarks>/own_table.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=lambda w: flags(own_table_values()),
    shell:
        "python src/own/table.py {params.values} --scores {input.scores:q} --costs {input.costs:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule own_figure:
    input:
        csv="<results>/tables/own.csv",
        code=code("src/own/figure.py"),
    output:
        svg=report(
            "<results>/figures/own_{own}.svg",
            category="Own networks",
            caption="../../docs/captions/own_figure.rst",
            labels={"own networks": "{own}"},
        ),
        png="<results>/figures/own_{own}.png",
    log:
        "<logs>/own_figure/{own}.log",
    benchmark:
        "<benchmarks>/own_figure/{own}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=lambda w: flags({"study": w.own, "of": OWN[w.own]["of"], "near": OWN[w.own]["near_dense"]}),
    shell:
        "python src/own/figure.py {params.values} --csv {input.csv:q} --svg {output.svg:q} --png {output.png:q}"
        " > {log:q} 2>&1"
