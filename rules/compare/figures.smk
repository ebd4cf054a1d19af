# Draws the comparison's figures.
# in:  results/compare/{runs.csv,communities.json}, published/
# out: results/figures/compare_*


localrules:
    compare_figure,  # seconds each: not worth a submission to a cluster


rule compare_figure:
    input:
        runs="<results>/compare/runs.csv",
        communities="<results>/compare/communities.json",
        published=[entry.split("=", 1)[1] for entry in papers_rates()],
        code=code("src/compare/figure.py"),
    output:
        svg=report(
            "<results>/figures/compare_{figure}.svg",
            category="Comparison",
            caption="../../docs/captions/compare_figures.rst",
            labels={"comparison": "{figure}"},
        ),
        png="<results>/figures/compare_{figure}.png",
    log:
        "<logs>/compare_figure/{figure}.log",
    benchmark:
        "<benchmarks>/compare_figure/{figure}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=lambda w: flags(
            {
                "figure": w.figure,
                "fair_loss": config["compare"]["fair_loss"],
                "published": papers_rates(),
            }
        ),
    shell:
        "python src/compare/figure.py {params.values} --runs {input.runs:q} --communities {input.communities:q}"
        " --svg {output.svg:q} --png {output.png:q} > {log:q} 2>&1"
