# SPDX-License-Identifier: Apache-2.0
"""Each system call of a launch with control groups fails once; rednode.md 7, W7, F11, F12.

And those that mount: an old kernel (5.10) takes others.
"""
from pathlib import Path

import pytest

from fault_runs import every_fault
from redwrap_runs import CALLERS, REDWRAP, SYSTEM, run, trusted_place, write_node

FIXTURES = (trusted_place,)
GROUPS = Path("/sys/fs/cgroup")
# What groups are made, filled and removed by.
CALLS = {"clone3", "fchdir", "flock", "fsetxattr", "getdents64", "getrandom", "mkdirat", "unlinkat", "write"}
# What mounts are made, looked at and restricted by, with mount_setattr(2) or without.
MOUNTING = {"fsmount", "fstatfs", "mount", "mount_setattr", "move_mount", "open_tree", "statx"}
LIMITS = "  cgroups: {pids: {max: 30}, mem: {max: 64M}, cpu: {weight: 50}}\n"


def groups():
    """The groups there are."""
    return sorted(path for path in GROUPS.rglob("*") if path.is_dir())


def delegate(group):
    """Make a group over to a user; returns the words that enter it, or where its processes are moved."""
    (GROUPS / "cgroup.subtree_control").write_text("+pids +memory +cpu", encoding="ascii")
    group.mkdir()
    run("chown", "1000:1000", group, *(group / file for file in ("cgroup.procs", "cgroup.subtree_control")))
    enter = f"cd {group}; [ ! -d redpak-pids-leaf ] || cd redpak-pids-leaf; echo 0 >cgroup.procs && cd /"
    return ("sh", "-c", enter + ' && exec "$@"', "sh")


@pytest.mark.parametrize("caller", CALLERS)
def test_a_failing_call_leaves_no_group_and_no_limit_out(place, caller):
    node = write_node(place / "node", SYSTEM + LIMITS)
    words = CALLERS[caller] if caller == "root" else (*delegate(GROUPS / "faults"), *CALLERS[caller])
    before = groups()
    every_fault(node, place, words, "cut -d/ -f2- /proc/self/cgroup", names=CALLS)
    # What the last fault kept from being removed.
    assert run(*words, REDWRAP, "-r", node, "--", "/bin/true").returncode == 0
    assert groups() == before


@pytest.mark.parametrize("caller", CALLERS)
def test_a_failing_call_leaves_no_mount_unrestricted(place, caller):
    node = write_node(place / "node", SYSTEM.replace("config:", "- {mode: Public, mount: /sys}\nconfig:"))
    every_fault(node, place, CALLERS[caller], names=MOUNTING)
