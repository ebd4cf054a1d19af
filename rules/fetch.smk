# Fetches and verifies a dataset.
# in:  nothing (the network, or a folder of the user's); its code neither: the files are held against params.yaml
# out: data/{dataset}/dataset.json and the four raw IDX files beside it


localrules:
    fetch,  # needs the network, which the nodes of a cluster often lack


rule fetch:
    output:
        card="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
    log:
        "<logs>/fetch/{dataset}.log",
    benchmark:
        "<benchmarks>/fetch/{dataset}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=15,
    params:
        values=lambda w: flags(fetch_values(w.dataset)),
        sources=lambda w: flags({"source": config["fetch"]["datasets"][w.dataset]["sources"]}),
        timeout=config["fetch"]["timeout"],
    shell:
        "python src/fetch.py {params.values} {params.sources} --timeout {params.timeout}"
        " --card {output.card:q} > {log:q} 2>&1"
