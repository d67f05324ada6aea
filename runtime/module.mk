# SPDX-License-Identifier: Apache-2.0
# The runtime: libredpak and redwrap. redwrap is linked statically: the dynamic linker would cost
# more than building the node, and nothing can be preloaded into it.

REDPAK_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard runtime/lib/*/*.c))
REDPAK_LIBS    := -lyaml -lcap -lmd

$(BUILD)/obj/runtime/%.o: CPPFLAGS += -Iruntime/include -Iruntime/lib -Iruntime \
				     -DREDPAK_TEMPLATE_DIR='"$(PREFIX)/share/redpak/templates.d"'
$(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard runtime/*/*.c runtime/lib/*/*.c)): $(BUILD)/prefix

$(BUILD)/lib/libredpak.a: $(REDPAK_OBJECTS)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

objects_of = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard runtime/$(1)/*.c))

$(BUILD)/bin/redwrap: $(call objects_of,redwrap)
$(BUILD)/bin/redconf: $(call objects_of,redconf)
$(BUILD)/bin/redwrap $(BUILD)/bin/redconf: $(BUILD)/lib/libredpak.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $(SANITIZE) $(if $(SANITIZE),,-static) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(REDPAK_LIBS)

all: $(BUILD)/bin/redwrap $(BUILD)/bin/redconf $(BUILD)/lib/pkgconfig/redpak.pc

$(BUILD)/lib/pkgconfig/redpak.pc: runtime/redpak.pc.in $(BUILD)/prefix
	@mkdir -p $(@D)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@LIBS@|$(REDPAK_LIBS)|' $< >$@

INSTALL_BIN        += $(BUILD)/bin/redwrap $(BUILD)/bin/redconf
INSTALL_LIB        += $(BUILD)/install/libredpak.a
INSTALL_INCLUDE    += runtime/include/redpak.h
INSTALL_PKGCONFIG  += $(BUILD)/lib/pkgconfig/redpak.pc
INSTALL_MAN1       += runtime/man/redwrap.1 runtime/man/redconf.1
INSTALL_MAN5       += runtime/man/redpak.yaml.5
INSTALL_COMPLETION += runtime/completion/redwrap runtime/completion/redconf
INSTALL_TEMPLATE   += $(wildcard runtime/templates.d/*.yaml)
