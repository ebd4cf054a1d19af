# Prints tables: what `make reproduce`, `make smoke` and `make small` let one see. Asked for by name; each time anew.
# in:  results/tables/
# out: nothing; what is printed stands in the log, too


localrules:
    show_first,
    show,
    show_export,


rule show_first:
    input:
        table=f"<results>/tables/{(drawn_tables() or tables() or ['readings'])[0]}_short.md",
    log:
        "<logs>/show_first.log",
    threads: 1
    resources:
        mem_mb=memory(100),
        runtime=5,
    shell:
        "echo; tee {log:q} < {input.table:q}; echo"


rule show:
    input:
        tables=expand("<results>/tables/{table}_short.md", table=tables()[:SHOWN]),
        side_by_side="<results>/tables/side_by_side.md",
    log:
        "<logs>/show.log",
    threads: 1
    resources:
        mem_mb=memory(100),
        runtime=5,
    shell:
        "awk 'FNR == 1 {{ print \"\" }} 1' {input.tables:q} {input.side_by_side:q} | tee {log:q}; echo"


rule show_export:
    input:
        table="<results>/tables/export.md",
    log:
        "<logs>/show_export.log",
    threads: 1
    resources:
        mem_mb=memory(100),
        runtime=5,
    shell:
        "echo; tee {log:q} < {input.table:q}; echo"
