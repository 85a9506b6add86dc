# "make help" lists the targets. CI runs .ci/run, which is "make ci".

.DEFAULT_GOAL := help
export CGO_ENABLED = 0

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the static binary, ./kahao
	go build -trimpath -ldflags "-s -w" -o kahao ./cmd/kahao

test: ## every test that needs only Go
	go test ./...

race: ## the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race ./...

fuzz: ## each fuzz target for FUZZ (default 1m)
	@for pkg in $$(grep -rl --include=*_test.go '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
		for target in $$(grep -rhoE '^func Fuzz[A-Za-z0-9_]*' $$pkg | cut -c6-); do \
			echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(or $(FUZZ),1m) $$pkg || exit 1; done; done

bench: ## the Go benchmarks, then kahao bench
	go test -run '^$$' -bench . ./...
	go run ./cmd/kahao bench

generate: ## everything that is generated from a table or a generator
	go generate ./...

docs: ## the pages that are written from code, and the plots
	KAHAO_UPDATE=1 go test -run "^TestPage$$" ./cmd/kahao ./internal/config ./internal/server
	go run -C tools ./plots

reliability: ## the reliability tests in their short forms
	scripts/with-postgres go test -tags reliability -short -v -count=1 -timeout 30m ./test/reliability

clients: ## published clients against the real server (needs node, npm, python3, java, mvn and curl)
	test/clients/install
	cd test/clients && ../../scripts/with-postgres go test -count=1 -timeout 20m ./...

deploy: ## the files in deploy/, each by the program that reads it where it can be had
	cd test/deploy/otel && go test -count=1 ./...
	cd test/deploy && go test -count=1 ./...

site: ## the documentation as HTML, in ./dist/site
	go run -C tools ./site ../dist/site

release: ## a snapshot of everything that a version consists of, in ./dist
	go run -C tools ./release --snapshot --out ../dist

browser: ## the console in Chromium; KAHAO_SHOTS=DIR keeps screenshots of its pages
	test/browser/install
	cd test/browser && ../../scripts/with-postgres go test -count=1 -timeout 30m ./...

screenshots: ## screenshots of every page of the console, in both languages, in ./dist/screenshots
	test/browser/install
	mkdir -p dist/screenshots
	cd test/browser && KAHAO_SHOTS=$(CURDIR)/dist/screenshots go test -count=1 -run '^TestPages$$' -timeout 30m .

ci: ## what must hold before a change goes in
	./.ci/run

.PHONY: browser screenshots help build test race fuzz bench generate docs reliability clients deploy site release ci
