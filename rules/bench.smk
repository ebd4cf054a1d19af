# Measures speed, and what the study cost. Asked for by name (`make bench`), never part of `all`.
# in:  dense checkpoints, data; Snakemake's own timings of the jobs
# out: results/benchmarks/{speed,study,together,windows,compare}.*, plan.md; similarity.* (similarity_tables.smk)


localrules:
    compare_cost,
    plan,
    study_cost,  # reads Snakemake's records, on the machine that writes them


rule bench:
    input:
        "<results>/benchmarks/speed.md",
        "<results>/benchmarks/study.md",
        "<results>/benchmarks/plan.md",
        "<results>/benchmarks/together.md",
        "<results>/benchmarks/windows.md",
        "<results>/benchmarks/compare.md",
        "<results>/benchmarks/similarity.md",


rule speed:
    input:
        data="<data>/mnist/dataset.json",
        raw=expand("<data>/mnist/{name}", name=raw_files()),
        dense_300="<results>/train/published/mnist/lenet_300_100/seed1/best.safetensors",
        dense_5="<results>/train/published/mnist/lenet_5/seed1/best.safetensors",
        code=[*code("benchmarks/speed.py"), "benchmarks/limits.py", "benchmarks/released.py"],
    output:
        csv="<results>/benchmarks/speed.csv",
        md="<results>/benchmarks/speed.md",
        html="<results>/benchmarks/speed.html",
        tex="<results>/benchmarks/speed.tex",
    log:
        "<logs>/speed.log",
    benchmark:
        "<benchmarks>/speed.tsv"
    conda:
        "../environment.yml"
    threads: own_cores()
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=flags(
            {
                "train_images": config["images"]["train"],
                "batch_size": config["train"]["batch_size"],
                "t": config["specialize"]["t"],
                "train_threads": config["train"]["threads"],
                "retrain_threads": config["retrain"]["threads"],
                "rounds": 9,
            }
        ),
    shell:
        "PYTHONPATH=src python benchmarks/speed.py {params.values} --data {input.data:q}"
        " --dense-300 {input.dense_300:q} --dense-5 {input.dense_5:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule together:
    input:
        data="<data>/mnist/dataset.json",
        raw=expand("<data>/mnist/{name}", name=raw_files()),
        dense_300="<results>/compare/train/held_out/mnist/lenet_300_100/seed1/best.safetensors",
        dense_5="<results>/compare/train/held_out/mnist/lenet_5/seed1/best.safetensors",
        selections_300="<results>/compare/select/held_out/mnist/lenet_300_100/seed1/released/own.json",
        selections_5="<results>/compare/select/held_out/mnist/lenet_5/seed1/released/own.json",
        code=[*code("benchmarks/together.py"), "benchmarks/speed.py", "benchmarks/limits.py"],
    output:
        csv="<results>/benchmarks/together.csv",
        md="<results>/benchmarks/together.md",
        html="<results>/benchmarks/together.html",
        tex="<results>/benchmarks/together.tex",
    log:
        "<logs>/together.log",
    benchmark:
        "<benchmarks>/together.tsv"
    conda:
        "../environment.yml"
    threads: own_cores()
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=flags(
            {
                "train_images": config["images"]["train"] - config["images"]["held_out"],
                "batch_size": config["compare"]["retrain"]["batch_size"],
                "epochs": config["compare"]["retrain"]["epochs"],
                "rounds": 5,
            }
        ),
    shell:
        "PYTHONPATH=src python benchmarks/together.py {params.values} --data {input.data:q}"
        " --dense-300 {input.dense_300:q} --selections-300 {input.selections_300:q}"
        " --dense-5 {input.dense_5:q} --selections-5 {input.selections_5:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule windows:
    input:
        data="<data>/mnist/dataset.json",
        raw=expand("<data>/mnist/{name}", name=raw_files()),
        dense="<results>/compare/train/held_out/mnist/lenet_5/seed1/best.safetensors",
        selections=expand(
            "<results>/compare/select/held_out/mnist/lenet_5/seed1/disparity/{part}.json",
            part=["own", "curve"],
        ),
        code=[*code("benchmarks/windows.py"), *expand("benchmarks/{name}.py", name=["limits", "speed", "together"])],
    output:
        csv="<results>/benchmarks/windows.csv",
        md="<results>/benchmarks/windows.md",
        html="<results>/benchmarks/windows.html",
        tex="<results>/benchmarks/windows.tex",
    log:
        "<logs>/windows.log",
    benchmark:
        "<benchmarks>/windows.tsv"
    conda:
        "../environment.yml"
    threads: own_cores()
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=flags(
            {
                "train_images": 10_000,
                "batch_size": config["compare"]["retrain"]["batch_size"],
                "rounds": 3,
            }
        ),
    shell:
        "PYTHONPATH=src python benchmarks/windows.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --selections {input.selections:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule compare_cost:
    input:
        runs="<results>/compare/runs.csv",
        code=[*code("benchmarks/compare.py"), "benchmarks/limits.py"],
    output:
        csv="<results>/benchmarks/compare.csv",
        md="<results>/benchmarks/compare.md",
        html="<results>/benchmarks/compare.html",
        tex="<results>/benchmarks/compare.tex",
    log:
        "<logs>/compare_cost.log",
    benchmark:
        "<benchmarks>/compare_cost.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"cores": own_cores()}),
        jobs=config["pathvars"]["benchmarks"],
    shell:
        "PYTHONPATH=src python benchmarks/compare.py {params.values} --runs {input.runs:q} --jobs {params.jobs:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule study_cost:
    input:
        tables=expand("<results>/tables/{table}.md", table=tables()),
        code=[*code("benchmarks/study.py"), "benchmarks/limits.py"],
    output:
        csv="<results>/benchmarks/study.csv",
        md="<results>/benchmarks/study.md",
        html="<results>/benchmarks/study.html",
        tex="<results>/benchmarks/study.tex",
    log:
        "<logs>/study_cost.log",
    benchmark:
        "<benchmarks>/study_cost.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"cores": own_cores()}),
        jobs=config["pathvars"]["benchmarks"],
        logs=config["pathvars"]["logs"],
    shell:
        "PYTHONPATH=src python benchmarks/study.py {params.values} --jobs {params.jobs:q} --logs {params.logs:q}"
        " --metadata .snakemake/metadata"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule plan:
    input:
        tables=expand("<results>/tables/{table}.md", table=tables()),
        code="benchmarks/plan.py",
    output:
        md="<results>/benchmarks/plan.md",
    log:
        "<logs>/plan.log",
    benchmark:
        "<benchmarks>/plan.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        larger="--seeds 100 --methods 8 --datasets 2",
        results=lambda w, output: Path(output.md).parents[1],
    shell:
        "python benchmarks/plan.py {params.larger} --results {params.results:q} > {output.md:q} 2> {log:q}"
