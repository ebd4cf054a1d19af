# The numbers that README.md and docs quote. Asked for by `make readme` only: nothing else needs them.
# in:  the tables that lie in results/ (they are in git); no input, so that none is made for this
# out: results/tables/numbers.json


localrules:
    text_numbers,


rule text_numbers:
    input:
        code=code("src/text_numbers.py"),
    output:
        numbers="<results>/tables/numbers.json",
    log:
        "<logs>/text_numbers.log",
    benchmark:
        "<benchmarks>/text_numbers.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"results": config["pathvars"]["results"], "published": "published"}),
    shell:
        "python src/text_numbers.py {params.values} --numbers {output.numbers:q} > {log:q} 2>&1"
