# SPDX-License-Identifier: Apache-2.0
# Every folder that builds something adds its rules in a module.mk of its own.

VERSION := 0.3.0
PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
KERNELS ?= debian-6.1 debian-6.12
LAUNCHERS ?= redwrap bwrap crun unshare
# The guest of `make check`.
CHECK_KERNEL ?= debian-6.12

PYTHON  := /usr/bin/python3
JOBS    := -j$(shell nproc)
OBJCOPY ?= objcopy

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2
CFLAGS   ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE
# What every translation unit is compiled with; a module adds its include path per target.
COMPILE   = $(CC) -std=gnu11 $(WARNINGS) $(HARDEN) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -MMD -MP

SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Modules append to these: test programs, and what `make install` copies.
UNIT_TESTS         :=
INSTALL_BIN        :=
INSTALL_LIB        :=
INSTALL_INCLUDE    :=
INSTALL_PKGCONFIG  :=
INSTALL_MAN1       :=
INSTALL_MAN5       :=
INSTALL_COMPLETION :=
INSTALL_TEMPLATE   :=
INSTALL_PROFILE    :=
INSTALL_SCHEMA     :=

.DEFAULT_GOAL := all
.PHONY: all conformance scoreboard check matrix unit harness lint coverage install clean help FORCE
.DELETE_ON_ERROR:

all: ## build the commands into build/bin (needs: ci/deps build)

include $(sort $(wildcard */module.mk))

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

# A library as it is installed: of the names of its objects only those with its prefix are left, so
# that it clashes neither with a program's own names nor with the other library's.
$(BUILD)/install/lib%.a: $(BUILD)/lib/lib%.a
	@mkdir -p $(@D)
	$(LD) -r --whole-archive -o $(@D)/$*.o $<
	$(OBJCOPY) --wildcard --keep-global-symbol='$*_*' $(@D)/$*.o
	rm -f $@
	$(AR) rcs $@ $(@D)/$*.o

# What holds the prefix depends on this file, which changes only when the prefix does.
$(BUILD)/prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' >$@

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

conformance: ## the main job: suites in guests of KERNELS, of LAUNCHER, build/report
	@ci/conformance $(if $(KERNEL_IMAGE),,$(KERNELS))

scoreboard: ## LAUNCHERS side by side in guests of KERNEL, build/scoreboard
	@ci/scoreboard $(LAUNCHERS)

matrix: ## the same over every kernel of vm/kernels.yaml
	@ci/conformance

check: ## unit tests (also sanitized), harness, suite in one guest
	@[ "$$(id -u)" = 0 ] || { echo "check: needs root, as it starts nodes as root and as others; use sudo" >&2; exit 2; }
	@ci/deps build guest kernel report test
	@$(MAKE) --no-print-directory $(JOBS) --silent all tests-build static $(UNIT_TESTS)
	@suites/registry/check
	@MAKE="$(MAKE)" ci/lanes check-here check-guest

# What makes no guests, or small ones, and what waits for them: at the same time.
.PHONY: check-here check-guest
check-here:
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory $(JOBS) unit BUILD=$(BUILD)/sanitized SANITIZE="$(SANITIZERS)"
	@$(MAKE) --no-print-directory harness

check-guest:
	@RUNS=$(BUILD)/check/runs REPORT=$(BUILD)/check/report ci/conformance $(CHECK_KERNEL)
	@$(MAKE) --no-print-directory guest

unit: $(UNIT_TESTS)
	@for test in $(UNIT_TESTS); do echo "== $$test"; $$test || exit 1; done

harness: all tests-build static
	$(PYTHON) -m pytest -rfE -o console_output_style=progress suites/harness

# Scripts without an ending are told by their first line.
C_FILES  = $(shell git ls-files '*.c' '*.h' 2>/dev/null)
PY_FILES = $(shell git ls-files '*.py'; git grep -lE '^\#!/usr/bin/python3')
SH_FILES = $(shell git grep -lE '^\#!/bin/(ba)?sh' -- ci .ci suites vm ':!*.py') runtime/completion/redwrap \
	   runtime/completion/redconf probes/completion/redprobe

lint: $(filter $(BUILD)/%,$(INSTALL_MAN1)) ## formatters and linters for C, Python, shell and manual pages
	@ci/deps build test lint
	@echo "== clang-format, clang-tidy"
	@clang-format --dry-run -Werror $(C_FILES)
	@$(MAKE) --no-print-directory $(JOBS) --silent tidy BUILD=$(BUILD)/lint CC=ci/tidy-cc
	@echo "== cppcheck, flake8, shellcheck, mandoc"
	@cppcheck --quiet --error-exitcode=1 --inline-suppr --enable=warning,portability,performance \
		--std=c11 -I. -D_GNU_SOURCE $(filter %.c,$(C_FILES))
	@flake8 $(PY_FILES)
	@shellcheck -x $(SH_FILES) ci/job.sh ci/lane.sh
	@mandoc -T lint -W warning $(INSTALL_MAN1) $(INSTALL_MAN5)

.PHONY: tidy
tidy: $(patsubst %.c,$(BUILD)/obj/%.o,$(filter %.c,$(C_FILES)))

coverage: ## of the runtime, by unit tests and guests, in build/coverage
	@ci/coverage

# $(call copy,MODE,DIRECTORY,FILES)
copy = install -D -m $(1) -t $(DESTDIR)$(PREFIX)/$(2) $(3)

install: all $(INSTALL_LIB) ## commands, libraries, manual pages and the rest below $(DESTDIR)$(PREFIX)
	$(call copy,755,bin,$(INSTALL_BIN))
	$(call copy,644,lib,$(INSTALL_LIB))
	$(call copy,644,lib/pkgconfig,$(INSTALL_PKGCONFIG))
	$(call copy,644,include,$(INSTALL_INCLUDE))
	$(call copy,644,share/man/man1,$(INSTALL_MAN1))
	$(call copy,644,share/man/man5,$(INSTALL_MAN5))
	sed -i 's|/usr/local/share/red|$(PREFIX)/share/red|' \
		$(addprefix $(DESTDIR)$(PREFIX)/share/man/man1/,$(notdir $(INSTALL_MAN1)))
	$(call copy,644,share/bash-completion/completions,$(INSTALL_COMPLETION))
	$(call copy,644,share/redpak/templates.d,$(INSTALL_TEMPLATE))
	$(call copy,644,share/redproof/profiles,$(INSTALL_PROFILE))
	$(call copy,644,share/redproof,$(INSTALL_SCHEMA))

clean: ## remove everything that was built
	rm -rf $(BUILD)

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z0-9]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(filter Makefile %.mk,$(MAKEFILE_LIST))
