# SPDX-License-Identifier: Apache-2.0
"""rednode.md 7: the groups of a node: nesting, names, instances, who is born there, and their end."""
import fcntl
import hashlib
import os
import re
import shutil
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest
from group_runs import (ASIDE, LIMITS, MOUNT, admin, instance, limited, members, own_group, read, running,
                        start, tree)
from redwrap_runs import assert_error, wait_until

RUN = re.compile("run-[0-9a-f]{16}")


def name_of(path):
    """Return the name that the specification gives the group of a node."""
    name = str(path)[1:].replace("-", "\\x2d").replace("/", "-")
    if len(name.encode()) <= 200:
        return name
    return name.encode()[:183].decode() + "-" + hashlib.sha256(str(path).encode()).hexdigest()[:16]


def locked(group):
    """Tell whether somebody holds the lock of a group."""
    descriptor = os.open(group, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def test_groups_of_a_chain_are_nested(place, base, caller):
    """Root to leaf, each with its own limits, the instance in the leaf's; control: the parent alone."""
    parent = limited(place / "parent", {"pids": {"max": 40}})
    leaf = limited(parent / "leaf", {"pids": {"max": 30}})
    outer, inner = name_of(parent), name_of(leaf)
    with running(leaf, base, caller):
        run_group = instance(base, f"{outer}/{inner}")
        assert tree(base) == sorted([ASIDE, outer, f"{outer}/{inner}", f"{outer}/{inner}/{run_group.name}"])
        assert read(base / outer, "pids.max") == "40"
        assert read(base / outer / inner, "pids.max") == "30"
        assert RUN.fullmatch(run_group.name)
        assert len(members(run_group)) == 2
        assert members(base / outer) == members(base / outer / inner) == []
    with running(parent, base, caller):
        assert tree(base) == sorted([ASIDE, outer, f"{outer}/{instance(base, outer).name}"])


@pytest.mark.parametrize("below", ["plain", "a-b", "-a-/-b-", "dot.admin", "with space", "\\x2d", "é",
                                   "p" * 190, "-" * 60, "long/" * 50 + "end"])
def test_a_name_is_made_of_the_path(place, new_group, below):
    """Told apart and bounded; control: the name of the sister beside it is another one."""
    base = new_group()
    for path in (place / below, place / (below + "-")):
        node = limited(path, LIMITS)
        with running(node, base):
            assert [entry for entry in tree(base) if "/" not in entry] == sorted([ASIDE, name_of(node)])
        assert len(name_of(node).encode()) <= 200
    assert name_of(place / below) != name_of(place / (below + "-"))


def test_admin_limits_have_a_group_of_their_own(place, new_group):
    """Suffix .admin when A was read and has cgroups; control: A without, and without --admin."""
    base, node = new_group(), limited(place / "node", LIMITS)
    expected = {True: name_of(node) + ".admin", False: name_of(node)}
    for values, options in ((LIMITS, ("--admin",)), (LIMITS, ()), ({}, ("--admin",))):
        admin(node, values)
        with running(node, base, options=options):
            wanted = expected[bool(values and options)]
            assert [entry for entry in tree(base) if "/" not in entry] == sorted([ASIDE, wanted])


def test_two_instances_share_the_group_of_the_node(place, base, caller):
    """And its limit, each in a group of its own; the end of one leaves the other; control: its own end."""
    node = limited(place / "node", {"pids": {"max": 5}})
    group, aside = base / name_of(node), base / ASIDE
    instances = "run-" + "[0-9a-f]" * 16
    with running(node, base, caller):
        with running(node, aside, caller):
            assert len(list(group.glob(instances))) == 2
            assert read(group, "pids.current") == "4"
            assert_error(start(node, "exit 0", aside, caller), 125)
        assert len(list(group.glob(instances))) == 1
        assert start(node, "exit 0", aside, caller).returncode == 0
    assert tree(base) == []


def test_the_starter_locks_its_instance(place, base, caller):
    """While it runs; control: the node's group is locked by nobody."""
    node = limited(place / "node", LIMITS)
    with running(node, base, caller):
        assert locked(instance(base, name_of(node)))
        assert not locked(base / name_of(node))


def test_a_start_removes_what_is_left_over(place, base, caller, stranger):
    """A free instance goes, with what runs there; control: one that is locked stays."""
    node = limited(place / "node", LIMITS)
    with running(node, base, caller):
        group = base / name_of(node)
        left, kept = group / "run-00000000000000aa", group / "run-00000000000000bb"
        for made in (left, left / "below", kept):
            made.mkdir()
            if caller == "user":
                os.chown(made, 1000, 1000)
                os.chown(made / "cgroup.procs", 1000, 1000)
        with own_process(caller, left / "below") as pid, holding(kept):
            with running(node, base / ASIDE, caller):
                assert not left.exists()
                assert os.waitpid(pid, os.WNOHANG)[0] == pid
                assert kept.exists()
        assert start(node, "true", base / ASIDE, caller).returncode == 0
        assert not kept.exists()


@contextmanager
def own_process(caller, group):
    """A process of the caller's in a group, which the test reaps."""
    pid = os.fork()
    if pid == 0:
        (group / "cgroup.procs").write_text("0", encoding="utf-8")
        if caller == "user":
            os.setgid(1000)
            os.setuid(1000)
        os.execlp("sleep", "sleep", "600")
    wait_until(lambda: own_group(pid) == group)
    yield pid


@contextmanager
def holding(group):
    """The lock of a group."""
    descriptor = os.open(group, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def test_the_group_of_a_node_below_run_is_no_instance(new_group):
    """Its name begins with `run-`, too; a start of its parent leaves what runs there; control: it runs."""
    base = new_group()
    parent = Path("/run/nodes")
    child = limited(limited(parent, LIMITS) / "child", LIMITS)
    try:
        with running(child, base) as process:
            group = base / name_of(parent) / name_of(child)
            assert group.name.startswith("run-") and instance(base, f"{name_of(parent)}/{group.name}")
            assert start(parent, "true", base / ASIDE).returncode == 0
            assert group.exists() and process.poll() is None
        assert process.returncode == 0
    finally:
        shutil.rmtree(parent)


def test_the_payload_is_born_in_its_group(place, base, caller):
    """No process may be born in a group with pids.max 0, but one may enter it; control: 2 may be."""
    assert_error(start(limited(place / "node", {"pids": {"max": 0}}), "true", base, caller), 125)
    assert tree(base) == []
    assert start(limited(place / "node", {"pids": {"max": 2}}), "exit 7", base, caller).returncode == 7


def test_a_new_cgroup_namespace_is_rooted_in_the_instance(place, base, caller):
    """The payload sees `/` as its group; control: in the caller's namespace it sees the whole path."""
    script = "cat /proc/self/cgroup; read end"
    node = limited(place / "node", LIMITS, share_cgroup="Disabled")
    with running(node, base, caller, script=script) as process:
        assert process.said == "0::/\n"
    node = limited(place / "node", LIMITS, share_cgroup="Enabled")
    with running(node, base, caller, script=script) as process:
        run_group = instance(base, name_of(node))
        assert process.said == f"0::/{run_group.relative_to(MOUNT)}\n"


@pytest.mark.parametrize("pid", ["Disabled", "Enabled"])
def test_groups_go_with_the_last_process(place, base, caller, pid):
    """Not before: what the payload left behind keeps them; control: they are there meanwhile."""
    node = limited(place / "node", LIMITS, share_pid=pid)
    # What runs in the background of a shell has /dev/null as descriptor 0.
    script = "exec 3<&0; (read end <&3; echo done) & echo ready; exit 0"
    with running(node, base, caller, script=script) as process:
        assert instance(base, name_of(node))
        assert process.poll() is None
    assert tree(base) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_groups_go_when_redwrap_is_ended(place, base, caller, number):
    """By SIGTERM, which the payload gets, and by SIGKILL, by the watcher; control: they are there before."""
    node = limited(place / "node", LIMITS)
    script = "sleep 600 & trap 'kill $!' TERM; echo ready; wait"
    with running(node, base, caller, script=script) as process:
        assert instance(base, name_of(node))
        process.send_signal(number)
        process.wait()
    wait_until(lambda: tree(base) == [])


@pytest.mark.parametrize("option", ["--dump-only", "-D"])
def test_f10_dump_only_touches_no_group(place, base, caller, option):
    """Neither group nor process; control: a start does."""
    node = limited(place / "node", LIMITS)
    before = tree(MOUNT)
    done = start(node, "true", base, caller, (option,))
    assert (done.returncode, done.stdout.startswith("DUMP: ")) == (0, True)
    assert tree(MOUNT) == before
    assert read(base, "cgroup.subtree_control") == ""
    with running(node, base, caller):
        assert tree(MOUNT) != before


def test_f12_a_failure_later_removes_the_groups(place, base, caller):
    """An export that is not there, a program that is not; control: the groups are there when it runs."""
    node = limited(place / "node", LIMITS)
    assert start(node, "true", base, caller).returncode == 0
    gone = limited(place / "gone", LIMITS, chdir="/nowhere")
    assert_error(start(gone, "true", base, caller), 125, "/nowhere")
    assert tree(base) == []
