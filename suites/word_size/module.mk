# SPDX-License-Identifier: Apache-2.0
# redprobe as a program of 32 bits, which this machine's kernel runs too: its unit tests, and what it
# finds against what the program of 64 bits finds.

COMMA           := ,
WORD32          := $(abspath $(BUILD)/word32)
WORD32_PACKAGES := libc6-dev libgcc-12-dev libcap-dev libcmocka-dev libjansson-dev libkmod-dev libyaml-dev zlib1g-dev
WORD32_ROOT     := $(WORD32)/root
WORD32_LIBRARY  := $(addprefix $(WORD32_ROOT),/lib/i386-linux-gnu /usr/lib/i386-linux-gnu)
# Libraries that libraries need are found there as well.
WORD32_CC       := $(CC) -m32 --sysroot=$(WORD32_ROOT) -isystem $(WORD32_ROOT)/usr/include/i386-linux-gnu \
		   $(addprefix -B,$(WORD32_ROOT)/usr/lib/gcc/i686-linux-gnu/12/ $(addsuffix /,$(WORD32_LIBRARY))) \
		   $(addprefix -L,$(WORD32_ROOT)/usr/lib/gcc/i686-linux-gnu/12 $(WORD32_LIBRARY)) \
		   -Wl,--disable-new-dtags -Wl,--dynamic-linker=$(WORD32_ROOT)/lib/ld-linux.so.2 \
		   $(patsubst %,-Wl$(COMMA)-rpath$(COMMA)%,$(WORD32_LIBRARY))
WORD32_TESTS    := $(REDPROBE_TESTS:$(BUILD)/%=$(WORD32)/%)

.PHONY: 32bit
32bit: ## redprobe as a program of 32 bits: unit tests, and what it finds
	@ci/deps build test
	@ci/foreign i386 $(WORD32_ROOT) $(WORD32_PACKAGES)
	@$(MAKE) --no-print-directory $(JOBS) --silent $(REDPROBE_BIN)
	@$(MAKE) --no-print-directory $(JOBS) --silent BUILD=$(WORD32) CC="$(WORD32_CC)" \
		$(WORD32)/bin/redprobe $(WORD32_TESTS)
	@for test in $(WORD32_TESTS); do echo "== $$test"; $$test || exit 1; done
	@REDPROBE32=$(WORD32)/bin/redprobe $(PYTHON) -m pytest -rfE suites/word_size
