# SPDX-License-Identifier: Apache-2.0
# The fault injector; static, as guests have no libraries of ours. And redconf with allocations that fail.

tests-build: $(BUILD)/test/fault $(BUILD)/test/memory/redconf

comma := ,
wrap   = $(addprefix -Wl$(comma)--wrap=,$(1))
MEMORY_OBJECT  := $(BUILD)/obj/suites/faults/memory.o
MEMORY_WRAPPED := $(call wrap,pool_alloc pool_append pool_copy pool_format calloc realloc cap_init \
		  yaml_parser_initialize yaml_emitter_initialize)

$(MEMORY_OBJECT): private CPPFLAGS += -I. -Iruntime/lib

$(BUILD)/test/memory/redconf: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard runtime/redconf/*.c)) \
			      $(MEMORY_OBJECT) $(BUILD)/lib/libredpak.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $(MEMORY_WRAPPED) -o $@ $^ $(REDPAK_LIBS)

$(BUILD)/test/fault: $(BUILD)/obj/suites/faults/fault.o
	@mkdir -p $(@D)
	$(CC) -static $(LDFLAGS) -o $@ $^ -lseccomp
