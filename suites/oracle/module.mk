# SPDX-License-Identifier: Apache-2.0
# What redprobe says of every kernel, against what is known of it.

.PHONY: oracle
oracle: ## redprobe in every kernel, also built ones, against tables
	@ci/oracle $(ORACLE_KERNELS)
