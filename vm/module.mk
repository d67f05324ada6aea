# SPDX-License-Identifier: Apache-2.0
# The guest's process 1. Linked statically, because the initramfs holds nothing else.

all: $(BUILD)/guest/init

$(BUILD)/guest/init: vm/guest/init.c
	@mkdir -p $(@D)
	$(COMPILE) -static -MF $(BUILD)/obj/vm/guest/init.d -o $@ $<

$(BUILD)/guest/init: | $(BUILD)/obj/vm/guest
$(BUILD)/obj/vm/guest:
	@mkdir -p $@
