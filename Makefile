# make demo    build everything and serve the made-up town on 127.0.0.1:8080
# make test    all tests that need only this project
# make proof   long proofs and real data (WANMI_DATA, default ../shared/data); SHORT=1 leaves the longest out
# make bench   figures beside other libraries, measured in one run
# make peers   of these, only those beside other makers of tiles and counters of cases: 10 million of them,
#              or as many as WANMI_PEER_CASES says, with 4 GB of memory and disk
# Each does its own set-up: Debian packages, npm packages, viewer, binary. test, proof
# and bench cut the power of a disk of their own: as root, with /dev/fuse.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

GO ?= go
LISTEN ?= 127.0.0.1:8080
WANMI_DATA ?= $(abspath ../shared/data)
export WANMI_DATA

BUILD_PACKAGES := gcc libc6-dev make libgeos-dev pkg-config
TEST_PACKAGES := chromium fonts-noto-cjk gdal-bin proj-bin python3-gdal
PROOF_PACKAGES := libgdal-dev libproj-dev
PEER_PACKAGES := postgresql-15 postgresql-15-postgis-3

WEB := viewer/web
WEB_SOURCES := $(shell find $(WEB) -type f -not -path '*/node_modules/*' -not -path '$(WEB)/e2e/*' -not -path '$(WEB)/test/*')
LINT := build/golangci-lint

.PHONY: demo build build-gdal viewer test lint go-test web-test e2e proof bench peers clean

demo: build
	./wanmi demo --listen $(LISTEN)

build: viewer
	@.ci/need $(BUILD_PACKAGES)
	$(GO) build -o wanmi .

# The same with GDAL in it, which reads orthophotos for "wanmi basemap add".
build-gdal: viewer
	@.ci/need $(BUILD_PACKAGES) libgdal-dev
	$(GO) build -tags gdal -o wanmi .

# The viewer.

viewer: viewer/dist/index.html

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	@.ci/need --program node 20 --program npm 10
	npm --prefix $(WEB) ci --ignore-scripts --no-audit --no-fund
	@touch $@

viewer/dist/index.html: $(WEB)/node_modules/.package-lock.json $(WEB_SOURCES)
	npm --prefix $(WEB) run build
	@touch $@

# Tests.

test: lint go-test web-test e2e
	@echo "make test: all passed"

lint: $(LINT)
	@.ci/need $(BUILD_PACKAGES)
	$(GO) vet ./...
	$(GO) vet -tags proof ./...
	$(GO) vet -tags peers ./api/...
	$(LINT) run ./...

$(LINT): .ci/tools/go.mod .ci/tools/go.sum
	@mkdir -p build
	$(GO) build -C .ci/tools -o $(CURDIR)/$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

go-test: viewer
	@.ci/need $(BUILD_PACKAGES) $(TEST_PACKAGES)
	$(GO) test -race -shuffle=on -timeout 15m ./...

web-test: viewer
	npm --prefix $(WEB) run check
	npm --prefix $(WEB) test
	npm --prefix $(WEB) run budget

e2e: build
	@.ci/need $(TEST_PACKAGES)
	$(GO) test -tags e2e -count=1 -run E2E -timeout 25m .

# Proofs.

proof: build
	@.ci/need $(BUILD_PACKAGES) $(TEST_PACKAGES) $(PROOF_PACKAGES)
	@test -d "$(WANMI_DATA)" || { echo "make proof: there is no data folder $(WANMI_DATA); name it with WANMI_DATA=…" >&2; exit 1; }
	$(GO) vet -tags proj,gdal ./grids/importers
	$(GO) test -tags proj,gdal -count=1 ./grids/importers
	$(GO) vet -tags proof,gdal . ./basemaps/imagery
	$(GO) test -tags gdal -count=1 ./basemaps/imagery
	$(GO) test -tags proof,gdal -count=1 -run 'Proof' $(if $(SHORT),-short) -timeout 120m -v ./basemaps/imagery 2>&1 | .ci/quiet
	$(GO) test -tags proof -count=1 -run 'Proof' $(if $(SHORT),-short) -timeout 80m -v ./... 2>&1 | .ci/quiet

# Figures: both sides in one process, five rounds by turns, medians.

BENCH := Lookup|Nearest|Chain|Border|Build|Load|Tile|Geocode|CSV|ToCGCS2000|Select|Candidates|Edit|Deadline|Append|Heat|Blur|Decide|Decision|Dispatch|Ruling|HotSpots|Range|Shelf
BENCH_PACKAGES := . ./spatial ./spatial/crs ./grids ./grids/batch ./grids/cityfile ./grids/cases ./grids/cases/clock ./grids/dispatch ./grids/stats ./tiler ./tiler/heat ./api ./api/heatmap ./basemaps ./basemaps/mbtiles ./basemaps/pmtiles ./basemaps/upstream ./basemaps/glyphs

bench:
	@.ci/need $(BUILD_PACKAGES) $(TEST_PACKAGES)
	for round in 1 2 3 4 5; do \
	  $(GO) test -p 1 -run '^$$' -bench '$(BENCH)' -benchmem -timeout 30m $(BENCH_PACKAGES) || exit 1; \
	done | .ci/benchtable
	$(MAKE) peers

# Tiles beside PostGIS, geojson-vt, supercluster, orb and a file server; heat beside PostGIS and supercluster.
peers:
	@.ci/need $(BUILD_PACKAGES) $(PEER_PACKAGES) --program node 20 --program npm 10
	$(GO) test -p 1 -tags peers -count=1 -run Peers -timeout 30m -v ./api ./api/heatmap | .ci/benchtable

clean:
	rm -rf build wanmi viewer/dist/assets viewer/dist/index.html $(WEB)/node_modules api/peers/node_modules
