# SPDX-License-Identifier: Apache-2.0
"""redprobe in a guest: control groups. Run by test_redprobe_cgroup.py."""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from guest_runs import GROUPS, REDPROBE, USER, groups, probe, statuses

ITEMS = ["cpu.max", "cpu.weight", "cpu.weight.nice", "cpuset.cpus", "cpuset.cpus.partition", "cpuset.mems",
         "io.max", "io.weight", "memory.high", "memory.low", "memory.max", "memory.min", "memory.oom.group",
         "memory.swap.high", "memory.swap.max", "pids.max"]
ROOT_ITEMS = ["io.cost.model", "io.cost.qos"]


def control(path, text):
    """Write to cgroup.subtree_control of a group."""
    (path / "cgroup.subtree_control").write_text(text)


def in_group(path, *identity):
    """Return a command that runs what follows in the group, as whom setpriv makes it."""
    return ("sh", "-ec", f'echo $$ >{path}/cgroup.procs; exec "$@"', "sh", *identity)


AS_USER = ("setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups")


def in_mounts(script):
    """Return a command that runs what follows with mounts of its own, after `script`."""
    return ("unshare", "--mount", "sh", "-ec", script + '; exec "$@"', "sh")


@pytest.fixture(name="version_1")
def version_1_hierarchy(tmp_path):
    """Options that mount a version 1 hierarchy; its end takes the kernel some time after an unmount."""
    yield f"-t cgroup -o none,name=redproof none {tmp_path}"
    wait_for_version_2_alone()


def wait_for_version_2_alone():
    """Wait until version 1 hierarchies that nobody has mounted any more are gone."""
    while not Path("/proc/self/cgroup").read_text().startswith("0::"):
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def nothing_left():
    """Whatever is found, the root group is as before, and the kernel log has no new line."""
    before, log = groups(), subprocess.check_output(["dmesg"])
    yield
    assert groups() == before
    assert subprocess.check_output(["dmesg"]) == log


@pytest.fixture(name="other")
def other_group():
    """A child group of somebody else."""
    path = GROUPS / "other"
    path.mkdir()
    yield path
    path.rmdir()


@pytest.fixture(name="delegated")
def delegated_group():
    """A group of the ordinary user's, as systemd delegates one: with cpu, memory and pids."""
    control(GROUPS, "+cpu +memory +pids")
    path = GROUPS / "delegated"
    path.mkdir()
    for file in (path, path / "cgroup.procs", path / "cgroup.subtree_control", path / "cgroup.threads"):
        os.chown(file, 1000, 1000)
    yield path
    for child in path.iterdir():
        if child.is_dir():
            child.rmdir()
    path.rmdir()
    control(GROUPS, "-cpu -memory -pids")


def test_every_item_is_accepted_and_read_back():
    features = probe(only="cgroup")
    assert {name: features[f"cgroup.item.{name}"]["status"] for name in ITEMS + ROOT_ITEMS} == {
        name: "supported" for name in ITEMS + ROOT_ITEMS}
    for name in ITEMS:
        assert features[f"cgroup.item.{name}"]["detail"].startswith('wrote "')
    for name in ROOT_ITEMS:
        assert "not written" in features[f"cgroup.item.{name}"]["detail"]


def test_a_partition_is_known_to_the_kernel_and_takes_no_processors():
    """From 6.1 on one that cannot be is called invalid; before, it was refused as any other word is."""
    effective = (GROUPS / "cpuset.cpus.effective").read_text()
    detail = probe(only="cgroup")["cgroup.item.cpuset.cpus.partition"]["detail"]
    assert detail.endswith('; "root" with a group below: EBUSY') or (
        '; "root" without processors: "root invalid (' in detail)
    assert (GROUPS / "cpuset.cpus.effective").read_text() == effective


def test_what_is_for_the_whole_system_is_not_written():
    before = [(GROUPS / name).read_text() for name in ROOT_ITEMS]
    probe(only="cgroup")
    assert [(GROUPS / name).read_text() for name in ROOT_ITEMS] == before


def test_controllers_are_those_the_kernel_lists():
    listed = set((GROUPS / "cgroup.controllers").read_text().split())
    features = probe(only="cgroup")
    assert {"cpu", "cpuset", "io", "memory", "pids"} <= listed
    for name, finding in features.items():
        if name.startswith("cgroup.controller."):
            there = name.rpartition(".")[2] in listed
            assert finding["status"] == ("supported" if there else "unsupported"), (name, finding)
            assert there == finding["detail"].endswith("; delegatable")


def test_versions_and_options_of_the_mount():
    features = probe(only="cgroup")
    assert features["cgroup.mode"]["detail"].startswith("v2: ")
    for name in ("mode", "v1", "v2", "namespace_delegate", "recursive_protection", "kill"):
        assert features[f"cgroup.{name}"]["status"] == "supported"
    assert features["cgroup.v1"]["number"] == 0
    assert "was killed" in features["cgroup.kill"]["detail"]


@pytest.mark.parametrize("options, name, option", [
    ("memory_recursiveprot", "namespace_delegate", "nsdelegate"),
    ("nsdelegate", "recursive_protection", "memory_recursiveprot")])
def test_without_an_option_of_the_mount(options, name, option):
    everything = "nsdelegate,memory_recursiveprot"
    mount = ["mount", "-o", f"remount,nosuid,nodev,noexec,{options}", "none", GROUPS]
    subprocess.run(mount, check=True)
    try:
        features = probe(only="cgroup")
    finally:
        subprocess.run([*mount[:2], f"remount,nosuid,nodev,noexec,{everything}", *mount[3:]], check=True)
    finding = features[f"cgroup.{name}"]
    assert finding["status"] == "restricted"
    assert finding["forbidden_by"] == f"the mount, without option {option}"
    assert probe(only="cgroup")[f"cgroup.{name}"]["status"] == "supported"


def inodes_taken(path, do):
    """Return how many inodes a new group takes after `do`, beyond those of the groups that it makes."""
    numbers = []
    for act in (lambda: None, do):
        act()
        path.mkdir()
        numbers.append(path.stat().st_ino)
        path.rmdir()
    return numbers[1] - numbers[0]


def test_hybrid_is_told_and_nothing_is_written(version_1, tmp_path):
    """Numbers of inodes are given in order: a scratch group takes some."""
    other, found = GROUPS / "other", []
    subprocess.run(["mount", *version_1.split()], check=True)
    try:
        hybrid = inodes_taken(other, lambda: found.append(probe(only="cgroup,process")))
    finally:
        subprocess.run(["umount", tmp_path], check=True)
        wait_for_version_2_alone()
    features = found[0]
    assert features["cgroup.mode"]["status"] == "restricted"
    assert features["cgroup.mode"]["detail"].startswith("hybrid: ")
    assert features["cgroup.v1"]["number"] == 1
    assert statuses(features, "cgroup.item.") == {"unknown"}
    assert features["process.clone_into_cgroup"]["status"] == "supported"
    assert hybrid == inodes_taken(other, lambda: None)
    assert hybrid < inodes_taken(other, lambda: probe(only="cgroup"))


def test_version_1_alone_is_told(version_1):
    features = probe(*in_mounts(f"mount {version_1}; umount {GROUPS}"), only="cgroup")
    assert features["cgroup.mode"]["detail"].startswith("v1: ")
    assert features["cgroup.v2"]["status"] == "restricted"


def test_not_mounted():
    features = probe(*in_mounts(f"umount {GROUPS}"), only="cgroup")
    assert features["cgroup.v2"]["status"] == "restricted"
    assert features["cgroup.v2"]["forbidden_by"] == "no cgroup2 mount"
    assert statuses(features, "cgroup.item.") == {"unknown"}


def test_mounted_read_only():
    features = probe(*in_mounts(f"mount -o remount,bind,ro {GROUPS}"), only="cgroup")
    finding = features["cgroup.controller.memory"]
    assert (finding["status"], finding["forbidden_by"]) == ("restricted", "a read-only mount")
    assert features["cgroup.item.io.cost.qos"]["status"] == "restricted"


@pytest.mark.parametrize("hidden", ["/proc", "/sys"])
def test_without_proc_or_sys(hidden):
    """No crash, and what could not be seen is unknown."""
    features = probe(*in_mounts(f"mount -t tmpfs none {hidden}"), only="cgroup,process")
    assert statuses(features, "cgroup.item.") == {"unknown"}


def test_other_groups_are_not_given_controllers(other):
    features = probe(only="cgroup")
    assert {features[f"cgroup.item.{name}"]["status"] for name in ITEMS} == {"unknown"}
    assert features["cgroup.kill"]["status"] == "supported"
    assert (other / "cgroup.controllers").read_text().split() == []


def test_what_is_enabled_is_used_and_stays(other):
    control(GROUPS, "+memory")
    try:
        features = probe(only="cgroup")
        assert statuses(features, "cgroup.item.memory.") == {"supported"}
        assert statuses(features, "cgroup.item.cpu") == {"unknown"}
        assert groups() == (["other"], ["memory"])
        assert (other / "memory.max").read_text() == "max\n"
    finally:
        control(GROUPS, "-memory")


def test_an_ordinary_user_is_told_what_is_missing():
    features, root = probe(only="cgroup", **USER), probe(only="cgroup")
    finding = features["cgroup.controller.memory"]
    assert finding["forbidden_by"] == "the own group is not delegated to this process"
    for name in (name for name in features if name.startswith("cgroup.controller.")):
        absent = root[name]["status"] == "unsupported"
        assert features[name]["status"] == ("unsupported" if absent else "restricted")
    assert features["cgroup.kill"]["status"] == "unknown"
    assert {features[f"cgroup.item.{name}"]["status"] for name in ITEMS} == {"unknown"}
    assert statuses(features, "cgroup.item.io.cost") == {"restricted"}


def test_in_a_delegated_group_its_own_processes_are_in_the_way(delegated):
    """Of domain controllers: the kernel enables threaded ones beside processes."""
    features = probe(*in_group(delegated, *AS_USER), only="cgroup,process")
    for name in ("controller.memory", "item.memory.max", "item.memory.oom.group"):
        assert features[f"cgroup.{name}"]["status"] == "restricted"
        assert features[f"cgroup.{name}"]["forbidden_by"].startswith("the processes in the own group")
    for name in ("controller.cpu", "item.cpu.max", "item.pids.max", "kill"):
        assert features[f"cgroup.{name}"]["status"] == "supported", features[f"cgroup.{name}"]
    assert features["cgroup.controller.io"]["forbidden_by"].startswith("cgroup.subtree_control of a group ab")
    assert features["process.clone_into_cgroup"]["status"] == "supported"
    assert groups(delegated) == ([], [])
    assert (delegated / "cgroup.type").read_text() == "domain\n"


def test_in_a_leaf_of_a_delegated_group_that_is_used(delegated):
    """As a service manager of a user leaves it: what the group above has enabled is tried there."""
    leaf = delegated / "leaf"
    leaf.mkdir()
    for file in (leaf, leaf / "cgroup.procs", leaf / "cgroup.subtree_control"):
        os.chown(file, 1000, 1000)
    control(delegated, "+cpu +memory")
    features = probe(*in_group(leaf, *AS_USER), only="cgroup,process")
    for name in ("controller.cpu", "controller.memory", "item.memory.max", "item.memory.low", "item.cpu.max",
                 "kill"):
        assert features[f"cgroup.{name}"]["status"] == "supported", features[f"cgroup.{name}"]
    assert "below /delegated;" in features["cgroup.controller.memory"]["detail"]
    assert features["cgroup.item.pids.max"]["status"] == "unknown"
    assert features["process.clone_into_cgroup"]["status"] == "supported"
    assert groups(delegated) == (["leaf"], ["cpu", "memory"])


def test_a_group_that_is_not_delegated(delegated):
    """Control of the two before: the same group, of root."""
    os.chown(delegated, 0, 0)
    features = probe(*in_group(delegated, *AS_USER), only="cgroup")
    for name in ("cgroup.controller.memory", "cgroup.kill"):
        assert features[name]["forbidden_by"] == "the own group is not delegated to this process"


@pytest.mark.parametrize("limit", ["cgroup.max.descendants", "cgroup.max.depth"])
def test_a_group_that_may_have_none_below(delegated, limit):
    (delegated / limit).write_text("0")
    features = probe(*in_group(delegated, *AS_USER), only="cgroup")
    for name in ("cgroup.controller.memory", "cgroup.kill"):
        assert limit in features[name]["forbidden_by"]


def test_in_a_namespace_whose_root_is_a_group(delegated):
    """As in a container: the hierarchy's root is not to be seen."""
    command = in_group(delegated, "unshare", "--cgroup", "--mount", "sh", "-ec",
                       f'umount {GROUPS}; mount -t cgroup2 none {GROUPS}; exec "$@"', "sh")
    features = probe(*command, only="cgroup")
    assert features["cgroup.mode"]["status"] == "supported"
    assert features["cgroup.controller.io"]["status"] == "unknown"
    assert features["cgroup.item.io.cost.qos"]["status"] == "unknown"
    assert features["cgroup.item.cpu.max"]["status"] == "supported"
    assert groups(delegated) == ([], [])


def test_what_a_killed_probe_left_is_taken_away():
    (GROUPS / "redprobe-scratch.cpu.memory").mkdir()
    control(GROUPS, "+cpu +memory")
    probe(only="cgroup")
    assert groups() == ([], [])


def test_a_group_that_a_killed_probe_left_below_its_own_is_taken_away():
    (GROUPS / "redprobe-scratch.cpuset/redprobe-below").mkdir(parents=True)
    control(GROUPS, "+cpuset")
    probe(only="cgroup")
    assert groups() == ([], [])


@pytest.mark.parametrize("delay", [0.01, 0.03, 0.05, 0.07, 0.09, 0.12])
def test_killed_midway_it_leaves_nothing(delay):
    """Whenever it is killed: its child, if there is one, ends its work and cleans up."""
    with subprocess.Popen([REDPROBE, "--only", "cgroup,process"], stdout=subprocess.DEVNULL,
                          start_new_session=True) as child:
        time.sleep(delay)
        os.kill(child.pid, signal.SIGKILL)
    while any(Path("/proc", entry, "comm").exists()
              and Path("/proc", entry, "comm").read_text() == "redprobe\n"
              for entry in os.listdir("/proc") if entry.isdigit()):
        time.sleep(0.05)
    assert groups() == ([], [])


def test_several_at_once_take_turns():
    children = [subprocess.Popen([REDPROBE, "--json"], stdout=subprocess.PIPE) for _ in range(3)]
    reports = [json.loads(child.communicate()[0]) for child in children]
    for report in reports:
        assert {report["features"][f"cgroup.item.{name}"]["status"] for name in ITEMS} == {"supported"}
        assert report["features"]["cgroup.kill"]["status"] == "supported"
    assert groups() == ([], [])
