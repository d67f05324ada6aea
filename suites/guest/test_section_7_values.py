# SPDX-License-Identifier: Apache-2.0
"""rednode.md 7: what is written to the groups, where, and that it is read back and compared by meaning."""
from pathlib import Path

import pytest
from group_runs import (ASIDE, LIMITS, MOUNT, admin, device, instance, limited, read, running, start, tree,
                        tree_name)
from redwrap_runs import assert_error


SWAP, SPARE = device("swap"), device("spare")
# Section and key of the configuration, value, file, what the kernel makes of it.
VALUES = [
    ("cpuset", "cpus", "0", "cpuset.cpus", "0"),
    ("cpuset", "cpus", "1,0", "cpuset.cpus", "0-1"),
    ("cpuset", "mems", "1", "cpuset.mems", "1"),
    ("cpuset", "cpus_partition", "member", "cpuset.cpus.partition", "member"),
    ("mem", "max", "64M", "memory.max", "67108864"),
    ("mem", "max", "65536k", "memory.max", "67108864"),
    ("mem", "max", "67108865", "memory.max", "67108864"),
    ("mem", "max", "max", "memory.max", "max"),
    ("mem", "high", "1G", "memory.high", "1073741824"),
    ("mem", "min", "4M", "memory.min", "4194304"),
    ("mem", "low", "4M", "memory.low", "4194304"),
    ("mem", "oom_group", "1", "memory.oom.group", "1"),
    ("mem", "swap_high", "8M", "memory.swap.high", "8388608"),
    ("mem", "swap_max", "8M", "memory.swap.max", "8388608"),
    ("cpu", "weight", "77", "cpu.weight", "77"),
    ("cpu", "weight_nice", "-5", "cpu.weight.nice", "-5"),
    ("cpu", "max", "50000", "cpu.max", "50000 100000"),
    ("cpu", "max", "50000 200000", "cpu.max", "50000 200000"),
    ("cpu", "max", "max", "cpu.max", "max 100000"),
    ("io", "max", f"{SPARE} wiops=50", "io.max", f"{SPARE} rbps=max wbps=max riops=max wiops=50"),
    ("pids", "max", "50", "pids.max", "50"),
    ("pids", "max", "max", "pids.max", "max"),
]
# Refused: by the kernel, or since it made something else of it.
WRONG = [
    ("cpuset", "cpus", "7000000", "cpuset.cpus"),
    ("cpuset", "cpus", "one", "cpuset.cpus"),
    ("cpuset", "mems", "9", "cpuset.mems"),
    ("cpuset", "cpus_partition", "Root", "cpuset.cpus.partition"),
    ("mem", "max", "64Q", "memory.max"),
    ("mem", "low", "-1", "memory.low"),
    ("mem", "oom_group", "2", "memory.oom.group"),
    ("cpu", "weight", "0", "cpu.weight"),
    ("cpu", "weight_nice", "20", "cpu.weight.nice"),
    ("cpu", "max", "50000 1", "cpu.max"),
    ("io", "max", f"{SPARE} rbps=1M", "io.max"),
    ("io", "max", "999:999 rbps=1000", "io.max"),
    ("pids", "max", "-1", "pids.max"),
]


@pytest.mark.parametrize("section,key,value,file,shown", VALUES)
def test_each_item_is_written_to_its_file(place, section, key, value, file, shown):
    """Rounded, filled in and ordered by the kernel; control: a group without it shows something else."""
    values = {section: {key: value}}
    if key == "cpus_partition":
        values[section]["cpus"] = "0"
    with running(limited(place / "node", values), MOUNT):
        group = MOUNT / tree_name(place / "node")
        assert read(group, file) == shown
    if value not in ("max", "member"):
        other = {"pids": {"max": 9}, "mem": {"max": "512M"}, "cpu": {"weight": 9},
                 "io": {"max": f"{SPARE} riops=9"}, "cpuset": {"cpus": "0-1", "mems": "0"}}
        if key in ("cpus", "mems"):
            other["cpuset"] = {"cpus": "1"}
        with running(limited(place / "other", other), MOUNT):
            assert read(MOUNT / tree_name(place / "other"), file) != shown


@pytest.mark.parametrize("section,key,value,file", WRONG)
def test_w7_a_value_that_the_kernel_does_not_take_is_fatal(place, section, key, value, file):
    """The file and the place of the value are named, nothing is left; control: test_each_item above."""
    before = tree(MOUNT)
    node = limited(place / "node", {section: {key: value}})
    assert_error(start(node, "echo ran", MOUNT), 125, node / "etc/redpak.yaml", file, value)
    assert tree(MOUNT) == before


def test_each_line_of_a_value_is_written(place):
    """A device a line; control: what a wrong second line gives is noticed."""
    lines = f"{SWAP} rbps=1048576\n{SPARE} wbps=2097152\n"
    with running(limited(place / "node", {"io": {"max": lines}}), MOUNT):
        shown = read(MOUNT / tree_name(place / "node"), "io.max").splitlines()
    assert sorted(shown) == sorted([f"{SWAP} rbps=1048576 wbps=max riops=max wiops=max",
                                    f"{SPARE} rbps=max wbps=2097152 riops=max wiops=max"])
    for second in (f"{SPARE} wbps=2K", "999:999 wbps=2097152", f"{SWAP} rbps=99"):
        node = limited(place / "node", {"io": {"max": f"{SWAP} rbps=1048576\n{second}\n"}})
        assert_error(start(node, "echo ran", MOUNT), 125, "io.max")


def test_io_weight_is_the_default_line(place):
    """Where the kernel has the file: `default 200`, by either way of writing; control: another number."""
    node = limited(place / "node", {"io": {"weight": "200"}})
    done = start(node, "true", MOUNT)
    if done.returncode:
        assert_error(done, 125, "io.weight", "cgroup.item.io.weight")
        with running(limited(place / "probe", {"io": {"max": f"{SPARE} riops=9"}}), MOUNT):
            assert not (MOUNT / tree_name(place / "probe") / "io.weight").exists()
        return
    for weight, shown in (("200", "default 200"), ("default 300", "default 300")):
        with running(limited(place / "node", {"io": {"weight": weight}}), MOUNT):
            assert read(MOUNT / tree_name(place / "node"), "io.weight").splitlines()[0] == shown


def test_a_partition_reads_exactly_as_written(place, new_group):
    """Below a group that is no partition the kernel says `root invalid`; control: below one that is."""
    base = new_group()
    partition = {"cpuset": {"cpus": "1", "cpus_partition": "root"}}
    node = limited(place / "node", partition, cgrouproot=str(base))
    assert_error(start(node, "echo ran", MOUNT), 125, "cpuset.cpus.partition", "root")
    assert tree(base) == []
    with running(limited(place / "node", partition), MOUNT):
        assert read(MOUNT / tree_name(place / "node"), "cpuset.cpus.partition") == "root"


def test_only_protections_are_written_to_the_instance(place):
    """memory.min and memory.low protect nothing on the node's group alone; limits hold from there on."""
    values = {"mem": {"min": "4M", "low": "8M", "max": "64M"}}
    with running(limited(place / "node", values), MOUNT):
        run_group = instance(MOUNT, tree_name(place / "node"))
        assert (read(run_group, "memory.min"), read(run_group, "memory.low")) == ("4194304", "8388608")
        assert read(run_group, "memory.max") == "max"


def test_parents_without_the_key_get_the_protection(place):
    """rednode.md 10; control: what the parent says itself stands."""
    parent = limited(place / "parent")
    child = limited(parent / "child", {"mem": {"min": "4M", "low": "2M"}})
    with running(child, MOUNT):
        assert read(MOUNT / tree_name(parent), "memory.min") == "4194304"
    limited(parent, {"mem": {"min": "6M"}})
    with running(child, MOUNT):
        above = MOUNT / tree_name(parent)
        assert (read(above, "memory.min"), read(above, "memory.low")) == ("6291456", "2097152")


@pytest.mark.parametrize("key,file", [("min", "memory.min"), ("low", "memory.low")])
def test_a_protection_that_the_base_lacks_is_refused(place, new_group, key, file):
    """Also when a group above the base lacks it; control: with enough on the whole way."""
    outer = new_group()
    base = outer / "inner"
    base.mkdir()
    (outer / "cgroup.subtree_control").write_text("+memory", encoding="utf-8")
    node = limited(place / "node", {"mem": {key: "4M"}}, cgrouproot=str(base))
    for amounts, lacking in (((0, 0), base), ((0, "4M"), outer), (("3M", "4M"), outer), (("4M", "3M"), base)):
        for group, amount in zip((outer, base), amounts):
            (group / file).write_text(str(amount), encoding="utf-8")
        assert_error(start(node, "echo ran", MOUNT), 125, file, f"{lacking} ")
        assert tree(base) == []
    for group in (outer, base):
        (group / file).write_text("4M", encoding="utf-8")
    assert start(node, "true", MOUNT).returncode == 0


def test_the_admin_value_stands_over_the_normal_one(place):
    """Of one node, N's others staying, in a group of its own name; control: without --admin N's."""
    node = limited(place / "node", {"pids": {"max": 50}, "cpu": {"weight": 70}})
    admin(node, {"pids": {"max": 40}})
    name = tree_name(node)
    with running(node, MOUNT), running(node, MOUNT, options=("--admin",)):
        shown = [(read(MOUNT / group, "pids.max"), read(MOUNT / group, "cpu.weight"))
                 for group in (name, f"{name}.admin")]
    assert shown == [("50", "70"), ("40", "70")]


def test_what_the_kernel_has_for_the_whole_system_is_not_written(place):
    """io.cost_*: accepted, with a warning where risks are shown; the root group's settings stay."""
    files = [Path(MOUNT / name) for name in ("io.cost.qos", "io.cost.model") if (MOUNT / name).exists()]
    before = [file.read_text(encoding="utf-8") for file in files]
    values = {"io": {"cost_qos": f"{SPARE} enable=1", "cost_model": f"{SPARE} ctrl=user"}, **LIMITS}
    assert start(limited(place / "node", values), "true", MOUNT).returncode == 0
    assert [file.read_text(encoding="utf-8") for file in files] == before


def test_a_payload_is_held_to_the_limit(place, base, caller):
    """pids.max, whoever starts it; control: with a greater one all of its processes start."""
    script = "for i in 1 2 3 4 5 6; do sleep 1 & done; wait"
    assert start(limited(place / "node", {"pids": {"max": 50}}), script, base, caller).returncode == 0
    assert "fork" in start(limited(place / "node", {"pids": {"max": 4}}), script, base, caller).stderr
    assert ASIDE not in tree(base)
