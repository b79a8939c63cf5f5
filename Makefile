# `make` lists the targets. Every target sets up what it needs.

PYTHON_FILES := $(wildcard glue_jobs crawlers producers cost laptop cli benchmarks scripts tests docker)
SHELL_FILES := scripts/setup.sh scripts/switch.sh scripts/project_up.sh scripts/project_down.sh .ci/run \
	$(wildcard docker/*/*.sh)
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile --quiet \
	--generate-hashes --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-orders test test-glue5 test-s3 check check-terraform validate-terraform audit soak bench bench-compaction package iceberg derive lock clean

##@ Start here

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## Run the mobile coverage pipeline on this machine: stream, job, crawlers, queries
	@.venv/bin/sluice demo

demo-orders: setup ## Run the orders' pipeline: Firehose, landing, raw and processed zones, Iceberg, queries
	@.venv/bin/sluice demo orders

##@ Is it right?

test: setup ## Run all the tests, except those of test-glue5, test-images and test-s3
	.venv/bin/pytest --numprocesses 2 --dist loadfile

test-glue5: setup ## Run the tests on Spark 3.5.6 and Python 3.11 (Glue 5.1), all but those marked spark4
	@scripts/setup.sh glue5
	SPARK4_PYTHON=$(CURDIR)/.venv/bin/python .venv-glue5/bin/python -m pytest --numprocesses 2 --dist loadfile \
		-m "not spark4" --override-ini "norecursedirs=images s3 .*"

test-s3: setup ## Run the job with lake and checkpoint on S3, through Spark's own S3 client
	.venv/bin/python -m scripts.jars s3-jars.lock var/s3-jars
	SLUICE_S3_JARS=$(CURDIR)/var/s3-jars .venv/bin/pytest tests/s3

test-images: setup ## Install what the images have, by their own scripts, and run jobs and tests with it
	@scripts/setup.sh glue5
	rm -rf var/streaming-consumer var/glue-6.0 var/glue-5 var/spark-of-glue-5
	PYTHON=$(CURDIR)/.venv/bin/python docker/streaming-consumer/install.sh $(CURDIR)/var/streaming-consumer
	PYTHON=$(CURDIR)/.venv/bin/python docker/glue-local/install_glue_6.0.sh $(CURDIR)/var/glue-6.0
	mkdir -p var/spark-of-glue-5
	ln -s $(CURDIR)/.venv-glue5/lib/python3.11/site-packages/pyspark $(CURDIR)/.venv-glue5/lib/python3.11/site-packages/py4j \
		var/spark-of-glue-5
	PYTHON=$(CURDIR)/.venv-glue5/bin/python PYTHONPATH=$(CURDIR)/var/spark-of-glue-5 \
		docker/glue-local/install_glue_5.sh $(CURDIR)/var/glue-5
	SLUICE_IMAGE=$(CURDIR)/var/streaming-consumer SLUICE_GLUE=$(CURDIR)/var/glue-6.0 SLUICE_GLUE_5=$(CURDIR)/var/glue-5 \
		.venv/bin/pytest tests/images

check: setup ## Run the linters, the type checks and the import rules
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $(PYTHON_FILES)
	.venv/bin/mypy --python-version 3.11 --cache-dir .mypy_cache/glue5 $(PYTHON_FILES)
	.venv/bin/lint-imports
	.venv/bin/hadolint $(wildcard docker/*/Dockerfile docker/*/*.Dockerfile)
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker/glue-local/compose.yaml
	.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@for file in $(SHELL_FILES); do bash -n "$$file" || exit 1; done
	@if command -v shellcheck > /dev/null; then shellcheck -x $(SHELL_FILES); fi

check-terraform: setup ## Check the Terraform without its provider: fmt, references, arguments, tflint, Checkov
	@scripts/setup.sh checkov
	@.venv/bin/python -m scripts.terraform_check

validate-terraform: setup ## Run terraform validate for every stack and example, where the provider can be had
	@.venv/bin/python -m scripts.terraform_check.validate

check-workflows: setup ## Check the workflows of CI: actionlint, and that each action is pinned to a commit
	@.venv/bin/python -m scripts.workflow_check

audit: setup ## Ask for known vulnerabilities and withdrawn releases of all that is locked
	.venv/bin/python -m scripts.audit

MINUTES := 10
LAKE := file
soak: setup ## Run the job for MINUTES=10 with faults at random, to LAKE=file or s3 (SEED=… as before); count all
	.venv/bin/python -m tests.faults.soak --minutes $(MINUTES) --lake $(LAKE) $(if $(SEED),--seed $(SEED))

bench: setup ## Measure speed, cost, memory and freshness (DOCS=1 for docs/performance.md; ONLY=latency for a part)
	.venv/bin/python -m benchmarks.bench $(if $(DOCS),--json docs/performance/report.json --docs docs) \
		$(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick)

bench-compaction: setup ## Measure what compacting a day of the lake brings: files, bytes, queries
	.venv/bin/python -m benchmarks.compaction

##@ Upkeep

setup: ## Make .venv from requirements.lock, unless it is up to date
	@scripts/setup.sh

GLUE := 6.0
package: setup ## Put what Glue installs for the jobs into var/packages (GLUE=6.0 or 5.1)
	@.venv/bin/python -m scripts.package --glue $(GLUE)

iceberg: setup ## Fetch the jars of Iceberg, where they could not be had at set-up
	.venv/bin/python -m scripts.jars iceberg-jars.lock .venv/iceberg-jars

derive: setup ## Write again what is derived from the contracts
	.venv/bin/python -m scripts.derive

lock: setup ## Choose the newest allowed versions and write the lock files again
	$(COMPILE) --universal --upgrade --python-version 3.13 --all-extras --group dev -o requirements.lock pyproject.toml
	$(COMPILE) --upgrade --python-version 3.11 -o requirements-glue5.lock requirements-glue5.in
	$(COMPILE) --universal --upgrade --python-version 3.11 -o requirements-build.lock requirements-build.in
	$(COMPILE) --universal --upgrade --python-version 3.13 -o requirements-checkov.lock requirements-checkov.in
	$(COMPILE) --universal --python-version 3.13 --constraint requirements.lock \
		-o docker/streaming-consumer/requirements.lock docker/streaming-consumer/requirements.in
	$(COMPILE) --no-deps --upgrade --python-version 3.13 -o requirements-bindings.lock requirements-bindings.in

clean: ## Remove the environments, the lake of the demo, and every cache
	rm -rf .venv .venv-glue5 .venv-checkov var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
