# SPDX-License-Identifier: Apache-2.0
"""redprobe in a guest: all of it, and sysctls of the whole machine.

Run by test_redprobe.py in a guest, never on a machine that matters: as root, in the root group of
version 2, with the kernel log readable.
"""
import subprocess

from guest_runs import USER, groups, probe, restored_sysctl, statuses  # noqa: F401


def test_everything_is_found_and_nothing_left():
    before = groups()
    log = subprocess.check_output(["dmesg"])
    features = probe()
    assert statuses(features, "cgroup.item.") == {"supported"}
    assert statuses(features, "namespace.") == {"supported"}
    assert statuses(features, "capability.") == {"supported"}
    assert groups() == before
    assert subprocess.check_output(["dmesg"]) == log


def test_a_process_is_born_in_the_scratch_group():
    assert "seen there" in probe()["process.clone_into_cgroup"]["detail"]


def test_an_ordinary_user_is_told_what_is_missing():
    features = probe(**USER)
    assert statuses(features, "namespace.") == {"supported"}


def test_no_user_namespaces_for_the_unprivileged(sysctl):
    sysctl("kernel.unprivileged_userns_clone", "0")
    finding = probe()["namespace.user.unprivileged"]
    assert finding["status"] == "restricted"
    assert finding["forbidden_by"] == "sysctl kernel.unprivileged_userns_clone = 0"


def test_no_user_namespaces_at_all(sysctl):
    sysctl("user.max_user_namespaces", "0")
    features = probe(**USER)
    made = {name: finding for name, finding in features.items()
            if name.startswith("namespace.") and not name.endswith(".limit")}
    assert statuses(made, "") == {"restricted"}
    assert statuses(features, "capability.cap_") == {"restricted"}
    assert {finding["forbidden_by"] for finding in made.values()} == {"sysctl user.max_user_namespaces = 0"}
