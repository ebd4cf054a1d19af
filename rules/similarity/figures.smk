# Draws the layer-similarity studies.
# in:  results/tables/similarity_*.csv
# out: results/figures/similarity_*


localrules:
    similarity_heatmaps,
    similarity_lines,  # seconds each: not worth a submission to a cluster


rule similarity_heatmaps:
    input:
        table="<results>/tables/similarity_{study}.csv",
        code=code("src/similarity/heatmaps.py"),
    output:
        figure=report(
            "<results>/figures/similarity_{study}_heatmaps_{method}.svg",
            category="Layer similarity",
            caption="../../docs/captions/similarity.rst",
            labels={"study": "{study}", "shown": "heatmaps, {method}"},
        ),
    log:
        "<logs>/similarity_heatmaps/{study}/{method}.log",
    benchmark:
        "<benchmarks>/similarity_heatmaps/{study}/{method}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags({"method": w.method}),
    shell:
        "python src/similarity/heatmaps.py {params.values} --table {input.table:q}"
        " --figure {output.figure:q} > {log:q} 2>&1"


rule similarity_lines:
    input:
        table="<results>/tables/similarity_{study}.csv",
        code=code("src/similarity/lines.py"),
    output:
        figure=report(
            "<results>/figures/similarity_{study}_lines.svg",
            category="Layer similarity",
            caption="../../docs/captions/similarity.rst",
            labels={"study": "{study}", "shown": "lines"},
        ),
    log:
        "<logs>/similarity_lines/{study}.log",
    benchmark:
        "<benchmarks>/similarity_lines/{study}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"metric": config["similarity"]["lines"]["metric"], "view": config["similarity"]["lines"]["view"]}),
    shell:
        "python src/similarity/lines.py {params.values} --table {input.table:q}"
        " --figure {output.figure:q} > {log:q} 2>&1"
