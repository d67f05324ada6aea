# SPDX-License-Identifier: Apache-2.0
# The runtime: libredpak, redwrap and redconf. The commands are linked statically: the dynamic linker
# would cost more than building the node, and nothing can be preloaded into them.

REDPAK_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard runtime/lib/*/*.c))
REDPAK_LIBS    := -lyaml -lcap -lmd

# Messages name the features of the kernel by the ids of redprobe's table.
$(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard runtime/lib/*/*.c)): | $(BUILD)/include/redprobe-ids.h
$(patsubst %.c,$(BUILD)/obj/musl/%.o,$(wildcard runtime/lib/*/*.c)): | $(BUILD)/include/redprobe-ids.h

$(BUILD)/obj/runtime/%.o: private CPPFLAGS += -Iruntime/include -Iruntime/lib -Iruntime -I$(BUILD)/include \
				     -DREDPAK_TEMPLATE_DIR='"$(PREFIX)/share/redpak/templates.d"'
$(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard runtime/*/*.c runtime/lib/*/*.c)): $(BUILD)/prefix

# The seccomp filter is compiled here, with libseccomp, and not at each start.
$(BUILD)/filter/compile: $(addprefix $(BUILD)/obj/runtime/,filter/main.o lib/plan/filter_rules.o)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $(SANITIZE) -o $@ $^ -lseccomp

$(BUILD)/filter/program.c: $(BUILD)/filter/compile
	$< >$@

FILTER_PROGRAM := runtime/filter/program.o
REDPAK_OBJECTS += $(BUILD)/obj/$(FILTER_PROGRAM)

$(addsuffix /$(FILTER_PROGRAM),$(BUILD)/obj $(BUILD)/obj/musl): $(BUILD)/filter/program.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$(BUILD)/lib/libredpak.a: $(REDPAK_OBJECTS)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

objects_of = $(patsubst %.c,$(COMMAND_OBJ)/%.o,$(wildcard runtime/$(1)/*.c))

# The commands have musl: glibc asks the processor about itself at every start, which costs a tenth of
# a launch where a hypervisor answers, and is four times as large in memory. What Debian's archives
# need of glibc is in runtime/musl. Sanitizers and coverage are glibc's, and so are the tests.
ifeq ($(SANITIZE),)
COMMAND_OBJ     := $(BUILD)/obj/musl
COMMAND_LIBRARY := $(BUILD)/musl/libredpak.a
COMMAND_LIBS     = $(foreach lib,$(REDPAK_LIBS:-l%=%),$(shell $(CC) -print-file-name=lib$(lib).a))
# What runs while a payload runs stands together, so that few pages of the rest stay in memory.
COMMAND_FIRST   := $(addprefix $(COMMAND_OBJ)/runtime/lib/,apply/supervise.o apply/reaper.o base/memory.o) \
		$(addprefix -u,dl_iterate_phdr getppid kill madvise poll prctl read sigwaitinfo \
		sysconf waitpid) -lc
COMMAND_LINK     = $(MUSL_CC) -static -Wl,--gc-sections $(COMMAND_FIRST)
$(BUILD)/bin/redwrap: $(call objects_of,arena)
else
COMMAND_OBJ     := $(BUILD)/obj
COMMAND_LIBRARY := $(BUILD)/lib/libredpak.a
COMMAND_LIBS     = $(REDPAK_LIBS)
COMMAND_LINK     = $(CC)
endif

$(BUILD)/bin/redwrap: $(call objects_of,redwrap)
$(BUILD)/bin/redconf: $(call objects_of,redconf)
$(BUILD)/bin/redwrap $(BUILD)/bin/redconf: $(COMMAND_LIBRARY)
	@mkdir -p $(@D)
	$(COMMAND_LINK) $(CFLAGS) $(LDFLAGS) $(SANITIZE) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(COMMAND_LIBS)

MUSL_CC      ?= musl-gcc
MUSL_INCLUDE := $(BUILD)/musl/include
# Headers that belong to no C library.
MUSL_HEADERS  = $(patsubst %,/usr/include/%,linux asm-generic yaml.h sha2.h sys/capability.h jansson.h \
		jansson_config.h zlib.h zconf.h libkmod.h) /usr/include/$(shell $(CC) -print-multiarch)/asm

$(MUSL_INCLUDE): runtime/module.mk
	@rm -rf $@ $@.new
	@mkdir -p $@.new/sys
	ln -s $(filter-out /usr/include/sys/%,$(MUSL_HEADERS)) $@.new
	ln -s $(filter /usr/include/sys/%,$(MUSL_HEADERS)) $@.new/sys
	mv $@.new $@

# Private: the filter is compiled on the way, by a program of the machine's own libc.
$(BUILD)/obj/musl/%.o: private CC = $(MUSL_CC)
$(BUILD)/obj/musl/%.o: private HARDEN = -fstack-protector-strong -ffunction-sections -fdata-sections
$(BUILD)/obj/musl/%.o: private CPPFLAGS += -Iruntime/musl -isystem $(MUSL_INCLUDE)
$(BUILD)/obj/musl/runtime/%.o: private CPPFLAGS += -Iruntime/include -Iruntime/lib -Iruntime -I$(BUILD)/include \
				   -DREDPAK_TEMPLATE_DIR='"$(PREFIX)/share/redpak/templates.d"'
$(BUILD)/obj/musl/%.o: %.c $(BUILD)/prefix | $(MUSL_INCLUDE)
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$(BUILD)/obj/musl/$(FILTER_PROGRAM): | $(MUSL_INCLUDE)

$(BUILD)/musl/libredpak.a: $(patsubst %.c,$(BUILD)/obj/musl/%.o,$(wildcard runtime/lib/*/*.c runtime/musl/*.c)) \
			   $(BUILD)/obj/musl/$(FILTER_PROGRAM)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

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
