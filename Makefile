# Thin: each target is the plain command that it stands for, run in .venv.
CORES ?= $(shell getconf _NPROCESSORS_ONLN)
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
SHARE ?= 0.03
UV = $(VENV)/bin/python src/uv_as_pip.py
SMOKE := --configfile tests/smoke/params.yaml
SMALL := --configfile studies/small/params.yaml
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
SHELL := /bin/bash

.PHONY: help env reproduce small smoke compare recount mint own specialist export report trace crate docs demo browser test unit faults lint format readme codemeta dvc bench lock restore push pull clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(VENV)/ready ## the environment in .venv: the hashed lock, and the library of this checkout

$(VENV)/locked: requirements.txt
	$(PYTHON) src/python_check.py
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r <(sed -n '/^uv==/,/^    # via/p' requirements.txt)
	$(UV) pip sync --quiet --python $(VENV)/bin/python --require-hashes --compile-bytecode requirements.txt
	touch $@

$(VENV)/ready: $(VENV)/locked pyproject.toml
	$(UV) pip install --quiet --python $(VENV)/bin/python --offline --no-deps --no-build-isolation --editable .
	$(VENV)/bin/python src/plots_page.py
	touch $@

reproduce: env ## the full study: Table I first, then the rest; ends with all tables
	snakemake --logger rich --cores $(CORES) -- show_first && echo "That took $$SECONDS s; the rest follows."
	snakemake --logger rich --cores $(CORES) -- all show

small: env ## a study to learn from: one network, three classes, two methods side by side, into small/
	snakemake --logger rich --cores $(CORES) $(SMALL) -- all show
	@echo; echo "Tables and figures: small/results. Change studies/small/params.yaml and run it again, or go on: make reproduce"

smoke: env ## the real workflow on a tiny subset, into smoke/: it shows that everything runs, its numbers mean nothing
	snakemake --logger rich --cores $(CORES) $(SMOKE) -- all show
	@echo; echo "Everything runs. These numbers mean nothing: two epochs on a twentieth of the images, and little is learnt."
	@echo "Tables and figures: smoke/results. Next: make small (minutes), make reproduce (the paper's tables)"

compare: env ## methods at equal numbers of parameters: hours, goes on where it was (docs/findings.md)
	snakemake --logger rich --cores $(CORES) compare
	@cat results/tables/compare.md

recount: env ## the comparison's tables and figures from the scores in git (results/scores), without any training
	snakemake --logger rich --cores $(CORES) --forcerun compare_runs --allowed-rules compare compare_runs compare_longer_runs compare_communities_joined compare_table compare_rankings compare_longer compare_hypotheses compare_recipe compare_collapse compare_survival_table compare_communities_table compare_figure -- compare
	@cat results/tables/compare.md

mint: env ## MINT's tables on the multilayer perceptron (docs/mint.md)
	snakemake --logger rich --cores $(CORES) mint
	@cat results/mint/tables/*.md

own: env ## your own network, your own classes: the studies of studies/own/params.yaml (docs/own.md)
	snakemake --logger rich --cores $(CORES) own
	@cat results/tables/own.md

specialist: env ## a tiny network for classes of a folder of images: make specialist DATA=folder CLASSES="shirt" (docs/own.md)
	@name=$$(PYTHONPATH=src python src/own/overlay.py --data "$$DATA" --classes "$$CLASSES" --share $(SHARE) --folder specialists) && \
		answer=results/own/$$name/answer.txt && \
		snakemake --logger rich --configfile specialists/$$name.yaml --cores $(CORES) -- $$answer && cat $$answer

export: env ## every network as an ONNX file with a card, and what they cost (docs/export.md)
	snakemake --logger rich --cores $(CORES) -- export show_export

report: env ## results/report.html: what was found, every table and figure that lies in results; needs no run, opens offline
	snakemake --quiet --cores 1 --forcerun front_page --allowed-rules front_page -- results/report.html
	@echo "open results/report.html"

trace: env ## results/workflow.html: Snakemake's own report, which file came from which job with which values
	snakemake --logger rich --cores $(CORES)
	snakemake --report results/workflow.html all $$(for study in compare export mint own similarity; do \
		snakemake --dry-run -- $$study 2>&1 | grep -q "^Nothing to be done" && echo $$study; done)

crate: env ## results/crate.zip: the finished study to deposit, with its code, lock, values and run (docs/reproducibility.md)
	snakemake --logger rich --cores $(CORES) -- crate
	@echo "results/crate.zip is ready; its SHA-256 is in results/crate.zip.sha256"

docs: env ## results/site: README, docs and every table as a site with a search; needs no run, opens offline
	@NO_MKDOCS_2_WARNING=1 PYTHONPATH=src mkdocs build --strict
	@echo "open results/site/index.html"

demo: env ## a page to try the networks: draw a digit, and all of them answer (docs/demo.md)
	@python src/demo_check.py $(PORT) results/demo/runtime/ort.wasm.bundle.min.mjs
	snakemake --logger rich --cores $(CORES) -- demo
	@echo "http://127.0.0.1:$(PORT)/ shows it; Ctrl-C ends it"
	@python -m http.server --bind 127.0.0.1 --directory results/demo $(PORT)

browser: tests/browser/node_modules ## what drives the browser in the demo's tests, from its lock; without npm they skip

tests/browser/node_modules: tests/browser/package-lock.json
	npm ci --prefix tests/browser --silent && touch $@ || echo "no playwright-core: the demo's browser tests will skip"

test: env lint browser ## lint and all tests, in two processes
	pytest -n 2 --dist loadfile --no-loadscope-reorder

unit: env ## the quick tests; on another Python: make unit VENV=.venv-3.13 PYTHON=python3.13
	pytest tests/unit

faults: env ## harm done to a finished study, one fault at a time; how each ends: results/benchmarks/faults.md
	pytest tests/faults -n 2 --all-faults --faults-report results/benchmarks/faults.md

lint: env ## ruff, snakefmt, Snakemake's own lint, the library's rooms and its types
	ruff check . && ruff format --check . && snakefmt --check . && python src/workflow_lint.py
	PYTHONPATH=src lint-imports --no-cache && mypy

format: env ## rewrite the code in the project's style
	ruff check --fix . ; ruff format . ; snakefmt .

readme: env ## put the tables and the numbers of results/ into README.md and docs
	snakemake --quiet --cores 1 --forcerun seeds text_numbers --allowed-rules seeds text_numbers -- results/tables/numbers.json
	python src/readme.py --numbers results/tables/numbers.json --pages README.md docs/*.md

codemeta: env ## put what CITATION.cff says into codemeta.json
	python src/codemeta.py --citation CITATION.cff --codemeta codemeta.json

dvc: env ## put the code that the stages depend on into dvc.yaml and studies/*/dvc.yaml
	python src/dvc_stages.py --pipelines dvc.yaml studies/*/dvc.yaml

bench: env ## speed against the released procedure and the machine's own limit; what the comparison costs (runs it: hours)
	snakemake --logger rich --cores $(CORES) bench

lock: env ## resolve requirements.in anew, what is locked stays; constraints.txt is the lock without hashes
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements.in -o requirements.txt
	sed -n 's/^\([a-z0-9].*[^ ]\) *\\$$/\1/p' requirements.txt > constraints.txt

push: env ## results to your DVC remote, with a fresh index of it (docs/data.md)
	DVC_SITE_CACHE_DIR=$$(mktemp -d) dvc push

pull: env ## results from your DVC remote, likewise
	DVC_SITE_CACHE_DIR=$$(mktemp -d) dvc pull

clean: ## remove logs, the small and the smoke study and Snakemake's records: the next run makes every result again
	rm -rf small smoke resume logs .snakemake

restore: env ## after `dvc pull` or `dvc checkout`: adopt the results, if DVC finds them up to date
	dvc status --quiet || { code=$$?; dvc status; [ $$code = 1 ] \
		&& echo "not restored: some results are not those of params.yaml; run dvc repro" \
		|| echo "not restored: DVC could not compare them, for the reason above; in a tarball without .git: git init"; exit 1; }
	snakemake --cores 1 --touch --forceall --quiet all phase_export $$(dvc stage list --all --name-only | sed -n 's|^studies/\(.*\)/dvc.yaml:.*|\1|p')
