# SPDX-License-Identifier: Apache-2.0
"""The host that the launchers see: a root of its own in a private mount namespace, the same everywhere.

It holds the system read-only in effect (the directories of the machine, bound), /proc and /dev, and nothing
else: neither the mounts of this machine nor its cgroups, which crun would look at even when told not to.
"""
import ctypes
import os
from pathlib import Path

# linux/sched.h, sys/mount.h
CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
SYS_PIVOT_ROOT = 155

SYSTEM = ("/usr", "/etc", "/opt", "/srv", "/proc", "/dev")
# Of a merged /usr; ld.so and the shell are looked for there.
LINKS = ("bin", "sbin", "lib", "lib64")

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name, *arguments):
    words = [word.encode() if isinstance(word, str) else word for word in arguments]
    if getattr(_libc, name)(*words) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _mount(source, target, kind, flags, data=None):
    _call("mount", source, str(target), kind, ctypes.c_ulong(flags), data)


def enter(top, directories):
    """Move this process, and what it starts, into such a root.

    @top: an empty directory to mount it on meanwhile. @directories: what of the machine is there besides.
    Raises OSError; the process is to end then.
    """
    _call("unshare", CLONE_NEWNS)
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", top, "tmpfs", 0, "mode=0755")
    for directory in (*SYSTEM, *map(str, directories)):
        place = Path(f"{top}{directory}")
        place.mkdir(parents=True, exist_ok=True)
        _mount(directory, place, None, MS_BIND | MS_REC)
    for name in LINKS:
        (Path(top) / name).symlink_to(f"usr/{name}")
    # bubblewrap puts its root together there.
    (Path(top) / "tmp").mkdir(mode=0o1777, exist_ok=True)
    # A machine without cgroups, to crun.
    (Path(top) / "sys/fs/cgroup").mkdir(parents=True)
    os.chdir(top)
    _call("syscall", SYS_PIVOT_ROOT, ".", ".")
    _call("umount2", ".", MNT_DETACH)
    os.chdir("/")
