# SPDX-License-Identifier: Apache-2.0
# The runtime: libredpak and redwrap. redwrap is linked statically: the dynamic linker would cost
# more than building the node, and nothing can be preloaded into it.

REDPAK_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard runtime/lib/*/*.c))
REDPAK_LIBS    := -lyaml -lcap -lmd

$(BUILD)/obj/runtime/%.o: CPPFLAGS += -Iruntime/include -Iruntime/lib

$(BUILD)/lib/libredpak.a: $(REDPAK_OBJECTS)
	@mkdir -p $(@D)
	$(AR) rcs $@ $^

REDWRAP_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard runtime/redwrap/*.c))

$(BUILD)/bin/redwrap: $(REDWRAP_OBJECTS) $(BUILD)/lib/libredpak.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $(SANITIZE) $(if $(SANITIZE),,-static) -o $@ $^ $(REDPAK_LIBS)

all: $(BUILD)/bin/redwrap

INSTALL_BIN     += $(BUILD)/bin/redwrap
INSTALL_LIB     += $(BUILD)/lib/libredpak.a
INSTALL_INCLUDE += runtime/include/redpak.h
