# SPDX-License-Identifier: Apache-2.0
# Every folder that builds something adds its rules in a module.mk of its own.

PREFIX   ?= /usr/local
DESTDIR  ?=
CC       ?= gcc
BUILD    ?= build
PYTHON   := /usr/bin/python3
KERNELS  ?= debian-6.1 debian-6.12

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2
CFLAGS   ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE
# What every translation unit is compiled with; a module adds its include path per target.
COMPILE   = $(CC) -std=gnu11 $(WARNINGS) $(HARDEN) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -MMD -MP

.DEFAULT_GOAL := all
.PHONY: all
all:

include $(sort $(wildcard */module.mk))

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf $(BUILD)
