# SPDX-License-Identifier: Apache-2.0
# The fault injector; static, as guests have no libraries of ours.

tests-build: $(BUILD)/test/fault

$(BUILD)/test/fault: $(BUILD)/obj/suites/faults/fault.o
	@mkdir -p $(@D)
	$(CC) -static $(LDFLAGS) -o $@ $^ -lseccomp
