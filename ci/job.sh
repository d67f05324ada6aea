# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the jobs that run suites in guests have in common; each sources it in the checkout and sets `report`.

job=${0##*/}
report=${report:?}

conclude() {
	mkdir -p "$report" && echo "$1" >"$report/status"
	echo "$job: status $1"
	exit "$1"
}

step() {
	echo "== $*"
}

refuse() {
	echo "$job: $*" >&2
	conclude 2
}

# Each kernel must be one of vm/redvm list.
need_kernels() {
	local kernel
	for kernel in "$@"; do
		vm/redvm list | awk -v name="$kernel" '$1 == name { found = 1 } END { exit !found }' ||
			refuse "no kernel '$kernel'; vm/redvm list shows what there is"
	done
}

# The launcher NAME or NAME:PATH must have an adapter, and PATH be a program.
need_launcher() {
	local known name=${1%%:*} path=
	known=$(sed -n 's/^    name = "\(.*\)"$/\1/p' suites/framework/launchers/*.py)
	grep -qxF -e "$name" <<<"$known" || refuse "no launcher '$name'; there is ${known//$'\n'/, }"
	case $1 in
	*:*) path=${1#*:} ;;
	*) return ;;
	esac
	{ [ -f "$path" ] && [ -x "$path" ]; } || refuse "the launcher '$path' is no program that can be executed"
}

# stage_launcher LAUNCHER DIR: puts the program of NAME:PATH in DIR, which becomes /input of the guest, and
# prints how it is called there. Without PATH it is the guest's own.
stage_launcher() {
	mkdir -p "$2"
	case $1 in
	*:*) install -m 755 -- "${1#*:}" "$2/" && echo "${1%%:*}:/input/${1##*/}" ;;
	*) echo "$1" ;;
	esac
}

build_all() {
	make --no-print-directory --silent -j"$(nproc)" all tests-build || conclude 2
}

# Results of earlier runs in the folder DIR; nothing else that may be there.
remove_runs() {
	local old
	for old in "$1"/*/run.json; do
		[ ! -e "$old" ] || rm -rf "${old%/run.json}"
	done
}

# Why a suite did not begin is the last thing it said.
say_what_kept_it() {
	local stderr
	for stderr in "$1"/*/stderr.txt; do
		[ ! -s "$stderr" ] || sed -n "s|^ERROR: |$job: ${stderr:${#1}+1:-11}: |p" "$stderr" >&2
	done
}
