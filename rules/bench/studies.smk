# Measures the speed of the sibling systems, layer similarities and MINT's scores; and what the seals cost a study.
# in:  data, MINT's dense checkpoint
# out: results/benchmarks/{similarity,mint,seals}.*


# Without the allocator's settings of the other jobs: of large matrices, what it keeps back exceeds what is needed.
rule similarity_speed:
    input:
        code=code("benchmarks/similarity.py"),
    output:
        **table_files("<results>/benchmarks/similarity"),
    log:
        "<logs>/similarity_speed.log",
    benchmark:
        "<benchmarks>/similarity_speed.tsv"
    threads: own_cores()
    resources:
        mem_mb=memory(4000),
        runtime=30,
    params:
        values=flags({"samples": 10000, "units": 4096, "threads": 2, "rounds": 3}),
    shell:
        "unset MALLOC_TRIM_THRESHOLD_ MALLOC_MMAP_THRESHOLD_; "
        "python benchmarks/similarity.py {params.values}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule mint_bench:
    input:
        data="<data>/mnist/dataset.json",
        raw=expand("<data>/mnist/{name}", name=raw_files()),
        dense=f"<results>/mint/train/published/mnist/seed{MINT['seeds'][0]}/best.safetensors",
        code=code("benchmarks/mint.py"),
    output:
        **table_files("<results>/benchmarks/mint"),
    log:
        "<logs>/mint_bench.log",
    benchmark:
        "<benchmarks>/mint_bench.tsv"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=15,
    params:
        values=flags({"train_images": config["images"]["train"], "rounds": 5}),
    shell:
        "python benchmarks/mint.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


# Of the study that is there, by the records of its jobs. Its own place, whichever study that is:
# snakemake --configfile tests/smoke/params.yaml -- results/benchmarks/seals.md
rule seals:
    input:
        code=code("benchmarks/seals.py"),
    output:
        **table_files("results/benchmarks/seals"),
    log:
        "<logs>/seals.log",
    benchmark:
        "<benchmarks>/seals.tsv"
    threads: own_cores()
    resources:
        mem_mb=memory(500),
        runtime=15,
    params:
        values=flags({"results": config["pathvars"]["results"], "logs": config["pathvars"]["logs"], "rounds": 5}),
    shell:
        "python benchmarks/seals.py {params.values}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
