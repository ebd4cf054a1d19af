# The specialists of one dense network for one set of classes: all of them in one job; then each as files with a card.
# in:  results/own/{own}/images.safetensors, seed{seed}/{dense,statistics}.safetensors
# out: results/own/{own}/seed{seed}/{classes}/specialists.safetensors, networks/{method}/{share}/...
#      results/scores/own/{own}/seed{seed}/{classes}.csv, in git


localrules:
    own_answer,


rule own_specialists:
    input:
        images="<results>/own/{own}/images.safetensors",
        dense="<results>/own/{own}/seed{seed}/dense.safetensors",
        statistics=lambda w: (
            expand("<results>/own/{own}/seed{seed}/statistics.safetensors", **w) if own_looks(w.own) else []
        ),
        network=own_user_file,
        code=lambda w: code("src/own/specialists.py", methods=own_methods(w.own)),
    output:
        specialists="<results>/own/{own}/seed{seed}/{classes}/specialists.safetensors",
        scores="<results>/scores/own/{own}/seed{seed}/{classes}.csv",
    log:
        "<logs>/own_specialists/{own}/seed{seed}/{classes}.log",
    benchmark:
        "<benchmarks>/own_specialists/{own}/seed{seed}/{classes}.tsv"
    threads: lambda w: OWN[w.own]["retrain"]["threads"]
    resources:
        mem_mb=memory(4000),
        runtime=1440,
    params:
        values=lambda w: flags(own_specialists_values(w.own, w.seed, w.classes)),
        statistics=lambda w, input: flags({"statistics": str(input.statistics)} if input.statistics else {}),
        state=lambda w, input: resume_path("own_specialists", input.code, w),
    shell:
        "python src/own/specialists.py {params.values} {params.statistics} --state {params.state:q}"
        " --images {input.images:q} --dense {input.dense:q} --specialists {output.specialists:q}"
        " --scores {output.scores:q} > {log:q} 2>&1"


rule own_export:
    input:
        images="<results>/own/{own}/images.safetensors",
        dense="<results>/own/{own}/seed{seed}/dense.safetensors",
        specialists="<results>/own/{own}/seed{seed}/{classes}/specialists.safetensors",
        network=own_user_file,
        code=code("src/own/export.py"),
    output:
        safetensors="<results>/own/{own}/seed{seed}/{classes}/networks/{method}/{share}/network.safetensors",
        pt2="<results>/own/{own}/seed{seed}/{classes}/networks/{method}/{share}/network.pt2",
        onnx="<results>/own/{own}/seed{seed}/{classes}/networks/{method}/{share}/network.onnx",
        md="<results>/own/{own}/seed{seed}/{classes}/networks/{method}/{share}/card.md",
        json="<results>/own/{own}/seed{seed}/{classes}/networks/{method}/{share}/card.json",
    log:
        "<logs>/own_export/{own}/seed{seed}/{classes}/{method}/{share}.log",
    benchmark:
        "<benchmarks>/own_export/{own}/seed{seed}/{classes}/{method}/{share}.tsv"
    threads: lambda w: OWN[w.own]["export"]["threads"]
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        values=lambda w: flags(own_export_values(w)),
    shell:
        "python src/own/export.py {params.values} --images {input.images:q} --dense {input.dense:q}"
        " --specialists {input.specialists:q} --safetensors {output.safetensors:q} --pt2 {output.pt2:q}"
        " --onnx {output.onnx:q} --md {output.md:q} --json {output.json:q} > {log:q} 2>&1"


rule own_answer:
    input:
        cards=lambda w: own_files(w.own, "card.json", dense=False),
        code=code("src/own/answer.py"),
    output:
        answer="<results>/own/{own}/answer.txt",
    log:
        "<logs>/own_answer/{own}.log",
    benchmark:
        "<benchmarks>/own_answer/{own}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    shell:
        "python src/own/answer.py --cards {input.cards:q} --answer {output.answer:q} > {log:q} 2>&1"
