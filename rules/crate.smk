# Puts the finished study into one file, to deposit and to cite: `make crate`. Asked for by name; what is missing runs.
# in:  what `all` asks for, the code, the lock, the values, the cards of the data
# out: results/crate.zip


localrules:
    crate,


rule crate:
    input:
        made=rules.all.input,
        data=expand("<data>/{dataset}/dataset.json", dataset=config["study"]["datasets"]),
        kept=files_of_code,
        values=lambda w: files_of_values(workflow.configfiles),
        citation="CITATION.cff",
        lock="requirements.txt",
        code=code("src/crate.py"),
    output:
        crate="<results>/crate.zip",
    log:
        "<logs>/crate.log",
    benchmark:
        "<benchmarks>/crate.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=lambda w: flags(
            {
                "commit": commit_of_code(),
                "command": command_of_study(),
                "workflow": "Snakefile",
                "results": config["pathvars"]["results"],
            }
        ),
    shell:
        "python src/crate.py {params.values} --citation {input.citation:q} --lock {input.lock:q}"
        " --code {input.kept:q} --values {input.values:q} --data {input.data:q} --made {input.made:q}"
        " --records .snakemake/metadata --crate {output.crate:q} > {log:q} 2>&1"
