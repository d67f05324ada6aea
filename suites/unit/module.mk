# SPDX-License-Identifier: Apache-2.0
# Unit tests of libredpak: one executable for each test_*.c of runtime/.

REDPAK_TESTS    := $(patsubst suites/unit/runtime/%.c,$(BUILD)/test/unit/runtime/%, \
		     $(sort $(wildcard suites/unit/runtime/test_*.c)))
REDPAK_SUPPORT  := $(addprefix $(BUILD)/obj/suites/unit/runtime/,support.o tree.o commands.o)
REDPAK_FIXTURES := fixtures/nodes
UNIT_TESTS      += $(REDPAK_TESTS)

$(BUILD)/obj/suites/unit/runtime/%.o: private CPPFLAGS += -Iruntime/include -Iruntime/lib \
						 -I. -DFIXTURES='"$(REDPAK_FIXTURES)"'

# Calls that these tests let fail, or answer themselves.
$(BUILD)/test/unit/runtime/test_node: LDFLAGS += $(call wrap,fstatat)
$(BUILD)/test/unit/runtime/test_plan_memory: LDFLAGS += $(MEMORY_WRAPPED)
$(BUILD)/test/unit/runtime/test_plan_memory: $(MEMORY_OBJECT)
$(BUILD)/test/unit/runtime/test_expand: LDFLAGS += $(call wrap,pool_alloc pool_copy)
$(BUILD)/test/unit/runtime/test_tag: LDFLAGS += $(call wrap,time getrandom setmntent)
$(BUILD)/test/unit/runtime/test_command_bounds: LDFLAGS += $(call wrap,pool_alloc mmap pipe2 fork execve pidfd_open \
							clock_gettime poll __poll_chk read \
							__read_chk waitpid)
$(BUILD)/test/unit/runtime/test_filter: LDFLAGS += $(call wrap,pool_alloc)
# The numbers of calls in other ABIs than the own.
$(BUILD)/test/unit/runtime/test_filter: REDPAK_LIBS += -lseccomp

$(REDPAK_TESTS): $(BUILD)/test/unit/runtime/%: $(BUILD)/obj/suites/unit/runtime/%.o $(REDPAK_SUPPORT) \
						$(BUILD)/lib/libredpak.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) -lcmocka $(REDPAK_LIBS)
