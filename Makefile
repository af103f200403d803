# Colophon: `make` alone prints what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up down logs demo create-admin roll rotate-key keys mails mail-sink dev migrate audit-prune covers-prune shell-db clean test lint format openapi lock bench

# As it was typed: make would take a dollar sign in it for a variable of its own.
override PASSWORD := $(value PASSWORD)
export PASSWORD

help: ## Print this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run
up: ## Start everything, from a bare clone on [ADMIN=you@example.com]
	@deploy/scripts/up "$(ADMIN)"

down: ## Stop everything; the data stays
	@docker compose --profile "*" down --remove-orphans

logs: ## Follow the logs [SERVICE=books]
	@docker compose logs --follow --tail 100 $(SERVICE)

demo: ## Load the bundled classics, or a CSV file [FILE=path] [OPTIONS="--column title=Name"]
	@deploy/scripts/demo $(if $(FILE),"$(FILE)" $(OPTIONS))

create-admin: ## Make an admin EMAIL=you@example.com [PASSWORD=...], of an account that exists PROMOTE=1
	@test -n "$(EMAIL)" || { echo "usage: make create-admin EMAIL=you@example.com [PASSWORD=...] [PROMOTE=1]" >&2; exit 2; }
	@COLOPHON_ADMIN_PASSWORD="$$PASSWORD" deploy/scripts/create-admin "$(EMAIL)" $(if $(filter-out 0 no false,$(PROMOTE)),--promote)

##@ Operate
roll: ## Replace the containers of a service without a failed request SERVICE=books
	@deploy/scripts/roll "$(SERVICE)"

rotate-key: ## Replace the key that signs tokens [AHEAD=seconds], or a leaked one at once EMERGENCY=1
	@deploy/scripts/rotate-key $(if $(filter-out 0 no false,$(EMERGENCY)),--emergency) $(if $(AHEAD),--ahead "$(AHEAD)")

keys: ## Show the keys that sign tokens, without their secrets
	@docker compose run --rm --no-deps -T --env COLOPHON_LOG_FILE=/proc/1/fd/2 auth flask signing-keys list </dev/null

mails: ## List the mails, or show one with its text ID=5
	@docker compose exec -T auth flask mails $(if $(ID),show "$(ID)",list)

migrate: ## Run the migrations of both services
	@docker compose run --rm auth-migrate
	@docker compose run --rm books-migrate

audit-prune: ## Delete what the audit log says of long ago DAYS=365 [OPTIONS=--force]
	@test -n "$(DAYS)" || { echo "usage: make audit-prune DAYS=365 [OPTIONS=--force]" >&2; exit 2; }
	@docker compose run --rm auth-migrate flask audit prune --older-than "$(DAYS)" $(OPTIONS)

covers-prune: ## Delete the images of covers that no book has or had [OPTIONS="--unused-hours 0"]
	@docker compose exec -T books flask books prune-covers $(OPTIONS)

shell-db: ## Open psql as the superuser
	@docker compose exec -e PSQL_HISTORY=/dev/null postgres psql --username postgres colophon

clean: ## Stop everything and delete the data and the secrets of this installation
	@deploy/scripts/clean

##@ Develop
dev: ## Start with live code: a saved file is served in seconds
	@deploy/scripts/dev

mail-sink: ## Start a mail server that keeps mails and shows them as JSON
	@deploy/scripts/mail-sink

test: ## Run every test on real containers
	@deploy/engine/ensure && deploy/base-images/ensure && deploy/scripts/venv && tests/run

lint: ## Check style, types and shell scripts
	@deploy/scripts/venv && deploy/scripts/lint

format: ## Format the Python code
	@deploy/scripts/venv && .venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

openapi: ## Write docs/api anew from the code
	@deploy/scripts/venv && deploy/scripts/openapi

lock: ## Resolve all packages anew and write the lock files
	@deploy/scripts/venv && deploy/scripts/lock

bench: ## Measure a stack of its own and print the figures of benchmarks/README.md
	@deploy/scripts/venv && .venv/bin/python benchmarks/measure.py && .venv/bin/python benchmarks/accounts.py
