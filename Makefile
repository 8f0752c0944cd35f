# The commands of this repository. Logic lives in scripts/ and xtask/; a recipe here is one line or two.

.DEFAULT_GOAL := help
.PHONY: help run test check format soak bench

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build Keyturn and its web interface, and serve the demo: http://localhost:8080/demo. Keeps nothing. ARGS="..." go to `serve`.
	@scripts/run $(ARGS)

test: ## Run every test, then the rules of the house. Needs nothing but the toolchains.
	@scripts/test

check: ## Formatting, lints, rules of the house, documentation, licences: everything that reads and runs no test.
	@scripts/check

format: ## Format the code.
	@cargo fmt --all
	@scripts/setup web
	@npm run --silent format

soak: ## The long runs: large models, hundreds of kills, many rounds. Takes hours; ARGS="..." go to `cargo test`.
	@scripts/soak $(ARGS)

bench: ## Load against the real binary, each figure beside its raw limit: writes bench/RESULTS.md. ARGS=all adds the micro-benchmarks.
	@scripts/bench $(ARGS)
