# Basin. On a fresh Debian machine with Swift: `make demo` and `make test`.

PREFIX ?= /usr/local
SWIFT ?= swift
# Tests are built optimized, in a folder of their own: other flags would rebuild everything.
TEST_FLAGS = -c release -Xswiftc -enable-testing --scratch-path .build-test
FORMATTED = Package.swift Sources Tests benchmarks

.PHONY: help deps build demo test crashes interrupts screens fuzz bench docs install uninstall format lint clean

help:
	@echo 'make deps      install the Debian packages that are missing'
	@echo 'make build     build .build/release/basin'
	@echo 'make demo      deps, build, and the main job on Fashion-MNIST (about 3 minutes)'
	@echo 'make test      deps, lint, and every test'
	@echo 'make crashes   kill the program at 200 random moments of a session'
	@echo 'make interrupts  press Ctrl-C in every long command and time the prompt'
	@echo 'make screens   compare whole screens of the terminal'
	@echo 'make fuzz      ten minutes of texts with mistakes for each reader'
	@echo 'make bench     time Basin beside PyTorch and SciPy'
	@echo 'make docs      the documentation of the modules as a web site in .build/docs'
	@echo 'make install   copy basin to PREFIX/bin (PREFIX=$(PREFIX))'
	@echo 'make format    bring the sources into the house format; make lint checks it'

deps:
	@bash Scripts/install-packages

build:
	$(SWIFT) build -c release --product basin
	@echo 'built .build/release/basin'

demo: deps build
	.build/release/basin sessions/first_basin.basin

test: deps lint
	$(SWIFT) build $(TEST_FLAGS) --build-tests
	$(SWIFT) test $(TEST_FLAGS) --skip-build
	BASIN_SCREENS=1 $(SWIFT) test $(TEST_FLAGS) --skip-build --filter TerminalScreenTests

# Kills the program at 200 random moments; some ten minutes.
crashes:
	BASIN_KILLS=200 $(SWIFT) test $(TEST_FLAGS) --filter CrashTests

# Ctrl-C in every long command, ten times each; some ten minutes.
interrupts:
	BASIN_INTERRUPTS=10 $(SWIFT) test $(TEST_FLAGS) --filter InterruptTimeTests

# Whole screens over a pseudo-terminal, by themselves: beside other tests keys come too late.
# RECORD=1 records them anew.
screens:
	BASIN_SCREENS=1 $(SWIFT) test $(TEST_FLAGS) --filter TerminalScreenTests

# Texts with mistakes for the parser and the readers of sessions, and damaged files of images and of
# PyTorch, ten minutes each.
fuzz:
	BASIN_FUZZ_SECONDS=600 $(SWIFT) test $(TEST_FLAGS) --filter FuzzTests

bench: deps
	$(SWIFT) build -c release
	bash benchmarks/run

# The pages fetch their parts, which browsers allow from a server only.
docs:
	@bash Scripts/build-docs .build/docs
	@echo 'built .build/docs; to read it: python3 -m http.server --directory .build/docs 8000'
	@echo 'and open http://localhost:8000/documentation/'

install: build
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/basin'
	install -m 755 .build/release/basin '$(DESTDIR)$(PREFIX)/bin/basin'
	cp -R sessions examples '$(DESTDIR)$(PREFIX)/share/basin/'
	bash Scripts/install-modules .build/release '$(DESTDIR)$(PREFIX)/lib/basin'
	@echo 'installed $(DESTDIR)$(PREFIX)/bin/basin, scripts in $(DESTDIR)$(PREFIX)/share/basin'

uninstall:
	rm -rf '$(DESTDIR)$(PREFIX)/bin/basin' '$(DESTDIR)$(PREFIX)/share/basin' \
	  '$(DESTDIR)$(PREFIX)/lib/basin'

format:
	$(SWIFT) format --in-place --recursive --parallel $(FORMATTED)

lint:
	$(SWIFT) format lint --strict --recursive --parallel $(FORMATTED)

clean:
	rm -rf .build .build-test
