# SPDX-License-Identifier: Apache-2.0
# libredprobe and the command redprobe.

REDPROBE_LIB     := $(BUILD)/lib/libredprobe.a
REDPROBE_BIN     := $(BUILD)/bin/redprobe
REDPROBE_LIB_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard probes/lib/*/*.c)))
REDPROBE_BIN_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard probes/command/*.c)))
REDPROBE_PROFILES   := $(sort $(wildcard probes/profiles/*.yaml))
REDPROBE_PROFILES_C := $(BUILD)/probes/profiles.c
REDPROBE_BIN_OBJ    += $(BUILD)/obj/probes/command/profiles.o
REDPROBE_STATIC     := -l:libyaml.a -l:libjansson.a -l:libz.a
REDPROBE_INCLUDE := -Iprobes/include -Iprobes/lib -Iprobes/command

all: $(REDPROBE_BIN)

INSTALL_BIN     += $(REDPROBE_BIN)
INSTALL_LIB     += $(BUILD)/install/libredprobe.a
INSTALL_INCLUDE += probes/include/redprobe.h
INSTALL_PROFILE += $(REDPROBE_PROFILES)
INSTALL_SCHEMA  += probes/redproof.probe-1.schema.json

$(REDPROBE_LIB_OBJ) $(REDPROBE_BIN_OBJ): private CPPFLAGS += $(REDPROBE_INCLUDE)

$(REDPROBE_LIB): $(REDPROBE_LIB_OBJ)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

# Profiles are part of the command, so that it finds them wherever it is copied to.
$(REDPROBE_PROFILES_C): $(REDPROBE_PROFILES) $(MAKEFILE_LIST)
	@mkdir -p $(@D)
	{ echo '#include "profile.h"'; \
	  echo 'const struct shipped_profile shipped_profiles[] = {'; \
	  for file in $(REDPROBE_PROFILES); do \
		echo "{\"$$(basename $$file .yaml)\","; \
		sed -e 's/[\"]/\\&/g' -e 's/.*/"&\\n"/' $$file; \
		echo '},'; \
	  done; \
	  echo '{0}};'; } >$@

$(BUILD)/obj/probes/command/profiles.o: $(REDPROBE_PROFILES_C)
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

# Functions are bound at the start, where each child would otherwise look them up for itself; it also
# leaves their table read-only.
REDPROBE_BOUND := -Wl,-z,relro,-z,now

# Of what is linked statically, nothing but libcap and libkmod must be there at run time.
$(REDPROBE_BIN): $(REDPROBE_BIN_OBJ) $(REDPROBE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $(REDPROBE_BOUND) -Wl,--as-needed -o $@ $^ $(REDPROBE_STATIC) -lcap

# One static program for bare boards, with musl, as the runtime's commands are made
# (runtime/module.mk); what Debian's archives need of glibc is in runtime/musl.
STATIC_BIN     := $(BUILD)/static/redprobe
STATIC_OBJ      = $(patsubst $(BUILD)/obj/%,$(BUILD)/obj/musl/%,$(REDPROBE_BIN_OBJ) $(REDPROBE_LIB_OBJ)) \
		  $(BUILD)/obj/musl/runtime/musl/calls.o
STATIC_ARCHIVES = $(foreach lib,yaml jansson z cap,$(shell $(CC) -print-file-name=lib$(lib).a))

.PHONY: static
static: $(STATIC_BIN) ## build/static/redprobe: one static program for bare boards

$(BUILD)/obj/musl/probes/%.o: private CPPFLAGS += $(REDPROBE_INCLUDE)

$(BUILD)/obj/musl/probes/command/profiles.o: $(REDPROBE_PROFILES_C) | $(MUSL_INCLUDE)
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$(STATIC_BIN): $(STATIC_OBJ)
	@mkdir -p $(@D)
	$(MUSL_CC) -static -s $(CFLAGS) $(LDFLAGS) -Wl,--gc-sections -o $@ $^ $(STATIC_ARCHIVES)

# The ids as names, for whoever speaks of features: one that vanishes does not compile.
REDPROBE_IDS := $(BUILD)/include/redprobe-ids.h
all: $(REDPROBE_IDS)
INSTALL_INCLUDE += $(REDPROBE_IDS)

# What includes it is compiled anew only if an id has changed: so the time of the check is kept apart.
$(REDPROBE_IDS): $(REDPROBE_IDS).checked ;

$(REDPROBE_IDS).checked: $(REDPROBE_BIN)
	@mkdir -p $(@D)
	@{ echo '/* SPDX-License-Identifier: Apache-2.0 */'; \
	  echo '/* The ids of the features that redprobe asks for: made from its table. */'; \
	  echo '#ifndef REDPROBE_IDS_H'; echo '#define REDPROBE_IDS_H'; \
	  $< --list | awk '{ name = toupper($$1); gsub(/[^A-Z0-9]/, "_", name); \
			     printf "#define REDPROBE_%s \"%s\"\n", name, $$1 }'; \
	  echo '#endif'; } >$(REDPROBE_IDS).new
	@cmp -s $(REDPROBE_IDS).new $(REDPROBE_IDS) || cp $(REDPROBE_IDS).new $(REDPROBE_IDS)
	@rm $(REDPROBE_IDS).new
	@touch $@

# The manual page has the table of features.
REDPROBE_MAN := $(BUILD)/man/redprobe.1
all: $(REDPROBE_MAN)
INSTALL_MAN1       += $(REDPROBE_MAN)
INSTALL_COMPLETION += probes/completion/redprobe

$(REDPROBE_MAN): probes/man/redprobe.1.in $(REDPROBE_BIN)
	@mkdir -p $(@D)
	$(REDPROBE_BIN) --list | awk '{ id = $$1; sub(/^[^ ]+ +/, ""); split(id, part, "."); \
		if (part[1] != area) { if (area) print ".El"; area = part[1]; \
			print ".Ss " area; print ".Bl -tag -width Ds -compact"; } \
		printf ".It Cm %s\n%s\n", id, $$0 } END { print ".El" }' >$@.features
	sed -e '/^@FEATURES@$$/{r $@.features' -e 'd}' $< >$@
	@rm $@.features

# libredprobe, for whoever builds against it.
REDPROBE_PC := $(BUILD)/lib/pkgconfig/redprobe.pc
all: $(REDPROBE_PC)
INSTALL_PKGCONFIG += $(REDPROBE_PC)

$(REDPROBE_PC): probes/redprobe.pc.in $(BUILD)/prefix
	@mkdir -p $(@D)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@LIBS@|-lcap -lz|' $< >$@

# Unit tests: one executable for each test_*.c. Only that of the reports takes parts of the
# command; the others show that the library does without libkmod.
REDPROBE_TESTS := $(patsubst suites/unit/probes/%.c,$(BUILD)/test/unit/probes/%, \
		    $(sort $(wildcard suites/unit/probes/test_*.c)))
REDPROBE_TEST_OBJ := $(REDPROBE_TESTS:$(BUILD)/test/%=$(BUILD)/obj/suites/%.o)
REDPROBE_REPORT_OBJ := $(addprefix $(BUILD)/obj/probes/command/,report_json.o text.o)
UNIT_TESTS += $(REDPROBE_TESTS)

$(REDPROBE_TEST_OBJ): private CPPFLAGS += $(REDPROBE_INCLUDE)
$(BUILD)/test/unit/probes/test_report: $(REDPROBE_REPORT_OBJ)

$(BUILD)/test/unit/probes/test_survey: LDFLAGS += $(call wrap,fork)

$(REDPROBE_TESTS): $(BUILD)/test/unit/probes/%: $(BUILD)/obj/suites/unit/probes/%.o $(REDPROBE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka -lcap -lz
