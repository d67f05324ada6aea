# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For scripts that do several things at the same time.

# lane NAME COMMAND...: runs COMMAND, to be called in the background; each line begins with NAME.
lane() {
	local name=$1
	# What is started in the background ignores SIGINT and SIGQUIT, bash(1), and may hand that on: but ^C must
	# end it, and who tests signals must have them.
	env --default-signal=INT,QUIT "${@:2}" 2>&1 </dev/null | sed -u "s|^|$name: |"
}
