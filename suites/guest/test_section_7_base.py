# SPDX-License-Identifier: Apache-2.0
"""rednode.md 7, and 10 on it: where the groups of a node may be made, and who is moved for that."""
import os
import subprocess

import pytest
from group_runs import ASIDE, LIMITS, MOUNT, UID, delegate, limited, members, own_group, running, start, tree
from redwrap_runs import REDWRAP, assert_error, run

HYBRID = """set -e
mount -t tmpfs none /sys/fs/cgroup
mkdir /sys/fs/cgroup/unified /sys/fs/cgroup/systemd
mount -t cgroup2 none /sys/fs/cgroup/unified
mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd
"""
LEGACY = """set -e
mount -t tmpfs none /sys/fs/cgroup
mkdir /sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd
"""


def put(pid, group):
    """Move a process into a group."""
    (group / "cgroup.procs").write_text(str(pid), encoding="utf-8")


def test_nothing_is_done_without_an_entry(place, base, caller):
    """The payload stays in the caller's group; control: with an entry there are groups, and others move."""
    script = "echo ready; read end"
    with running(limited(place / "node"), base, caller, script=script) as process:
        assert tree(base) == []
        assert own_group(process.pid) == base
    with running(limited(place / "other", LIMITS), base, caller, script=script) as process:
        assert len(tree(base)) == 3
        assert own_group(process.pid) == base / ASIDE


@pytest.mark.parametrize("mounts", [HYBRID, LEGACY], ids=["hybrid", "v1"])
def test_refused_where_version_2_is_not_alone(place, mounts):
    """No group is made; control: without limits it starts there, and with them on version 2 alone."""
    def there(node):
        return run("unshare", "-m", "sh", "-c", mounts + '"$@"', "sh", REDWRAP, "-r", node, "--", "/bin/true")

    node = limited(place / "node", LIMITS)
    before = tree(MOUNT)
    assert_error(there(node), 125, "cgroup version 2", "unified hierarchy")
    assert tree(MOUNT) == before
    assert there(limited(place / "free")).returncode == 0
    assert start(node, "true", MOUNT).returncode == 0


def test_cgrouproot_without_controllers_is_left_alone(place, new_group, stranger):
    """As in the version 2 part of a hybrid: nobody is moved for limits that cannot be; control: with them."""
    outer = new_group()
    base = outer / "inner"
    base.mkdir()
    put(stranger, base)
    node = limited(place / "node", LIMITS, cgrouproot=str(base))
    assert_error(start(node, "true", MOUNT), 125, base, "pids")
    assert (tree(base), members(base)) == ([], [stranger])
    (outer / "cgroup.subtree_control").write_text("+pids", encoding="utf-8")
    assert start(node, "true", MOUNT).returncode == 0
    put(stranger, MOUNT)


def test_cgrouproot_is_the_base(place, new_group, base, caller):
    """Groups are made there, not below the caller's own; control: the same without it."""
    own, script = new_group(UID[caller]), "echo ready; read end"
    if caller == "user":
        # Between two groups a user moves processes only where the group above both is his, cgroups(7).
        delegate(MOUNT, UID[caller])
    try:
        with running(limited(place / "node", LIMITS, cgrouproot=str(base)), own, caller, script=script):
            assert (len(tree(base)), tree(own)) == (3, [])
        with running(limited(place / "other", LIMITS), own, caller, script=script):
            assert (tree(base), len(tree(own))) == ([], 3)
    finally:
        delegate(MOUNT, 0)


def test_cgrouproot_follows_no_link(place, base):
    """Control: the group itself."""
    link = place / "link"
    link.symlink_to(base)
    for root in (link, place / "link/.", f"/proc/self/root{base}"):
        assert_error(start(limited(place / "node", LIMITS, cgrouproot=str(root)), "true", MOUNT), 125, root)
        assert tree(base) == []
    assert start(limited(place / "node", LIMITS, cgrouproot=str(base)), "true", MOUNT).returncode == 0


def test_cgrouproot_must_be_version_2(place):
    """Control: a group."""
    assert_error(start(limited(place / "node", LIMITS, cgrouproot=str(place)), "true", MOUNT), 125, place,
                 "version 2", "cgrouproot")
    assert not (place / ASIDE).exists()
    assert start(limited(place / "node", LIMITS, cgrouproot=str(MOUNT)), "true", MOUNT).returncode == 0


def test_cgrouproot_does_not_climb(place, base):
    """Control: a component that only begins with two dots."""
    node = limited(place / "node", LIMITS, cgrouproot=f"{base}/../{base.name}")
    assert_error(start(node, "true", MOUNT), 125, "..")
    assert tree(base) == []
    (base / "..below").mkdir()
    (base / "cgroup.subtree_control").write_text("+pids", encoding="utf-8")
    assert start(limited(place / "node", LIMITS, cgrouproot=f"{base}/..below"), "true", MOUNT).returncode == 0


def test_nobody_is_moved_from_the_root_group(place):
    """Groups are made below it; control: in another group redwrap moves."""
    before = set(members(MOUNT))
    with running(limited(place / "node", LIMITS), MOUNT) as process:
        assert own_group(process.pid) == MOUNT
        assert not (MOUNT / ASIDE).exists()
        assert before <= set(members(MOUNT))


def test_processes_of_the_base_move_aside(place, base, caller):
    """No group with controllers for others may have processes; control: before, they are in the base."""
    with running(limited(place / "node", LIMITS), base, caller) as process:
        assert members(base) == []
        assert process.pid in members(base / ASIDE)


def test_a_start_from_aside_has_the_same_base(place, base, caller):
    """Two starts from one shell, the second when the first has moved it; control: the first group itself."""
    node = limited(place / "node", LIMITS)
    with running(node, base, caller):
        first = tree(base)
        with running(node, base / ASIDE, caller):
            assert len(tree(base)) == len(first) + 1
            assert tree(base / ASIDE) == []


def test_f11_who_was_moved_goes_back(place, base, caller, stranger):
    """After a failure, and at the end: the base is as it was found; control: it is not while a node runs."""
    if caller == "root":
        put(stranger, base)
        os.setxattr(base, "trusted.delegate", b"1")
    refused = limited(place / "refused", {"pids": {"max": "bogus"}})
    assert_error(start(refused, "true", base, caller), 125, "pids.max")
    found = [stranger] if caller == "root" else []
    assert (tree(base), members(base)) == ([], found)
    with running(limited(place / "node", LIMITS), base, caller):
        assert (members(base), len(tree(base))) == ([], 3)
        assert_error(start(refused, "true", base / ASIDE, caller), 125, "pids.max")
        assert (members(base), len(tree(base))) == ([], 3)
    assert (tree(base), members(base)) == ([], found)
    assert (base / "cgroup.subtree_control").read_text(encoding="utf-8").strip() == ""
    put(stranger, MOUNT)


def test_a_user_needs_the_files_of_the_base(place, new_group):
    """Whichever of them is not writable; control: both."""
    node = limited(place / "node", LIMITS)
    for file in ("cgroup.procs", "cgroup.subtree_control"):
        base = new_group(1000)
        os.chown(base / file, 0, 0)
        assert_error(start(node, "true", base, "user"), 125, base, "not delegated",
                     "systemd-run --user --scope -p Delegate=yes", "cgrouproot")
        assert tree(base) == []
    assert start(node, "true", new_group(1000), "user").returncode == 0


def test_a_user_moves_nobody_elses_processes(place, new_group, stranger):
    """Control: without root's process in the group."""
    base, node = new_group(1000), limited(place / "node", LIMITS)
    put(stranger, base)
    assert_error(start(node, "true", base, "user"), 125, base, "not delegated")
    assert (tree(base), members(base)) == ([], [stranger])
    put(stranger, MOUNT)
    assert start(node, "true", base, "user").returncode == 0


def test_root_moves_nobody_who_is_no_ancestor(place, new_group, stranger):
    """Of a group that nobody delegated; control: with each of the three reasons it starts."""
    base, node = new_group(), limited(place / "node", LIMITS)
    put(stranger, base)
    assert_error(start(node, "true", base), 125, base, "not delegated", "systemd-run")
    assert (tree(base), members(base)) == ([], [stranger])
    os.setxattr(base, "trusted.delegate", b"0")
    assert_error(start(node, "true", base), 125, base, "not delegated")
    os.setxattr(base, "trusted.delegate", b"1")
    assert start(node, "true", base).returncode == 0
    os.removexattr(base, "trusted.delegate")
    given = limited(place / "given", LIMITS, cgrouproot=str(base))
    assert start(given, "true", base).returncode == 0
    put(stranger, MOUNT)
    assert start(node, "true", base).returncode == 0


def test_ancestors_of_redwrap_may_be_in_the_base(place, new_group):
    """A shell that waits for redwrap there moves with it; control: a brother of redwrap is none."""
    base, node = new_group(), limited(place / "node", LIMITS)
    command = f"{REDWRAP} -r {node} -- /bin/true"

    def shell(script):
        with subprocess.Popen(["sh", "-c", script], preexec_fn=lambda: put(0, base), text=True,
                              stderr=subprocess.PIPE) as process:
            return process.wait(60), process.stderr.read()

    assert shell(f"{command}; exit $?") == (0, "")
    status, error = shell(f"sleep 60 2>/dev/null & {command}; code=$?; kill $!; wait; exit $code")
    assert status == 125 and "not delegated" in error
    assert tree(base) == []
