# What the exported networks cost: measured, and joined with what they are worth into one table.
# in:  results/export/
# out: results/benchmarks/export/{protocol}/{dataset}/{model}/seed{seed}/{method}.csv (measurements: other numbers on
#      every run), results/tables/export.*


localrules:
    export_table,  # seconds: not worth a submission to a cluster


rule export_latency:
    input:
        dense="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/dense.onnx",
        dense_int8="<results>/export/{protocol}/{dataset}/{model}/seed{seed}/dense.int8.onnx",
        specialists=by_class("<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.onnx"),
        specialists_int8=by_class(
            "<results>/export/{protocol}/{dataset}/{model}/seed{seed}/{method}/class{label}.int8.onnx"
        ),
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        code=code("benchmarks/export.py"),
    output:
        csv="<results>/benchmarks/export/{protocol}/{dataset}/{model}/seed{seed}/{method}.csv",
    log:
        "<logs>/export_latency/{protocol}/{dataset}/{model}/seed{seed}/{method}.log",
    benchmark:
        "<benchmarks>/export_latency/{protocol}/{dataset}/{model}/seed{seed}/{method}.tsv"
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
        "python benchmarks/export.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --dense-int8 {input.dense_int8:q} --specialists {input.specialists:q}"
        " --specialists-int8 {input.specialists_int8:q} --csv {output.csv:q} > {log:q} 2>&1"


rule export_table:
    input:
        checks=lambda w: every_network("<results>/export/{place}/{network}.check.json"),
        ensembles=lambda w: every_group("<results>/export/{place}/{method}/ensemble.json"),
        latencies=lambda w: every_group("<results>/benchmarks/export/{place}/{method}.csv"),
        code=code("src/export/table.py", models=config["study"]["models"]),
    output:
        **table_files("<results>/tables/export", "Tables", "export", {"table": "export"}),
    log:
        "<logs>/export_table.log",
    benchmark:
        "<benchmarks>/export_table.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    shell:
        "python src/export/table.py --checks {input.checks:q} --ensembles {input.ensembles:q} --latencies {input.latencies:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
