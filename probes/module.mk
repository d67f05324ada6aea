# SPDX-License-Identifier: Apache-2.0
# libredprobe and the command redprobe.

REDPROBE_LIB     := $(BUILD)/lib/libredprobe.a
REDPROBE_BIN     := $(BUILD)/bin/redprobe
REDPROBE_LIB_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard probes/lib/*.c)))
REDPROBE_BIN_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard probes/command/*.c)))
REDPROBE_INCLUDE := -Iprobes/include -Iprobes/lib -Iprobes/command

all: $(REDPROBE_BIN)

$(REDPROBE_LIB_OBJ) $(REDPROBE_BIN_OBJ): CPPFLAGS += $(REDPROBE_INCLUDE)

$(REDPROBE_LIB): $(REDPROBE_LIB_OBJ)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

$(REDPROBE_BIN): $(REDPROBE_BIN_OBJ) $(REDPROBE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -Wl,--as-needed -o $@ $^ -lcap -lkmod

# Unit tests: one executable for each test_*.c; those of the command take its parts too.
REDPROBE_TESTS := $(patsubst suites/unit/probes/%.c,$(BUILD)/test/unit/probes/%, \
		    $(sort $(wildcard suites/unit/probes/test_*.c)))
REDPROBE_TEST_OBJ := $(REDPROBE_TESTS:$(BUILD)/test/unit/probes/%=$(BUILD)/obj/suites/unit/probes/%.o)
REDPROBE_PARTS := $(filter-out %/main.o,$(REDPROBE_BIN_OBJ))
UNIT_TESTS += $(REDPROBE_TESTS)

$(REDPROBE_TEST_OBJ): CPPFLAGS += $(REDPROBE_INCLUDE)

$(REDPROBE_TESTS): $(BUILD)/test/unit/probes/%: $(BUILD)/obj/suites/unit/probes/%.o \
		   $(REDPROBE_PARTS) $(REDPROBE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ -lcmocka -lcap -lkmod
