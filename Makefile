# Targets print themselves: `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
SOURCE ?= street
RUN_ARGS ?=
VISIT_ARGS ?=
PYTEST_ARGS ?=
STATES ?= 10000
TARGET ?= all
SEED ?= 1
HOURS ?= 24
EVERY ?= 1
MINUTES ?= 10
NODES ?= 500
# Long tests beside the others: pytest leaves out a file that is named beside its own folder.
LONG := -o python_files='test_*.py long_*.py'

.PHONY: help setup tools run visit guide test check bench lab-guard lab-nodes lab-update lab-line lab-powercut lab-simulate lab-faults lab-soak lab-outage lab-firstboot lab-fleet-ops lab-arm64 hardware format pictures lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what run and test need; starts no service, does nothing when all is there
	@deploy/setup

run: export SOURCE := $(SOURCE)
run: setup ## one node and its center on this machine; SOURCE=street, picamera, a video file or /dev/video0
	@.venv/bin/mimamori run --source "$$SOURCE" $(RUN_ARGS)

visit: setup ## in another terminal beside make run: hold the camera's button, print page, ticket and code
	@.venv/bin/mimamori demo-visit $(VISIT_ARGS)

test: setup check ## every test that needs no special hardware
	@$(PY) -m pytest $(PYTEST_ARGS)

tools:
	@deploy/setup --python

check: tools ## ruff, mypy --strict, import contracts, and that every documented command exists
	@.venv/bin/ruff check edge tests ansible hardware
	@.venv/bin/ruff format --check edge tests ansible hardware
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PY) -m tests.docs.check

bench: setup ## the budgets of docs/benchmarks.md, measured against their peers in one run
	@$(PY) -m tests.bench

lab-guard: setup ## what the moved-camera guard notices and bears, and HOURS=24 of a quiet day; draws run/guard-shifts.svg
	@mkdir -p run && $(PY) -m tests.guard --hours $(HOURS) --picture run/guard-shifts.svg

lab-nodes: setup ## real nodes under systemd in containers, as root: what each process may, restarts, power cuts, a center; minutes
	@$(PY) -m pytest -n0 $(LONG) tests/lab/nodes

lab-update: setup ## updates of a real node in a container, as root: well, ill, cut at each step, a full disk; minutes
	@$(PY) -m pytest -n0 $(LONG) tests/lab/update

lab-line: setup ## faults of line and server, as root: real uplink, center, nginx, mosquitto in namespaces
	@$(PY) -m tests.lab

lab-simulate: setup ## histories of node, line and center under faults, one seed each; MINUTES=n, SEED=n begins with that one
	@$(PY) -m tests.simulation --minutes $(MINUTES) --seed $(SEED)

lab-powercut: setup ## power cuts at block level, as root; STATES=100000 for more, TARGET=spool, center or desk, SEED=n
	@$(PY) -m tests.crash --target $(TARGET) --states $(STATES) --seed $(SEED)

lab-faults: setup ## a fault of the disk at every call of a recorder, as root; EVERY=10 for each tenth
	@$(PY) -m tests.faults --every $(EVERY)

lab-soak: setup ## a node and its center for MINUTES=10, with faults of disk, line, clock and power; draws run/soak/soak.png; as root
	@$(PY) -m tests.soak --minutes $(MINUTES) --seed $(SEED)

lab-firstboot: setup ## a node from its flashed card to its first receipted segment, in a container, a few minutes; as root
	@$(PY) -m tests.lab.firstboot

lab-arm64: setup ## the node on an emulated arm64 Debian, as root: its suites, RPi.GPIO, a demonstration, memory; many minutes
	@$(PY) -m pytest -n0 $(LONG) tests/lab/arm64
	@$(PY) -m tests.lab.arm64

lab-outage: setup ## 96 h of outage on virtual reels and 500 nodes that come back, about a minute; draws docs/pictures/*.svg
	@$(PY) -m tests.outage

lab-fleet-ops: setup ## playbooks and rotation on real machines and up to NODES=500 simulated, and how long they take; hours; draws docs/pictures/{provisioning,rotation}.svg; as root
	@$(PY) -m tests.ansible
	@$(PY) -m pytest -n0 tests/ansible/long_center.py tests/ansible/long_onsite.py tests/ansible/long_simulated.py tests/fleet/rotation/ops.py
	@$(PY) -m tests.ansible.pace --most $(NODES)
	@$(PY) -m tests.fleet.rotation.pace --real

hardware: setup ## draw sheets, wiring, cases and their pictures anew from hardware/*.toml; CadQuery, minutes and 1.8 GB the first time
	@hardware/build

format: setup ## put the code into its one form
	@.venv/bin/ruff check --fix -q edge tests ansible hardware; .venv/bin/ruff format edge tests ansible hardware

guide: setup ## draw the pictures of the installer's guides anew, with Debian's Chromium
	@$(PY) -m tests.commission.guide

pictures: setup ## draw README's pictures anew: the pipeline, and the fleet page with Debian's Chromium
	@$(PY) -m tests.docs.pictures

lock: setup ## resolve pyproject.toml anew into the requirements*.lock
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--extra dev pyproject.toml -o requirements.lock
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--no-deps --group picamera -o requirements-picamera.lock
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--group uv -o requirements-uv.lock

clean: ## remove what setup and run made here
	@rm -rf .venv hardware/.venv run build ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
