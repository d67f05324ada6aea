# SPDX-License-Identifier: Apache-2.0
# The guest's process 1. Linked statically, because the initramfs holds nothing else;
# never sanitized, because a static program cannot be.

GUEST_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard vm/guest/*.c))

all: $(BUILD)/guest/init

$(BUILD)/guest/init: SANITIZE :=
$(BUILD)/guest/init: $(GUEST_OBJECTS)
	@mkdir -p $(@D)
	$(CC) -static $(CFLAGS) -o $@ $(GUEST_OBJECTS)
