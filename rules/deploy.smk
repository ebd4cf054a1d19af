# What the exported networks cost: measured, and joined with what they are worth into one table.
# in:  results/export/
# out: results/benchmarks/deploy/{protocol}/{dataset}/{model}/seed{seed}/{method}.csv (measurements: other numbers on
#      every run), results/tables/deploy.*


localrules:
    deploy_table,  # seconds: not worth a submission to a cluster


rule deploy_latency:
    input:
        dense="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/dense.onnx",
        dense_int8="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/dense.int8.onnx",
        specialists=by_class("<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.onnx"),
        specialists_int8=by_class(
            "<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.int8.onnx"
        ),
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        code=[*code("benchmarks/deploy.py"), "benchmarks/deploy_memory.py"],
    output:
        csv="<results>/benchmarks/deploy/{protocol}/{dataset}/{model}/seed{seed}/{method}.csv",
    log:
        "<logs>/deploy_latency/{protocol}/{dataset}/{model}/seed{seed}/{method}.log",
    benchmark:
        "<benchmarks>/deploy_latency/{protocol}/{dataset}/{model}/seed{seed}/{method}.tsv"
    conda:
        "../environment.yml"
    threads: own_cores()  # of which it uses one: nothing of ours runs beside it
    resources:
        mem_mb=memory(1000),
        runtime=30,
    params:
        values=flags(
            {
                **config["export"]["latency"],
                "test_images": config["images"]["test"],
                "labels": config["study"]["classes"],
            }
        ),
    shell:
        "PYTHONPATH=src python benchmarks/deploy.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --dense-int8 {input.dense_int8:q} --specialists {input.specialists:q}"
        " --specialists-int8 {input.specialists_int8:q} --csv {output.csv:q} > {log:q} 2>&1"


rule deploy_table:
    input:
        checks=lambda w: every_network("<results>/export/{place}/{network}.check.json"),
        together=lambda w: every_group("<results>/export/{place}/{method}/together.json"),
        latencies=lambda w: every_group("<results>/benchmarks/deploy/{place}/{method}.csv"),
        code=code("src/deploy_table.py"),
    output:
        csv="<results>/tables/deploy.csv",
        md="<results>/tables/deploy.md",
        html=report(
            "<results>/tables/deploy.html",
            category="Tables",
            caption="../docs/captions/deploy.rst",
            labels={"table": "deploy"},
        ),
        tex="<results>/tables/deploy.tex",
    log:
        "<logs>/deploy_table.log",
    benchmark:
        "<benchmarks>/deploy_table.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    shell:
        "python src/deploy_table.py --checks {input.checks:q} --together {input.together:q} --latencies {input.latencies:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
