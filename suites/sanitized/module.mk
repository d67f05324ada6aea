# SPDX-License-Identifier: Apache-2.0
# Tests of the commands with sanitized commands. The sanitizers are clang's: only with them do all
# reports go through one place, where report.c counts them.

REPORTS := $(BUILD)/reports

$(BUILD)/obj/suites/sanitized/%.o: CPPFLAGS += -DREPORTS='"$(abspath $(REPORTS))"'

ifneq ($(findstring -fsanitize,$(SANITIZE)),)
$(BUILD)/bin/redwrap $(BUILD)/bin/redconf $(BUILD)/test/faulty: $(BUILD)/obj/suites/sanitized/report.o
$(BUILD)/bin/redwrap $(BUILD)/bin/redconf $(BUILD)/test/faulty: private LDFLAGS += -Wl,--wrap=__asan_handle_no_return
endif

$(BUILD)/test/faulty: $(BUILD)/obj/suites/sanitized/faulty.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $(SANITIZE) -o $@ $^

SANITIZED_TESTS = $(wildcard $(addprefix suites/harness/test_, \
		  redwrap*.py redconf*.py exports*.py identity*.py joins.py section_*.py templates.py))

.PHONY: sanitized counted
sanitized: ## tests of the commands, which are built with the sanitizers
	@ci/deps build test cover
	@$(MAKE) --no-print-directory $(JOBS) --silent all tests-build
	@$(MAKE) --no-print-directory $(JOBS) --silent counted BUILD=$(BUILD)/counted CC=clang \
		SANITIZE="$(SANITIZERS)"

reported = od -An -tu4 -N4 $(REPORTS) | tr -d ' '

# First what is known to be wrong has to be counted.
counted: $(BUILD)/bin/redwrap $(BUILD)/bin/redconf $(BUILD)/test/faulty
	@rm -f $(REPORTS) && truncate -s 4 $(REPORTS) && chmod 666 $(REPORTS)
	@for fault in memory overflow leak; do $(BUILD)/test/faulty $$fault $(BUILD) || exit; done
	@[ "$$($(reported))" = 3 ] || { echo "sanitized: reports are not counted" >&2; exit 1; }
	@truncate -s 0 $(REPORTS) && truncate -s 4 $(REPORTS)
	@REDPROOF_COMMANDS=$(BUILD)/bin $(PYTHON) -m pytest -rfE $(SANITIZED_TESTS)
	@[ "$$($(reported))" = 0 ] || { echo "sanitized: $$($(reported)) reports of the sanitizers" >&2; exit 1; }
