# Cuts networks of torchvision with random weights, and certifies each cut in float64.
# in:  nothing but the networks' code
# out: results/own/exactness/{network}.json, results/tables/exactness.*


localrules:
    own_exactness_table,  # seconds: not worth a submission to a cluster


rule exactness:
    input:
        **table_files("<results>/tables/exactness"),


rule own_exactness:
    input:
        code=code("src/own/exactness.py", methods=["magnitude"]),
    output:
        cuts="<results>/own/exactness/{classifier}.json",
    log:
        "<logs>/own_exactness/{classifier}.log",
    benchmark:
        "<benchmarks>/own_exactness/{classifier}.tsv"
    wildcard_constraints:
        classifier="[a-z0-9_]+",
    threads: config["exactness"]["threads"]
    resources:
        mem_mb=memory(6000),
        runtime=30,
    params:
        values=lambda w: flags(
            {
                "network": w.classifier,
                **config["exactness"]["networks"][w.classifier],
                **{name: config["exactness"][name] for name in ("classes", "seed", "threads")},
            }
        ),
    shell:
        "python src/own/exactness.py {params.values} --cuts {output.cuts:q} > {log:q} 2>&1"


rule own_exactness_table:
    input:
        cuts=expand("<results>/own/exactness/{classifier}.json", classifier=config["exactness"]["networks"]),
        code=code("src/own/exactness_table.py"),
    output:
        **table_files("<results>/tables/exactness", "Tables", "exactness", {"table": "exactness"}),
    log:
        "<logs>/own_exactness_table.log",
    benchmark:
        "<benchmarks>/own_exactness_table.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    shell:
        "python src/own/exactness_table.py --cuts {input.cuts:q} --csv {output.csv:q} --md {output.md:q}"
        " --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
