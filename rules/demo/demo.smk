# Builds the page to try the networks in a browser. Asked for by name (`snakemake demo`, `make demo`), never part of `all`.
# in:  demo/, data/{dataset}/, dense checkpoint, selections, retrained checkpoints, metrics, ONNX files and source code
#      of the study's classes; the npm registry
# out: results/demo/, a folder to serve


localrules:
    demo_page,
    demo_networks,  # seconds each
    demo_runtime,  # needs the network, which the nodes of a cluster often lack


rule demo:
    input:
        "<results>/demo/study.json",
        "<results>/demo/runtime/ort.wasm.bundle.min.mjs",
        expand("<results>/demo/networks/{network}/network.json", network=demo_networks()),


rule demo_page:
    input:
        page=sorted(path.as_posix() for path in Path("demo").iterdir()),
        data=path_of(DEMO, "{dataset}/dataset.json", root="data"),
        raw=expand("<data>/{dataset}/{name}", dataset=DEMO["dataset"], name=raw_files()),
        runtime="<results>/demo/runtime/ort-wasm-simd-threaded.wasm",
        code=code("src/demo/page.py", models=config["study"]["models"]),
    output:
        study="<results>/demo/study.json",
        images="<results>/demo/images.bin",
        page=expand("<results>/demo/{name}", name=sorted(path.name for path in Path("demo").iterdir())),
    log:
        "<logs>/demo_page.log",
    benchmark:
        "<benchmarks>/demo_page.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        values=flags(
            {
                "networks": demo_networks(),
                "ways": [way_of(network.split("/")[1]) for network in demo_networks()],
                "images_per_class": config["demo"]["images_per_class"],
                "test_images": config["images"]["test"],
                "chosen_by": PROTOCOLS[DEMO["protocol"]].chosen_by,
            }
        ),
    shell:
        "python src/demo/page.py {params.values} --data {input.data:q} --runtime {input.runtime:q} --page {input.page:q}"
        " --images {output.images:q} --study {output.study:q} > {log:q} 2>&1"


rule demo_networks:
    input:
        data=path_of(DEMO, "{dataset}/dataset.json", root="data"),
        dense=demo_file(f"train/{DEMO_OF}/best.safetensors"),
        dense_graph=demo_file(f"export/{DEMO_OF}/dense.onnx"),
        selections=demo_files(f"specialize/{DEMO_OF}/{{method}}/class{{label}}/selection.json"),
        best=demo_files(f"retrain/{DEMO_OF}/{{method}}/class{{label}}/best.safetensors"),
        metrics=demo_files(f"evaluate/{DEMO_OF}/{{method}}/class{{label}}/metrics.json"),
        graphs=demo_files(f"export/{DEMO_OF}/{{method}}/class{{label}}.onnx"),
        javascript=demo_files(f"export/{DEMO_OF}/{{method}}/class{{label}}.mjs"),
        c=demo_files(f"export/{DEMO_OF}/{{method}}/class{{label}}.h"),
        code=lambda w: code("src/demo/networks.py", models=[w.model]),
    output:
        card="<results>/demo/networks/{model}/{method}/network.json",
        dense="<results>/demo/networks/{model}/{method}/dense.onnx",
        graphs=by_class("<results>/demo/networks/{model}/{method}/class{label}.onnx"),
        javascript=by_class("<results>/demo/networks/{model}/{method}/class{label}.mjs"),
        c=by_class("<results>/demo/networks/{model}/{method}/class{label}.h"),
    log:
        "<logs>/demo_networks/{model}/{method}.log",
    benchmark:
        "<benchmarks>/demo_networks/{model}/{method}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    shell:
        "python src/demo/networks.py --data {input.data:q} --dense {input.dense:q} --dense-graph {input.dense_graph:q}"
        " --selections {input.selections:q} --best {input.best:q} --metrics {input.metrics:q} --graphs {input.graphs:q}"
        " --javascript {input.javascript:q} --c {input.c:q} --card {output.card:q} > {log:q} 2>&1"


rule demo_runtime:
    input:
        code=code("src/demo/runtime.py"),
    output:
        module="<results>/demo/runtime/ort.wasm.bundle.min.mjs",
        wasm="<results>/demo/runtime/ort-wasm-simd-threaded.wasm",
    log:
        "<logs>/demo_runtime.log",
    benchmark:
        "<benchmarks>/demo_runtime.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=15,
    params:
        values=flags(config["demo"]["runtime"]),
        timeout=config["fetch"]["timeout"],
    shell:
        "python src/demo/runtime.py {params.values} --timeout {params.timeout:q}"
        " --module {output.module:q} --wasm {output.wasm:q} > {log:q} 2>&1"
