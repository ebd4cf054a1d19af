# Sums up what studies cost, from Snakemake's own timings of the jobs, what a larger one would, and what the environment
# weighs.
# in:  results/tables/, results/compare/{runs.csv,communities.json}; Snakemake's records
# out: results/benchmarks/{study,compare,environment}.*, plan.md


localrules:
    compare_cost,
    environment,
    plan,
    study_cost,  # reads Snakemake's records, on the machine that writes them


rule compare_cost:
    input:
        runs="<results>/compare/runs.csv",
        communities="<results>/compare/communities.json",
        code=code("benchmarks/compare.py"),
    output:
        **table_files("<results>/benchmarks/compare"),
    log:
        "<logs>/compare_cost.log",
    benchmark:
        "<benchmarks>/compare_cost.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        jobs=config["pathvars"]["benchmarks"],
    shell:
        "python benchmarks/compare.py --runs {input.runs:q} --communities {input.communities:q} --jobs {params.jobs:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule study_cost:
    input:
        tables=expand("<results>/tables/{table}.md", table=tables()),
        code=code("benchmarks/study.py"),
    output:
        **table_files("<results>/benchmarks/study"),
    log:
        "<logs>/study_cost.log",
    benchmark:
        "<benchmarks>/study_cost.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"cores": own_cores()}),
        jobs=config["pathvars"]["benchmarks"],
        logs=config["pathvars"]["logs"],
    shell:
        "python benchmarks/study.py {params.values} --jobs {params.jobs:q} --logs {params.logs:q}"
        " --metadata .snakemake/metadata"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule plan:
    input:
        tables=expand("<results>/tables/{table}.md", table=tables()),
        code=code("benchmarks/plan.py"),
    output:
        md="<results>/benchmarks/plan.md",
    log:
        "<logs>/plan.log",
    benchmark:
        "<benchmarks>/plan.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        larger="--seeds 100 --methods 8 --datasets 2",
        results=lambda w, output: Path(output.md).parents[1],
    shell:
        "python benchmarks/plan.py {params.larger} --results {params.results:q} > {output.md:q} 2> {log:q}"


rule environment:
    input:
        lock="requirements.txt",
        code=code("benchmarks/environment.py"),
    output:
        **table_files("<results>/benchmarks/environment"),
    log:
        "<logs>/environment.log",
    benchmark:
        "<benchmarks>/environment.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    shell:
        "python benchmarks/environment.py"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
