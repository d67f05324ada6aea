#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a user of unshare(1) does by hand once he is in its namespaces: build a root directory, go there.
#
#   unshare.sh ROOT [VERB ARGUMENT]... -- COMMAND...     COMMAND changes the root by itself
#
# Words of the node are arguments, never read by the shell.
set -e
trap 'echo "unshare: the node was not set up" >&2' EXIT
cd /
root=$1
shift

file() {
	mkdir -p -- "${1%/*}"
	[ -e "$1" ] || : >"$1"
}

# bind HOST MOUNT_POINT OPTIONS
bind() {
	if [ -d "$1" ]; then mkdir -p -- "$2"; else file "$2"; fi
	mount --rbind -- "$1" "$2"
	# Of what is mounted below it the options stay as they are: mount(8) has no words for more.
	mount -o "remount,bind,$3" -- "$2"
}

# fresh TYPE MOUNT_POINT OPTIONS
fresh() {
	mkdir -p -- "$2"
	mount -t "$1" -o "nosuid,$3" "$1" "$2"
}

# What of proc is read-only or hidden where it is the node's own; rednode.md, section 3.
processes() {
	fresh proc "$1" nodev,noexec
	for part in sys sysrq-trigger irq bus; do
		[ ! -e "$1/$part" ] || bind "$1/$part" "$1/$part" ro,nosuid,nodev,noexec
	done
	for part in kcore keys timer_list kmsg sched_debug; do
		[ ! -e "$1/$part" ] || mount --bind /dev/null "$1/$part"
	done
}

devices() {
	fresh tmpfs "$1" mode=755
	for device in null zero full random urandom tty; do
		bind "/dev/$device" "$1/$device" nosuid
	done
	fresh devpts "$1/pts" newinstance,ptmxmode=0666,mode=620
	mkdir "$1/shm"
	ln -s pts/ptmx "$1/ptmx"
	ln -s /proc/self/fd "$1/fd"
	ln -s fd/0 "$1/stdin"
	ln -s fd/1 "$1/stdout"
	ln -s fd/2 "$1/stderr"
}

while [ "$1" != -- ]; do
	case $1 in
	root) fresh tmpfs "$root" "nodev,mode=755$2" ;;
	dir) mkdir -p -- "$root$2" ;;
	tmpfs) fresh tmpfs "$root$2" "nodev,mode=1777$3" && shift ;;
	ro) bind "$3" "$root$2" ro,nosuid,nodev && shift ;;
	rw) bind "$3" "$root$2" nosuid,nodev && shift ;;
	link) mkdir -p -- "$root${2%/*}" && ln -s -- "$3" "$root$2" && shift ;;
	proc) processes "$root$2" ;;
	mqueue) fresh mqueue "$root$2" nodev,noexec ;;
	dev) devices "$root$2" ;;
	hostname) hostname -- "$2" ;;
	loopback) ip link set "$2" up ;;
	umask) umask "$2" ;;
	*) exit 2 ;;
	esac
	shift 2
done
shift
exec "$@"
