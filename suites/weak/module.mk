# SPDX-License-Identifier: Apache-2.0
# Weak runtimes: redwrap once more, with functions wrapped; and a name for each weakness, which is a link.

WEAK_BUILD   := $(BUILD)/test/weak
WEAK_OBJECTS := $(patsubst %.c,$(COMMAND_OBJ)/%.o,$(sort $(wildcard suites/weak/*.c)))
# Each name that wrapped.c wraps.
WEAK_WRAPPED  = $(call wrap,$(shell sed -n 's/^WRAP[^a-z]*\([a-z0-9_]*\).*/\1/p' suites/weak/wrapped.c))

$(BUILD)/obj/suites/weak/%.o $(BUILD)/obj/musl/suites/weak/%.o: private CPPFLAGS += \
	-Iruntime/include -Iruntime/lib -Iruntime -I$(BUILD)/include
$(WEAK_OBJECTS) $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard suites/weak/*.c)): | $(BUILD)/include/redprobe-ids.h

$(WEAK_BUILD)/redwrap: $(WEAK_OBJECTS) $(call objects_of,redwrap) $(COMMAND_LIBRARY)
	@mkdir -p $(@D)
	$(COMMAND_LINK) $(CFLAGS) $(LDFLAGS) $(SANITIZE) $(WEAK_WRAPPED) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(COMMAND_LIBS)

# The names of former tables go.
$(WEAK_BUILD)/weaknesses: $(WEAK_BUILD)/redwrap
	@find $(@D) -type l -delete
	@ln -s redwrap $@
	@$@ | cut -f 1 | while read -r name; do ln -s redwrap $(@D)/$$name || exit 1; done

tests-build: $(WEAK_BUILD)/weaknesses

.PHONY: weak
weak: all tests-build ## weak runtimes through the suites, WEAK="NAME ..." for some (hours)
	suites/weak/check $(WEAK)
