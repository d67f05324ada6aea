# SPDX-License-Identifier: Apache-2.0
"""redprobe in a guest: control groups, and sysctls of the whole machine.

Run by test_redprobe.py in a guest, never on a machine that matters: as root, in the root group of
version 2, with the kernel log readable.
"""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

REDPROBE = "build/bin/redprobe"
GROUPS = Path("/sys/fs/cgroup")


def probe(**options):
    """Return the features that redprobe finds, run with these options of subprocess.run."""
    done = subprocess.run([REDPROBE, "--json"], stdout=subprocess.PIPE, check=True, **options)
    return json.loads(done.stdout)["features"]


def statuses(features, prefix):
    """Return the set of statuses of the features whose ids begin with `prefix`."""
    return {finding["status"] for name, finding in features.items() if name.startswith(prefix)}


def groups():
    """Return what a probe could have left: child groups, and the enabled controllers."""
    return (sorted(path.name for path in GROUPS.iterdir() if path.is_dir()),
            (GROUPS / "cgroup.subtree_control").read_text().split())


@pytest.fixture(name="other")
def other_group():
    """A child group of somebody else."""
    path = GROUPS / "other"
    path.mkdir()
    yield path
    path.rmdir()


@pytest.fixture(name="sysctl")
def restored_sysctl():
    """A function that sets a sysctl until the test ends."""
    before = {}

    def set_value(name, value):
        path = Path("/proc/sys", *name.split("."))
        before.setdefault(path, path.read_text())
        path.write_text(value)
    yield set_value
    for path, value in before.items():
        path.write_text(value)


def test_everything_is_found_and_nothing_left():
    before = groups()
    log = subprocess.check_output(["dmesg"])
    features = probe()
    assert statuses(features, "cgroup.") == {"supported"}
    assert statuses(features, "namespace.") == {"supported"}
    assert statuses(features, "capability.") == {"supported"}
    assert groups() == before
    assert subprocess.check_output(["dmesg"]) == log


def test_a_process_is_born_in_the_scratch_group():
    assert "seen there" in probe()["process.clone_into_cgroup"]["detail"]


def test_other_groups_are_not_given_controllers(other):
    features = probe()
    assert statuses(features, "cgroup.item.") == {"unknown"}
    assert (other / "cgroup.controllers").read_text().split() == []


def test_what_is_enabled_is_used_and_stays(other):
    (GROUPS / "cgroup.subtree_control").write_text("+memory")
    try:
        features = probe()
        assert statuses(features, "cgroup.item.memory.") == {"supported"}
        assert statuses(features, "cgroup.item.cpu") == {"unknown"}
        assert groups() == (["other"], ["memory"])
        assert (other / "memory.max").read_text() == "max\n"
    finally:
        (GROUPS / "cgroup.subtree_control").write_text("-memory")


def test_an_ordinary_user_is_told_what_is_missing():
    features = probe(user=1000, group=1000, extra_groups=[])
    assert statuses(features, "cgroup.controller.") == {"restricted"}
    assert statuses(features, "cgroup.item.") == {"unknown"}
    assert statuses(features, "namespace.") == {"supported"}


def test_what_a_killed_probe_left_is_taken_away():
    (GROUPS / "redprobe-scratch.cpu.memory").mkdir()
    (GROUPS / "cgroup.subtree_control").write_text("+cpu +memory")
    probe()
    assert groups() == ([], [])


@pytest.mark.parametrize("delay", [0.01, 0.03, 0.05, 0.07, 0.09, 0.12])
def test_killed_midway_it_leaves_nothing(delay):
    """Whenever it is killed: its child, if there is one, ends its work and cleans up."""
    with subprocess.Popen([REDPROBE], stdout=subprocess.DEVNULL, start_new_session=True) as child:
        time.sleep(delay)
        os.kill(child.pid, signal.SIGKILL)
    while any(Path("/proc", entry, "comm").exists()
              and Path("/proc", entry, "comm").read_text() == "redprobe\n"
              for entry in os.listdir("/proc") if entry.isdigit()):
        time.sleep(0.05)
    assert groups() == ([], [])


def test_two_at_once_take_turns():
    children = [subprocess.Popen([REDPROBE, "--json"], stdout=subprocess.PIPE) for _ in range(3)]
    reports = [json.loads(child.communicate()[0]) for child in children]
    for report in reports:
        assert statuses(report["features"], "cgroup.") == {"supported"}
    assert groups() == ([], [])


def test_no_user_namespaces_for_the_unprivileged(sysctl):
    sysctl("kernel.unprivileged_userns_clone", "0")
    finding = probe()["namespace.user.unprivileged"]
    assert finding["status"] == "restricted"
    assert finding["forbidden_by"] == "sysctl kernel.unprivileged_userns_clone = 0"


def test_no_user_namespaces_at_all(sysctl):
    sysctl("user.max_user_namespaces", "0")
    features = probe(user=1000, group=1000, extra_groups=[])
    made = {name: finding for name, finding in features.items()
            if name.startswith("namespace.") and not name.endswith(".limit")}
    assert statuses(made, "") == {"restricted"}
    assert statuses(features, "capability.cap_") == {"restricted"}
    assert {finding["forbidden_by"] for finding in made.values()} == {"sysctl user.max_user_namespaces = 0"}
