# What README.md and docs quote (`make readme`), and the report (`make report`): asked for by these only.
# in:  the tables, figures and scores that lie in results/ (in git); no input, so that none is made for this
# out: results/tables/seeds.*, results/tables/numbers.json, results/report.html


localrules:
    front_page,
    seeds,
    text_numbers,


rule seeds:
    input:
        code=code("src/seeds.py", models=MODELS),
    output:
        **table_files("<results>/tables/seeds"),
    log:
        "<logs>/seeds.log",
    benchmark:
        "<benchmarks>/seeds.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags(
            {
                "scores": f"{config['pathvars']['results']}/scores/{config['compare']['protocol']}",
                "epochs": config["compare"]["retrain"]["epochs"],
            }
        ),
    shell:
        "python src/seeds.py {params.values}"
        " --csv {output.csv:q} --md {output.md:q} --html {output.html:q} --tex {output.tex:q} > {log:q} 2>&1"


rule text_numbers:
    input:
        seeds="<results>/tables/seeds.csv",
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


rule front_page:
    input:
        readme="README.md",
        chapters="docs/report.yaml",
        code=code("src/front_page.py"),
    output:
        page="<results>/report.html",
    log:
        "<logs>/front_page.log",
    benchmark:
        "<benchmarks>/front_page.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags({"results": config["pathvars"]["results"], "captions": "docs/captions"}),
    shell:
        "python src/front_page.py {params.values} --readme {input.readme:q} --chapters {input.chapters:q}"
        " --page {output.page:q} > {log:q} 2>&1"
