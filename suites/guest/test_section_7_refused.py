# SPDX-License-Identifier: Apache-2.0
"""rednode.md 7, and issue 3, fail closed: a start that is refused leaves the values of running instances."""
import fcntl
import os
import signal
import subprocess
from contextlib import contextmanager

import pytest
from fault_runs import FAULT
from group_runs import (ASIDE, LIMITS, MOUNT, device, entering, instance, kill_with_watcher, limited, members,
                        read, running, start, tree, tree_name)
from redwrap_runs import CALLERS, LIMIT, REDWRAP, assert_error, run, wait_until

SWAP, SPARE = device("swap"), device("spare")
NEIGHBOUR = 1001
FILES = ("cpuset.cpus.effective", "cpuset.mems.effective", "cpuset.cpus.partition", "memory.max",
         "memory.high", "memory.min", "memory.low", "memory.oom.group", "memory.swap.high", "memory.swap.max",
         "cpu.weight", "cpu.weight.nice", "cpu.max", "io.max", "pids.max", "cgroup.subtree_control")
# What a running instance has, and what a start makes of it.
RUNNING = {"cpuset": {"mems": "0"}, "mem": {"max": "512M"}, "cpu": {"weight": 50}, "pids": {"max": 50},
           "io": {"max": f"{SWAP} riops=5000"}}
CHANGES = [
    ({"cpuset": {"cpus": "0", "mems": "1"}}, {"cpuset": {"cpus": "1", "mems": "0"}}),
    ({}, {"cpuset": {"cpus": "1", "mems": "1"}}),
    ({"mem": {"max": "256M", "low": "2M"}}, {"mem": {"max": "128M", "low": "1M", "min": "1M"}}),
    ({}, {"mem": {"high": "200M", "oom_group": 1, "swap_max": "8M", "swap_high": "4M"}}),
    ({"cpu": {"weight": 77}}, {"cpu": {"weight_nice": -5, "max": "90000"}}),
    ({"cpu": {"weight": 77, "max": "50000 200000"}}, {"cpu": {"weight": 33, "max": "max"}}),
    ({"io": {"max": f"{SWAP} rbps=1048576 wiops=9"}},
     {"io": {"max": f"{SWAP} rbps=2097152 riops=8\n{SPARE} wbps=2097152"}}),
]
# The last value that is written; it is refused.
REFUSED = {"pids": {"max": "-1"}}


def values(group):
    """Return what the files of a group hold; of processors and memory nodes those that it may use."""
    return {name: read(group, name) for name in FILES if (group / name).exists()}


def holds(group, found):
    """Tell whether the files of a group hold these values still; others may be new."""
    return {name: read(group, name) for name in found} == found


@pytest.mark.parametrize("before, after", CHANGES)
def test_a_value_that_is_refused_leaves_those_before_it(place, base, caller, before, after):
    """As they were for the running instance; control: without the wrong value they change."""
    for file in ("memory.min", "memory.low"):
        (base / file).write_text("max", encoding="utf-8")
    node = limited(place / "node", {**RUNNING, **before})
    with running(node, base, caller):
        group = base / tree_name(node)
        found = values(group)
        limited(node, {**after, **REFUSED})
        assert_error(start(node, "echo ran", base / ASIDE, caller), 125, "pids.max", "-1")
        assert holds(group, found)
        assert len(list(group.glob("run-*"))) == 1
        limited(node, after)
        assert start(node, "true", base / ASIDE, caller).returncode == 0
        assert not holds(group, found)


def test_a_partition_stays_one(place):
    """A refused start makes it a member for a while; control: one that is not refused for good."""
    node = limited(place / "node", {"cpuset": {"cpus": "1", "cpus_partition": "root"}, **LIMITS})
    with running(node, MOUNT):
        group = MOUNT / tree_name(node)
        found = values(group)
        assert found["cpuset.cpus.partition"] == "root"
        limited(node, {"cpuset": {"cpus_partition": "member"}, **REFUSED})
        assert_error(start(node, "echo ran", MOUNT), 125, "pids.max", "-1")
        assert holds(group, found)
        limited(node, {"cpuset": {"cpus_partition": "member"}})
        assert start(node, "true", MOUNT).returncode == 0
        assert not holds(group, found)


@pytest.mark.parametrize("config, program, status", [({"chdir": "/nowhere"}, "/bin/true", 125),
                                                     ({}, "/nowhere", 127), ({}, "/usr/lib/os-release", 126)])
def test_what_fails_later_leaves_the_values(place, base, caller, config, program, status):
    """When all values have been written; control: a start with them that succeeds."""
    wanted = {"pids": {"max": 40}, "mem": {"max": "256M"}}
    node = limited(place / "node", RUNNING)

    def launch(program):
        return run(*CALLERS[caller], REDWRAP, "-r", node, "--", program, preexec_fn=entering(base / ASIDE))

    with running(node, base, caller):
        group = base / tree_name(node)
        found = values(group)
        limited(node, wanted, **config)
        assert_error(launch(program), status, config.get("chdir", program))
        assert holds(group, found)
        limited(node, wanted)
        assert launch("/bin/true").returncode == 0
        assert (read(group, "pids.max"), read(group, "memory.max")) == ("40", str(256 << 20))


def test_a_refused_child_leaves_the_group_of_its_parent(place, base, caller):
    """Its values and the controllers for its children; control: a child that starts changes both."""
    parent = limited(place / "parent", LIMITS)
    with running(parent, base, caller):
        group = base / tree_name(parent)
        found = values(group)
        limited(parent, {"pids": {"max": 40}})
        child = limited(parent / "child", {"mem": {"max": "64M"}, **REFUSED})
        assert_error(start(child, "true", base / ASIDE, caller), 125, "pids.max", "-1")
        assert holds(group, found)
        assert len([entry for entry in tree(base) if entry.startswith(group.name)]) == 2
        limited(child, {"mem": {"max": "64M"}, **LIMITS})
        assert start(child, "true", base / ASIDE, caller).returncode == 0
        assert (read(group, "pids.max"), "memory" in read(group, "cgroup.subtree_control")) == ("40", True)


@contextmanager
def held_back(node, group):
    """A start of root's that has written its values and waits, until its standard error is read."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writer, bytes(512))
    os.set_blocking(writer, True)
    with subprocess.Popen([str(word) for word in ("setpriv", "--reuid", "1000", "--regid", "1000", "--groups",
                                                  "1001", REDWRAP, "-r", node, "--", "/nowhere")],
                          stdin=subprocess.DEVNULL, stderr=writer, preexec_fn=entering(group)) as process:
        os.close(writer)
        yield process
        with open(reader, "rb") as file:
            assert b"/nowhere" in file.read()
        assert process.wait(LIMIT) == 127


@pytest.mark.parametrize("meanwhile", [True, False])
def test_values_that_another_start_relies_on_stay(place, new_group, meanwhile):
    """One that found them, before the start that wrote them failed; control: nobody started meanwhile."""
    base = new_group(1000)
    node = limited(place / "node", LIMITS)
    with running(node, base, "user"):
        group = base / tree_name(node)
        # What is said of groups that stay comes after the values.
        limited(node, {"pids": {"max": 40}}, **{"set-user": "1000"})
        with held_back(node, base / ASIDE):
            wait_until(lambda: read(group, "pids.max") == "40")
            if meanwhile:
                assert start(node, "true", base / ASIDE, "user").returncode == 0
        assert read(group, "pids.max") == ("40" if meanwhile else str(LIMITS["pids"]["max"]))


@contextmanager
def locking(group, uid):
    """A process of a user's that has tried to take the lock of a group; says whether it has it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        try:
            fcntl.flock(os.open(group, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(writer, b"1")
        except OSError:
            os.write(writer, b"0")
        signal.pause()
    try:
        yield os.read(reader, 1) == b"1"
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize("mode", [None, 0o755])
def test_nobody_else_locks_a_group(place, base, caller, mode):
    """So that what is left over goes with the next start; control: of another mode, it stays."""
    node = limited(place / "node", LIMITS)
    group = base / tree_name(node)
    with running(node, base, caller) as process:
        left = instance(base, group.name)
        kill_with_watcher(process)
    if mode:
        left.chmod(mode)
    with locking(left, NEIGHBOUR) as locked, locking(group, NEIGHBOUR) as locked_above:
        assert (locked, locked_above) == (bool(mode), False)
        assert start(node, "true", base / ASIDE, caller).returncode == 0
        assert left.exists() == bool(mode)
    if mode:
        assert start(node, "true", base / ASIDE, caller).returncode == 0
    assert tree(base) == []


def test_what_a_node_uses_can_be_read_by_others(place, base, caller):
    """The files of its groups, by name; control: those of the processes that were moved aside."""
    node = limited(place / "node", LIMITS)
    with running(node, base, caller):
        group = base / tree_name(node)
        shown = [run("setpriv", "--reuid", NEIGHBOUR, "--clear-groups", "cat", above / "cgroup.type").stdout
                 for above in (group, instance(base, group.name), base / ASIDE)]
    assert shown == ["domain\n", "domain\n", ""]


@pytest.mark.parametrize("limits", [LIMITS, {"mem": {"max": "64M"}}, {**LIMITS, "mem": {"max": "64M"}}])
def test_a_base_that_is_entered_meanwhile_is_said(place, base, caller, limits):
    """By a process that is not moved, as its move is told to have failed; control: all are moved."""
    node = limited(place / "node", limits)

    def launch(*words):
        return run(*CALLERS[caller], *words, REDWRAP, "-r", node, "--", "/bin/true",
                   preexec_fn=entering(base))

    # The first write of redwrap moves a process; ESRCH: it had ended.
    assert_error(launch(FAULT, "0:1:3:write"), 125, base, "has processes of its own", "start it again")
    assert tree(base) == []
    assert launch(FAULT, "0:1000:3:write").returncode == 3
    assert launch().returncode == 0


def test_a_group_below_that_takes_no_process_is_said(place, new_group, stranger):
    """Of a base that nobody but the one who entered it is in; control: it is moved."""
    base = new_group()
    node = limited(place / "node", LIMITS, cgrouproot=str(base))
    (base / "cgroup.procs").write_text(str(stranger), encoding="utf-8")
    done = run(FAULT, "0:1:3:write", REDWRAP, "-r", node, "--", "/bin/true")
    assert_error(done, 125, base, "has processes of its own", "start it again")
    assert (tree(base), members(base)) == ([], [stranger])
    assert start(node, "true", MOUNT).returncode == 0
    (MOUNT / "cgroup.procs").write_text(str(stranger), encoding="utf-8")


def test_a_base_below_one_with_processes_is_said(place, new_group, stranger):
    """Its parent gives controllers and has a process: no group below takes any; control: without it."""
    outer = new_group()
    (outer / "inner").mkdir()
    (outer / "cgroup.subtree_control").write_text("+pids", encoding="utf-8")
    node = limited(place / "node", LIMITS, cgrouproot=str(outer / "inner"))
    (outer / "cgroup.procs").write_text(str(stranger), encoding="utf-8")
    assert_error(start(node, "true", MOUNT), 125, outer / "inner", "or one above it")
    assert tree(outer / "inner") == []
    (MOUNT / "cgroup.procs").write_text(str(stranger), encoding="utf-8")
    assert start(node, "true", MOUNT).returncode == 0
