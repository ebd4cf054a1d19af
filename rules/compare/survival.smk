# Which specialists die early: by learning rate, loss and initial bias, on held-out images.
# in:  data/{dataset}/, results/compare/{train,select}/
# out: results/scores/{protocol}/{dataset}/{model}/seed{seed}/survival.csv, in git; results/tables/compare_survival.*


localrules:
    compare_survival_table,  # seconds: not worth a submission to a cluster


rule compare_survival:
    input:
        data="<data>/{dataset}/dataset.json",
        raw=expand("<data>/{{dataset}}/{name}", name=raw_files()),
        dense="<results>/compare/train/{protocol}/{dataset}/{model}/seed{seed}/best.safetensors",
        selections="<results>/compare/select/{protocol}/{dataset}/{model}/seed{seed}/own.json",
        code=lambda w: code("src/compare/survival.py", models=[w.model]),
    output:
        scores="<results>/scores/{protocol}/{dataset}/{model}/seed{seed}/survival.csv",
    log:
        "<logs>/compare_survival/{protocol}/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<benchmarks>/compare_survival/{protocol}/{dataset}/{model}/seed{seed}.tsv"
    threads: config["compare"]["retrain"]["threads"]
    resources:
        mem_mb=memory(4000),
        runtime=120,
    params:
        values=lambda w: flags(
            {**survival_values(w.dataset, w.model, w.seed), "settings": survival_settings(w.dataset, w.model)}
        ),
        state=lambda w, input: resume_path("compare_survival", input.code, w),
    shell:
        "python src/compare/survival.py {params.values} --state {params.state:q} --data {input.data:q}"
        " --dense {input.dense:q} --selections {input.selections:q} --scores {output.scores:q} > {log:q} 2>&1"


rule compare_survival_table:
    input:
        scores=tried_survival(SURVIVAL),
        code=code("src/compare/survival_table.py"),
    output:
        **table_files("<results>/tables/compare_survival", "Comparison", "compare_survival", {"comparison": "survival"}),
    log:
        "<logs>/compare_survival_table.log",
    benchmark:
        "<benchmarks>/compare_survival_table.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"settings": tried_settings()}),
    shell:
        "python src/compare/survival_table.py {params.values} --scores {input.scores:q}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"
