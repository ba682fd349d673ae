# make run   sets up what is missing and starts Loa on http://127.0.0.1:8000
# make test  sets up what the tests need and runs every check
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# pip names each package as it takes it: shown as a count, so that people see it move.
INSTALL = @total=$$(grep -c '==' $(1)); $(PIP) install --require-hashes -r $(1) \
	| awk -v total=$$total '/^(Collecting|Processing|Ignoring|Requirement already)/ {printf "\r%s: %d/%d ", "Thư viện", ++n, total; fflush()} END {print ""}'
# The planner's search is compiled once, here, so that nobody waits for it later.
COMPILE = echo 'Biên dịch bộ lập lịch…' && $(BIN)/python -c 'import schedules.planner'
# What browsers run: our scripts, each bundled with the libraries that it imports. npm comes with the Python packages and
# checks what it takes by package-lock.json. The licences are written last: where they are, all scripts are.
VENDOR := server/web/static/vendor
SCRIPTS := server/web/scripts
BUNDLED := $(VENDOR)/scripts.licenses.txt
IN_THE_SCRIPTS := htmx.org tus-js-client js-base64 url-parse querystringify requires-port
# The letters of the pages, in the parts and weights that letters.css names: each browser fetches those that a page has.
TYPE := $(VENDOR)/be-vietnam-pro.licenses.txt
PARTS_OF_TYPE := latin-400 latin-600 latin-ext-400 latin-ext-600 vietnamese-400 vietnamese-600
# The letters of the documents: as wide as those that the state's documents are set in, with all of Vietnamese and Ê Đê.
FONTS := server/reports/fonts
LETTERS := $(FONTS)/LICENSE_FONT
IN_NODE_MODULES := node_modules/.loa
# What only the tests use lies beside it.
FOR_TESTS := node_modules/.loa-dev

# What most of the SQL is in, and what comes to the store or from it, as on many machines: on PostgreSQL and S3 together. The
# pages and the rest of the API above it are tried on SQLite and a folder, and by test-postgresql.
BEYOND_ONE_MACHINE := tests/server/db tests/server/jobs tests/server/services $(addprefix tests/server/api/,test_tus.py \
	test_tus_in_a_store.py test_tus_killed.py test_uploads.py test_segments.py test_audio.py test_bundles.py test_health.py)

.PHONY: setup run test test-postgresql soak bench bench-planner lint format lock clean test-setup fonts scripts
.NOTPARALLEL:

setup: $(VENV)/.installed $(BUNDLED) $(TYPE) $(LETTERS)

run: $(VENV)/.installed $(BUNDLED) $(TYPE) $(LETTERS)
	@exec $(BIN)/loa run

test-setup: $(VENV)/.installed-dev $(FOR_TESTS) $(BUNDLED) $(TYPE) $(LETTERS)
	@tests/install-debian-packages

test: test-setup
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n 3 --dist worksteal
	$(BIN)/python -m pytest -n 3 --dist worksteal --database=postgresql --store=s3 $(BEYOND_ONE_MACHINE)

# All of the server's tests on PostgreSQL: those that `make test` runs there, and those that hardly differ.
test-postgresql: test-setup
	$(BIN)/python -m pytest -n 3 --dist worksteal --database=postgresql tests/server

# Load with kills and other faults, then whether anything was lost; prints its seed. make soak MINUTES=5 DATABASE=sqlite
MINUTES ?= 30
DATABASE ?= postgresql
soak: test-setup
	$(BIN)/python -m tests.soak --minutes $(MINUTES) --database $(DATABASE)

bench: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.benchmarks

bench-planner: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.benchmarks.planner

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# For maintainers: makes the three lock files anew from pyproject.toml, with hashes and without naming any host.
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		pyproject.toml --extra server --extra station --group build --group dev -o requirements-dev.lock
	$(VENV)-lock/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		pyproject.toml --extra server --extra station --group build -c requirements-dev.lock -o requirements.lock
	$(VENV)-lock/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		pyproject.toml --extra server -c requirements.lock -o docker/requirements.lock
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) dist build node_modules $(VENDOR) $(FONTS)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Loa cần Python 3.11 trở lên (needs Python 3.11 or later)" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	$(call INSTALL,requirements.lock)
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	$(call INSTALL,requirements-dev.lock)
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@touch $@ $(VENV)/.installed

fonts: $(LETTERS)

# After a change of a script.
scripts: $(BUNDLED)

# Where npm fails its own words go first, then ours.
define NPM
	@printf 'Thư viện của các trang và phông chữ của trang và báo cáo: '
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci $(1) >/dev/null || { \
		echo "Chưa lấy được thư viện của các trang và phông chữ của trang và báo cáo. Loa cần nối tới kho gói npm (hay kho trong npmrc của bạn) một lần; hãy nối mạng rồi chạy lại make setup." >&2; \
		echo "npm ci failed: the pages need their libraries, and pages and reports their fonts, from the npm registry once. Go online, then run make setup again." >&2; exit 1; }
	@grep -c '^    "node_modules/' node_modules/.package-lock.json | sed 's/$$/ gói/'
endef

$(IN_NODE_MODULES): package.json package-lock.json .npmrc | $(VENV)/.installed
	$(call NPM,--omit=dev)
	@touch $@

$(FOR_TESTS): package.json package-lock.json .npmrc | $(VENV)/.installed
	$(call NPM)
	@touch $@ $(IN_NODE_MODULES)

$(BUNDLED): $(IN_NODE_MODULES) $(wildcard $(SCRIPTS)/*.js $(SCRIPTS)/*/*.js)
	@mkdir -p $(VENDOR)
	@rm -f $(VENDOR)/*.js
	@PATH="$(CURDIR)/$(BIN):$$PATH" node_modules/.bin/esbuild $(SCRIPTS)/*.js --bundle --minify --format=esm --outdir=$(VENDOR) \
		--target=es2020,chrome96,firefox95,safari15 --legal-comments=none --log-level=warning --log-override:direct-eval=silent
	@for part in $(IN_THE_SCRIPTS); do echo "== $$part"; cat node_modules/$$part/LICENSE*; echo; done >$@.new && mv $@.new $@

$(TYPE): $(IN_NODE_MODULES)
	@mkdir -p $(VENDOR)
	@for part in $(PARTS_OF_TYPE); do cp node_modules/@fontsource/be-vietnam-pro/files/be-vietnam-pro-$$part-normal.woff2 $(VENDOR)/; done
	@cp node_modules/@fontsource/be-vietnam-pro/LICENSE $@.new && mv $@.new $@

# The licence is copied last: where it is, all are.
$(LETTERS): $(IN_NODE_MODULES)
	@mkdir -p $(FONTS)
	@cp node_modules/@expo-google-fonts/tinos/*/*.ttf $(FONTS)/
	@cp node_modules/@expo-google-fonts/tinos/LICENSE_FONT $@.new && mv $@.new $@
