# make check is what CI runs; the others are its parts and conveniences.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: check test race lint update bench fuzz acceptance

check:
	bash .ci/run

test:
	go test ./...

race:
	go test -race -short ./...

lint:
	gofmt -l .
	go vet ./...
	go run $(STATICCHECK) ./...

# Rewrite golden files and scripts; review the difference by eye.
update:
	go test ./reports/table -update
	go test ./cmd/smokestack -run 'Script|README' -update

bench:
	go test -run '^$$' -bench . -benchmem ./...

FUZZTIME ?= 20s
fuzz:
	@for p in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$p || exit 1; \
		done; \
	done

# All experiments at full size, some minutes; the exit code is 1 where a number misses what is wanted of it.
acceptance:
	go run ./cmd/acceptance
