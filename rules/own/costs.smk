# Measures a training step beside a plain loop of torch's, what a cut takes, and a pretrained network cut; `make bench`.
# in:  results/own/{own}/images.safetensors
# out: results/benchmarks/own_steps.*, results/benchmarks/extract.*, results/benchmarks/pretrained.*


rule own_steps:
    input:
        images="<results>/own/fashion_mnist/images.safetensors",
        code=code("benchmarks/own_steps.py"),
    output:
        **table_files("<results>/benchmarks/own_steps"),
    log:
        "<logs>/own_steps.log",
    benchmark:
        "<benchmarks>/own_steps.tsv"
    threads: own_cores()
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=flags(
            {
                "network": "residual",
                "shares": OWN["fashion_mnist"]["shares"],
                "batch_size": OWN["fashion_mnist"]["retrain"]["batch_size"],
                "rounds": 9,
            }
        ),
    shell:
        "python benchmarks/own_steps.py {params.values} --images {input.images:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule own_extract:
    input:
        code=code("benchmarks/extract.py", methods=["magnitude"]),
    output:
        **table_files("<results>/benchmarks/extract"),
    log:
        "<logs>/own_extract.log",
    benchmark:
        "<benchmarks>/own_extract.tsv"
    threads: own_cores()
    resources:
        mem_mb=memory(5000),
        runtime=30,
    params:
        values=flags({"networks": ["resnet50:224", "residual:28"], "share": 0.05, "rounds": 3, "threads": 2}),
    shell:
        "python benchmarks/extract.py {params.values}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule own_pretrained:
    input:
        code=code("benchmarks/pretrained.py", methods=["magnitude"]),
    output:
        **table_files("<results>/benchmarks/pretrained"),
    log:
        "<logs>/own_pretrained.log",
    benchmark:
        "<benchmarks>/own_pretrained.tsv"
    threads: own_cores()  # of which it uses one: nothing of ours runs beside it
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=flags(config["exactness"]["pretrained"]),
    shell:
        "python benchmarks/pretrained.py {params.values} --csv {output.csv:q} --md {output.md:q}"
        " --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
