# The only commands a newcomer needs. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Where cargo builds; taken from the environment if somebody set it.
TARGET := $(or $(CARGO_TARGET_DIR),target)
CLIENT_SOURCES := $(shell find web-client -path web-client/node_modules -prune -o -path web-client/dist -prune -o -type f -print 2>/dev/null)
HTTP ?= 127.0.0.1:8080
MEDIA ?= 7882
DATA ?= data

.PHONY: help run build install test check bench fuzz soak
# Seconds for each target of `make fuzz`, and which ones; all if none is named.
SECONDS_EACH ?= 600
TARGETS ?=
# Seconds of `make soak`, and steps of its simulation, with another seed every day.
SOAK_SECONDS ?= 1800
SIMULATION_STEPS ?= 20000000
SIMULATION_SEED ?= $(shell date +%Y%m%d)

help: ## list the commands
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 10

run: build ## install what is missing, build, start everything with a demo county on 127.0.0.1:8080
	@exec $(TARGET)/release/shanqiao all --demo --http $(HTTP) --media $(MEDIA) --data $(DATA)

build: install web-client/dist/index.html ## build the program into target/release/shanqiao
	@echo "== program (some minutes the first time)"
	cargo build --release -p shanqiao

install: ## install what is missing on this machine (Debian 12)
	@deploy/install.sh

test: ## run every test; the last line counts them
	@tests/run.sh

bench: build ## measure: what forwarding costs, beside other servers and the machine's own floor (Go 1.26, root for a network namespace)
	@tests/bench/run.sh

fuzz: ## throw hostile input at every reader of the network, and at the API, 10 minutes each (SECONDS_EACH=60 TARGETS="sdp stun")
	@deploy/install.sh
	@tests/fuzz/run.sh $(SECONDS_EACH) $(TARGETS)
	@$(if $(TARGETS),,tests/api/run.sh $(SECONDS_EACH) $(SIMULATION_SEED))

soak: ## 10,000 recurrence rules beside two other programs, properties on cases of the day, then clients that come and go for 30 minutes beside garbage, memory flat (SOAK_SECONDS=300 for less)
	@deploy/install.sh tests
	@tests/material/make.py
	tests/recurrence/run.sh
	SIMULATION_STEPS=$(SIMULATION_STEPS) SIMULATION_SEED=$(SIMULATION_SEED) cargo test --locked -p signalling --test simulation
	PROPTEST_RNG_SEED=$(SIMULATION_SEED) cargo test --locked --workspace
	cargo build --locked -p shanqiao
	cd tests/browser && npm ci --no-audit --no-fund && SOAK_SECONDS=$(SOAK_SECONDS) SHANQIAO="$(abspath $(TARGET))/debug/shanqiao" node soak.js

check: web-client/dist/index.html ## format and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

web-client/node_modules/.package-lock.json: web-client/package-lock.json
	@echo "== web client: packages"
	cd web-client && npm ci --no-audit --no-fund
	@touch $@

web-client/dist/index.html: web-client/node_modules/.package-lock.json $(CLIENT_SOURCES)
	@echo "== web client: build"
	cd web-client && npm run build
	@touch $@
