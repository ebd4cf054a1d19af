# Joins the scores of all networks and writes the comparison's tables.
# in:  results/scores/..., docs/hypotheses.yaml
# out: results/compare/{runs,longer}.csv, results/tables/{compare,compare_hypotheses,...}.*


localrules:
    compare_runs,
    compare_longer_runs,
    compare_longer,
    compare_table,
    compare_rankings,
    compare_hypotheses,
    compare_recipe,
    compare_collapse,  # seconds each: not worth a submission to a cluster


rule compare_runs:
    input:
        scores=compared(SCORES) + compared_dense(),
        code=code("src/compare/runs.py"),
    output:
        runs="<results>/compare/runs.csv",
    log:
        "<logs>/compare_runs.log",
    benchmark:
        "<benchmarks>/compare_runs.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=flags({"settings": joined_settings() + joined_dense_settings()}),
    shell:
        "python src/compare/runs.py {params.values} --scores {input.scores:q} --runs {output.runs:q} > {log:q} 2>&1"


use rule compare_runs as compare_longer_runs with:
    input:
        scores=compared(SCORES, longer=True),
        code=code("src/compare/runs.py"),
    output:
        runs="<results>/compare/longer.csv",
    log:
        "<logs>/compare_longer_runs.log",
    benchmark:
        "<benchmarks>/compare_longer_runs.tsv"
    params:
        values=flags({"settings": joined_settings(longer=True)}),


rule compare_table:
    input:
        runs="<results>/compare/runs.csv",
        communities="<results>/compare/communities.json",
        code=code("src/compare/table.py"),
    output:
        **table_files("<results>/tables/compare", "Comparison", "compare", {"comparison": "table"}),
    log:
        "<logs>/compare_table.log",
    benchmark:
        "<benchmarks>/compare_table.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=flags({name: config["compare"][name] for name in ("resamples", "alike", "near_dense", "fair_loss")}),
    shell:
        "python src/compare/table.py {params.values} --runs {input.runs:q} --communities {input.communities:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule compare_rankings:
    input:
        runs="<results>/compare/runs.csv",
        longer=LONGER,
        code=code("src/compare/rankings.py"),
    output:
        **table_files("<results>/tables/compare_rankings", "Comparison", "compare_rankings", {"comparison": "rankings"}),
    log:
        "<logs>/compare_rankings.log",
    benchmark:
        "<benchmarks>/compare_rankings.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        longer=lambda w, input: flags({"longer": input.longer}) if input.longer else "",
    shell:
        "python src/compare/rankings.py --runs {input.runs:q} {params.longer}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule compare_longer:
    input:
        runs="<results>/compare/runs.csv",
        longer="<results>/compare/longer.csv",
        code=code("src/compare/longer.py"),
    output:
        **table_files("<results>/tables/compare_longer", "Comparison", "compare_longer", {"comparison": "longer"}),
    log:
        "<logs>/compare_longer.log",
    benchmark:
        "<benchmarks>/compare_longer.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=flags({"epochs": config["compare"]["retrain"]["epochs"], "longer_epochs": longer_epochs()}),
    shell:
        "python src/compare/longer.py {params.values} --runs {input.runs:q} --longer {input.longer:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule compare_hypotheses:
    input:
        runs="<results>/compare/runs.csv",
        hypotheses="docs/hypotheses.yaml",
        code=code("src/compare/hypotheses.py"),
    output:
        **table_files(
            "<results>/tables/compare_hypotheses", "Comparison", "compare_hypotheses", {"comparison": "hypotheses"}
        ),
    log:
        "<logs>/compare_hypotheses.log",
    benchmark:
        "<benchmarks>/compare_hypotheses.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=flags({"alike": config["compare"]["alike"]}),
    shell:
        "python src/compare/hypotheses.py {params.values} --runs {input.runs:q} --hypotheses {input.hypotheses:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule compare_recipe:
    input:
        runs="<results>/compare/runs.csv",
        code=code("src/compare/recipe.py"),
    output:
        **table_files("<results>/tables/compare_recipe", "Comparison", "compare_recipe", {"comparison": "recipe"}),
    log:
        "<logs>/compare_recipe.log",
    benchmark:
        "<benchmarks>/compare_recipe.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        values=flags({"choose": [f"{model}={networks}" for model, networks in config["compare"]["choosing"].items()]}),
    shell:
        "python src/compare/recipe.py {params.values} --runs {input.runs:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule compare_collapse:
    input:
        runs="<results>/compare/runs.csv",
        communities="<results>/compare/communities.json",
        code=code("src/compare/collapse.py"),
    output:
        **table_files("<results>/tables/compare_collapse", "Comparison", "compare_collapse", {"comparison": "collapse"}),
    log:
        "<logs>/compare_collapse.log",
    benchmark:
        "<benchmarks>/compare_collapse.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    shell:
        "python src/compare/collapse.py --runs {input.runs:q} --communities {input.communities:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
