# bootmend: make without a target lists the targets.

# go.mod names the Go version; older ones (from 1.21) fetch it. Debian's packages
# set this to "local", which would only complain.
export GOTOOLCHAIN ?= auto
export GOFLAGS ?= -buildvcs=false
# mkntfs, sgdisk and their like live where an ordinary user's PATH does not look.
export PATH := $(PATH):/usr/sbin:/sbin

ISO     := out/bootmend.iso
SOURCES := go.mod go.sum $(shell find builder cmds drivers initramfs -type f ! -name '*_test.go' ! -path '*/testdata/*')

FUZZTIME ?= 10s

# Disk images of the long runs lie in memory where there is enough of it.
campaign: export TMPDIR = $(shell tests/scratch.sh)

.DEFAULT_GOAL := help
.PHONY: help iso floppy universal build test campaign matrix media bench fuzz lint packages clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

iso: ## build out/bootmend.iso; installs what is missing, downloads kernel and boot loaders
	@builder/packages.sh iso
	@$(MAKE) --no-print-directory $(ISO)

$(ISO): $(SOURCES)
	go run ./cmds/mkrescue iso -o $@

universal: ## build out/universal.iso, for processors with 64 and with 32 bits
	@builder/packages.sh iso
	go run ./cmds/mkrescue iso --arch universal -o out/universal.iso

floppy: ## build out/floppy.img, which repairs Windows NT 4 to 2003 by itself; the first time it builds a kernel
	@builder/packages.sh iso kernel
	go run ./cmds/mkrescue floppy -o out/floppy.img

build: ## build the commands for this machine into out/
	go build -trimpath -o out/ ./cmds/bootmend ./cmds/mkrescue

# The summary is what people read and what decides; the log is for looking closer.
# The longest go first, so that the others fill the time beside them.
test: iso lint ## run all tests, those in virtual machines too; installs what is missing
	@builder/packages.sh test
	@go test -count=1 -json -timeout 40m ./tests/vm ./tests/crash ./tests/engine ./... | tee out/test.json | go run ./tests/summary

# Some tests build the commands by themselves; Go's test cache does not know of
# these inputs, hence -count=1.
campaign: iso lint ## the whole of the tests, for hours: every medium, firmware and cut
	@builder/packages.sh test
	@BOOTMEND_CAMPAIGN=1 BOOTMEND_REQUIRE_VM=1 go test -count=1 -json -timeout 12h ./... > out/campaign.json 2>&1; go run ./tests/summary < out/campaign.json

matrix: ## run a machine of each kind with every Windows, print the support table, write it into README.md
	@builder/packages.sh test
	@mkdir -p out
	@BOOTMEND_MATRIX=write go test -count=1 -timeout 2h -v -run '^TestSupportTable$$' ./tests/matrix > out/matrix.log 2>&1 || { grep -a '^ *[a-z_]*test.go' out/matrix.log; exit 1; }
	@sed -n '/support table: make matrix/,/end of the support table/p' README.md

media: ## start every medium on every firmware, repair there, write the table into README.md
	@builder/packages.sh test
	@mkdir -p out
	@BOOTMEND_MEDIA=write BOOTMEND_CAMPAIGN=1 go test -count=1 -timeout 6h -v -run '^Test(Media|Lite|BootFloppy|FloppySet|StarterFloppy)$$' ./tests/vm > out/media.log 2>&1 || { grep -a '^ *--- FAIL' out/media.log; exit 1; }
	@sed -n '/media table: make media/,/end of the media table/p' README.md

bench: iso ## print the figures: sizes, smallest memory, seconds
	@builder/packages.sh test
	go run ./tests/bench

fuzz: ## run every fuzz target for FUZZTIME (10s)
	@grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r dir; do \
		grep -h '^func Fuzz' "$$dir"/*_test.go | sed 's/func \([A-Za-z0-9_]*\).*/\1/' | while read -r target; do \
			echo "$$dir $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x "$$dir" || exit 1; \
		done || exit 1; \
	done

lint: ## gofmt and go vet
	@test -z "$$(gofmt -l builder cmds drivers initramfs tests | tee -a /dev/stderr)"
	go vet ./...

packages: ## install the Debian packages for building and testing
	@builder/packages.sh iso test

clean: ## remove out/ (the cache of packages, .cache/, stays)
	rm -rf out
