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

$(BUILD)/obj/suites/fuzz/%.o: CPPFLAGS += -Iruntime/include -Iruntime/lib -Iruntime

$(BUILD)/bin/fuzz_options: $(BUILD)/obj/runtime/redwrap/options.o

$(addprefix $(BUILD)/bin/fuzz_,$(FUZZERS)): $(BUILD)/bin/%: $(BUILD)/obj/suites/fuzz/%.o \
		$(BUILD)/obj/suites/fuzz/chain.o $(BUILD)/lib/libredpak.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -fsanitize=fuzzer -o $@ $(filter %.o %.a,$^) $(REDPAK_LIBS)

.PHONY: $(addprefix fuzz-,$(FUZZERS))
$(addprefix fuzz-,$(FUZZERS)): fuzz-%: $(BUILD)/bin/fuzz_%
	@mkdir -p $(BUILD)/corpus/$* $(BUILD)/found
	@$< -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -rss_limit_mb=512 -artifact_prefix=$(BUILD)/found/$*- \
		-dict=suites/fuzz/words.dict $(BUILD)/corpus/$* fixtures/fuzz/$* $(FUZZ_SEEDS_$*) \
		>$(BUILD)/found/$*.log 2>&1 || { tail -n 40 $(BUILD)/found/$*.log >&2; \
		echo "fuzz: $* failed; what made it is in $(BUILD)/found/$*-*" >&2; exit 1; }
	@echo "fuzz: $* $$(grep -o '^Done.*' $(BUILD)/found/$*.log)"
