# What SpecDNN's communities are: of one dense network, and of all.
# in:  data/{dataset}/, results/compare/train/
# out: results/scores/{protocol}/{dataset}/{model}/seed{seed}/communities.json, in git; results/compare/communities.json,
#      results/tables/communities.*


localrules:
    compare_communities_joined,
    compare_communities_table,  # seconds each: not worth a submission to a cluster


rule compare_communities:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        code=lambda w: code("src/compare/communities.py", models=[w.model], methods=config["compare"]["rules"]),
    output:
        communities="<results>/scores/{protocol}/{dataset}/{model}/seed{seed}/communities.json",
    log:
        "<logs>/compare_communities/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/compare_communities/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    threads: config["evaluate"]["threads"]
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        values=lambda w: flags(
            {**communities_values(w.dataset, w.model, w.seed), "settings": communities_settings(w.model)}
        ),
    shell:
        "python src/compare/communities.py {params.values} --data {input.data:q} --dense {input.dense:q}"
        " --communities {output.communities:q} > {log:q} 2>&1"


rule compare_communities_joined:
    input:
        communities=compared_communities(),
        code=code("src/compare/communities_joined.py"),
    output:
        joined="<results>/compare/communities.json",
    log:
        "<logs>/compare_communities_joined.log",
    benchmark:
        "<benchmarks>/compare_communities_joined.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"settings": communities_joined_settings()}),
    shell:
        "python src/compare/communities_joined.py {params.values} --communities {input.communities:q}"
        " --joined {output.joined:q} > {log:q} 2>&1"


rule compare_communities_table:
    input:
        communities="<results>/compare/communities.json",
        code=code("src/compare/communities_table.py"),
    output:
        **table_files("<results>/tables/communities", "Comparison", "communities", {"comparison": "communities"}),
    log:
        "<logs>/compare_communities_table.log",
    benchmark:
        "<benchmarks>/compare_communities_table.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    shell:
        "python src/compare/communities_table.py --communities {input.communities:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
