# SPDX-License-Identifier: Apache-2.0
# Fuzz targets, libFuzzer with the address and undefined behaviour sanitizers. The corpus that grows,
# the logs and what crashed stay in build/fuzz.

FUZZ_SECONDS ?= 60
FUZZ_SANITIZE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZERS  := $(patsubst suites/fuzz/fuzz_%.c,%,$(sort $(wildcard suites/fuzz/fuzz_*.c)))
# Beside fixtures/fuzz/NAME; what is found to be wrong is added there.
FUZZ_SEEDS_load := fixtures/nodes/valid fixtures/nodes/malformed

.PHONY: fuzz
fuzz: ## the parsers against made-up input, FUZZ_SECONDS each
	@ci/deps build fuzz
	@$(MAKE) --no-print-directory --silent $(JOBS) $(addprefix fuzz-,$(FUZZERS)) BUILD=$(BUILD)/fuzz \
		CC=clang SANITIZE="$(FUZZ_SANITIZE)"

$(BUILD)/obj/suites/fuzz/%.o: private CPPFLAGS += -Iruntime/include -Iruntime/lib -Iruntime

# The readers of redprobe; what they refuse is looked at and not printed.
FUZZ_PROBE := profile report witness
FUZZ_PROBE_OBJECTS := $(addprefix $(BUILD)/obj/,suites/fuzz/refuse.o \
			$(addprefix probes/command/,profile.o profiles.o input.o stored.o))

$(addprefix $(BUILD)/obj/suites/fuzz/,refuse.o $(FUZZ_PROBE:%=fuzz_%.o)): private CPPFLAGS += $(REDPROBE_INCLUDE)
$(FUZZ_PROBE:%=$(BUILD)/bin/fuzz_%): $(FUZZ_PROBE_OBJECTS) $(BUILD)/lib/libredprobe.a

$(BUILD)/bin/fuzz_options: $(BUILD)/obj/runtime/redwrap/options.o

$(addprefix $(BUILD)/bin/fuzz_,$(FUZZERS)): $(BUILD)/bin/%: $(BUILD)/obj/suites/fuzz/%.o \
		$(BUILD)/obj/suites/fuzz/chain.o $(BUILD)/lib/libredpak.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(REDPAK_LIBS) -ljansson -lz

.PHONY: $(addprefix fuzz-,$(FUZZERS))
$(addprefix fuzz-,$(FUZZERS)): fuzz-%: $(BUILD)/bin/fuzz_%
	@mkdir -p $(BUILD)/corpus/$* $(BUILD)/found
	@$< -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -rss_limit_mb=512 -artifact_prefix=$(BUILD)/found/$*- \
		-dict=suites/fuzz/words.dict $(BUILD)/corpus/$* fixtures/fuzz/$* $(FUZZ_SEEDS_$*) \
		>$(BUILD)/found/$*.log 2>&1 || { tail -n 40 $(BUILD)/found/$*.log >&2; \
		echo "fuzz: $* failed; what made it is in $(BUILD)/found/$*-*" >&2; exit 1; }
	@echo "fuzz: $* $$(grep -o '^Done.*' $(BUILD)/found/$*.log)"
