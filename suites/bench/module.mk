# SPDX-License-Identifier: Apache-2.0
# The benchmark of redwrap and redprobe, the one place where time is measured.

BENCH_TOOLS := $(addprefix $(BUILD)/test/bench/,stopwatch noop)

tests-build: $(BUILD)/test/bench/noop

.PHONY: bench
tests-build: $(BENCH_TOOLS)
bench: ## redwrap and redprobe against others and their own bars (as root), build/bench
	@[ "$$(id -u)" = 0 ] || { echo "bench: needs root, as crun does; use sudo" >&2; exit 2; }
	@ci/deps build guest bench
	@$(MAKE) --no-print-directory $(JOBS) --silent all tests-build
	@suites/bench/run $(BUILD)

$(BUILD)/test/bench/stopwatch: $(BUILD)/obj/suites/bench/stopwatch.o
	@mkdir -p $(@D)
	$(CC) -static $(LDFLAGS) -o $@ $^

# No C library, and so nothing of what its start costs.
$(BUILD)/obj/suites/bench/noop.o: HARDEN :=
$(BUILD)/test/bench/noop: $(BUILD)/obj/suites/bench/noop.o
	@mkdir -p $(@D)
	$(CC) -static -nostdlib $(LDFLAGS) -o $@ $^
