# SPDX-License-Identifier: Apache-2.0
# Unit tests of libredpak: one executable for each test_*.c of runtime/.

REDPAK_TESTS    := $(patsubst suites/unit/runtime/%.c,$(BUILD)/test/unit/runtime/%, \
		     $(sort $(wildcard suites/unit/runtime/test_*.c)))
REDPAK_SUPPORT  := $(addprefix $(BUILD)/obj/suites/unit/runtime/,support.o tree.o)
REDPAK_FIXTURES := fixtures/nodes
UNIT_TESTS      += $(REDPAK_TESTS)

$(BUILD)/obj/suites/unit/runtime/%.o: CPPFLAGS += -Iruntime/include -Iruntime/lib \
						 -DFIXTURES='"$(REDPAK_FIXTURES)"'

# One call that this test lets fail.
$(BUILD)/test/unit/runtime/test_node: LDFLAGS += -Wl,--wrap=fstatat

$(REDPAK_TESTS): $(BUILD)/test/unit/runtime/%: $(BUILD)/obj/suites/unit/runtime/%.o $(REDPAK_SUPPORT) \
						$(BUILD)/lib/libredpak.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) -lcmocka $(REDPAK_LIBS)
