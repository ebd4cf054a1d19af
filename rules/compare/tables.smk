# Joins the scores of all networks and writes the comparison's tables.
# in:  results/scores/...
# out: results/compare/{runs.csv,communities.json}, results/tables/{compare,compare_schedules}.*


localrules:
    compare_runs,
    compare_table,
    compare_schedules,  # seconds each: not worth a submission to a cluster


rule compare_runs:
    input:
        scores=[path for part in PARTS for path in compared(SCORES, part)],
        communities=compared(COMMUNITIES, "own"),
        code=code("src/compare/runs.py"),
    output:
        runs="<results>/compare/runs.csv",
        joined="<results>/compare/communities.json",
    log:
        "<logs>/compare_runs.log",
    benchmark:
        "<benchmarks>/compare_runs.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"settings": joined_settings()}),
    shell:
        "python src/compare/runs.py {params.values} --scores {input.scores:q}"
        " --communities {input.communities:q} --runs {output.runs:q} --joined {output.joined:q} > {log:q} 2>&1"


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
        values=flags({name: config["compare"][name] for name in ("resamples", "enough")}),
    shell:
        "python src/compare/table.py {params.values} --runs {input.runs:q} --communities {input.communities:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule compare_schedules:
    input:
        runs="<results>/compare/runs.csv",
        code=code("src/compare/schedules.py"),
    output:
        **table_files(
            "<results>/tables/compare_schedules", "Comparison", "compare_schedules", {"comparison": "schedules"}
        ),
    log:
        "<logs>/compare_schedules.log",
    benchmark:
        "<benchmarks>/compare_schedules.tsv"
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
        "python src/compare/schedules.py {params.values} --runs {input.runs:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
