# SPDX-License-Identifier: Apache-2.0
# The unit tests under valgrind. Left out are those that valgrind 3.19 cannot run: it has neither
# pidfd_open, by which commands of a configuration are bounded, nor openat2, nor all the calls that
# filters are tested with, and takes the sizes that the pool has to refuse for mistakes.

VALGRIND := valgrind --quiet --error-exitcode=99 --leak-check=full --child-silent-after-fork=yes
VALGRIND_TESTS = $(filter-out \
		 $(addprefix %/test_,command command_bounds expand filter_calls host plan_memory pool),$(REDPAK_TESTS))
# Of redprobe, those that ask nothing of the kernel.
VALGRIND_TESTS += $(filter $(addprefix %/test_,finding report survey table witness),$(REDPROBE_TESTS))

.PHONY: valgrind
valgrind: ## unit tests of the runtime, and some of redprobe, under valgrind
	@ci/deps build test valgrind
	@$(MAKE) --no-print-directory $(JOBS) --silent $(VALGRIND_TESTS)
	@ulimit -c 0; for test in $(VALGRIND_TESTS); do echo "== $$test"; $(VALGRIND) $$test || exit 1; done
