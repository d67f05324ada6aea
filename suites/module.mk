# SPDX-License-Identifier: Apache-2.0
# What the suites need in a guest. Programs for guests are static: their exec costs a tenth there.

WITNESS_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard suites/witness/*.c)))

.PHONY: tests-build
tests-build: $(BUILD)/test/witness

$(BUILD)/test/witness: $(WITNESS_OBJECTS)
	@mkdir -p $(@D)
	$(CC) -static $(LDFLAGS) -o $@ $^

include $(sort $(wildcard suites/*/module.mk))
