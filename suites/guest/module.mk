# SPDX-License-Identifier: Apache-2.0
# Tests of the commands in a guest.

LAUNCHES ?= 20
IN_GUEST  = vm/redvm run $(CHECK_KERNEL) --timeout $(1) -- env LAUNCHES=$(LAUNCHES) \
	    python3 -m pytest -rfE $(2)

# What the kernel has the last word in, of the tests that run on any machine.
ANYWHERE  = suites/harness/test_identity.py suites/harness/test_joins.py

.PHONY: guest endurance
guest: all tests-build ## tests of the commands that need a guest, LAUNCHES launches in a row
	$(call IN_GUEST,900,suites/guest $(ANYWHERE))

endurance: LAUNCHES = 10000
endurance: all tests-build ## that 10,000 launches in a row leave nothing (some 20 minutes)
	$(call IN_GUEST,7200,suites/guest/test_endurance.py)
