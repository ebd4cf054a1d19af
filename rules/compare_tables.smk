# The comparison's tables and figures.
# in:  results/scores/...
# out: results/compare/{runs.csv,communities.json}, results/tables/{comparison,comparison_schedules,communities}.*,
#      results/figures/comparison_*


localrules:
    compare_runs,
    comparison,
    comparison_schedules,
    communities_table,
    comparison_figure,  # seconds each: not worth a submission to a cluster


rule compare_runs:
    input:
        scores=[path for part in AT_ONCE for path in compared(SCORES, part)],
        long=compared(SCORES, "long"),
        communities=compared(COMMUNITIES, "own"),
        code=code("src/compare_runs.py"),
    output:
        runs="<results>/compare/runs.csv",
        joined="<results>/compare/communities.json",
    log:
        "<logs>/compare_runs.log",
    benchmark:
        "<benchmarks>/compare_runs.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"settings": joined_settings()}),
    shell:
        "python src/compare_runs.py {params.values} --scores {input.scores:q} --long {input.long:q}"
        " --communities {input.communities:q} --runs {output.runs:q} --joined {output.joined:q} > {log:q} 2>&1"


rule comparison:
    input:
        runs="<results>/compare/runs.csv",
        communities="<results>/compare/communities.json",
        code=code("src/comparison.py"),
    output:
        csv="<results>/tables/comparison.csv",
        md="<results>/tables/comparison.md",
        html=report(
            "<results>/tables/comparison.html",
            category="Comparison",
            caption="../docs/captions/comparison.rst",
            labels={"comparison": "table"},
        ),
        tex="<results>/tables/comparison.tex",
    log:
        "<logs>/comparison.log",
    benchmark:
        "<benchmarks>/comparison.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=flags({name: config["compare"][name] for name in ("resamples", "enough")}),
    shell:
        "python src/comparison.py {params.values} --runs {input.runs:q} --communities {input.communities:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule communities_table:
    input:
        communities="<results>/compare/communities.json",
        code=code("src/communities_table.py"),
    output:
        csv="<results>/tables/communities.csv",
        md="<results>/tables/communities.md",
        html=report(
            "<results>/tables/communities.html",
            category="Comparison",
            caption="../docs/captions/communities.rst",
            labels={"comparison": "communities"},
        ),
        tex="<results>/tables/communities.tex",
    log:
        "<logs>/communities_table.log",
    benchmark:
        "<benchmarks>/communities_table.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"resamples": config["compare"]["resamples"]}),
    shell:
        "python src/communities_table.py {params.values} --communities {input.communities:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule comparison_schedules:
    input:
        runs="<results>/compare/runs.csv",
        code=code("src/comparison_schedules.py"),
    output:
        csv="<results>/tables/comparison_schedules.csv",
        md="<results>/tables/comparison_schedules.md",
        html=report(
            "<results>/tables/comparison_schedules.html",
            category="Comparison",
            caption="../docs/captions/comparison_schedules.rst",
            labels={"comparison": "schedules"},
        ),
        tex="<results>/tables/comparison_schedules.tex",
    log:
        "<logs>/comparison_schedules.log",
    benchmark:
        "<benchmarks>/comparison_schedules.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags(
            {
                "short": [f"{model}={drops(short_schedule(model))}" for model in config["compare"]["own"]["seeds"]],
                "long": drops(config["retrain"]),
                "resamples": config["compare"]["resamples"],
            }
        ),
    shell:
        "python src/comparison_schedules.py {params.values} --runs {input.runs:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule comparison_figure:
    input:
        runs="<results>/compare/runs.csv",
        communities="<results>/compare/communities.json",
        published=[*published_tables().values()],
        code=code("src/comparison_figure.py"),
    output:
        svg=report(
            "<results>/figures/comparison_{figure}.svg",
            category="Comparison",
            caption="../docs/captions/comparison_figures.rst",
            labels={"comparison": "{figure}"},
        ),
        png="<results>/figures/comparison_{figure}.png",
    log:
        "<logs>/comparison_figure/{figure}.log",
    benchmark:
        "<benchmarks>/comparison_figure/{figure}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=lambda w: flags(
            {
                "resamples": config["compare"]["resamples"],
                "figure": w.figure,
                "published": [f"{model}={path}" for model, path in published_tables().items()],
            }
        ),
    shell:
        "python src/comparison_figure.py {params.values} --runs {input.runs:q} --communities {input.communities:q}"
        " --svg {output.svg:q} --png {output.png:q} > {log:q} 2>&1"
