# SPDX-License-Identifier: Apache-2.0
"""What redprobe finds of control groups: natively what version 1 leaves, the rest in a guest."""
from pathlib import Path

import pytest

from redprobe_runs import assert_passes_in_guest, hiding, probe


@pytest.fixture(scope="module", name="features")
def native_features():
    """Findings about the machine that runs the tests."""
    return probe()


def version_1():
    """Return the controllers that version 1 hierarchies of this machine have."""
    lines = [line.split(":") for line in Path("/proc/self/cgroup").read_text().splitlines()]
    return {name for number, names, _ in lines if number != "0" for name in names.split(",")}


def test_mode_is_what_proc_lists(features):
    mode = features["cgroup.mode"]
    assert mode["detail"].split(":")[0] in (("v1", "hybrid") if version_1() else ("v2", "not mounted"))
    assert features["cgroup.v1"]["number"] == sum(
        not line.startswith("0::") for line in Path("/proc/self/cgroup").read_text().splitlines())


def test_controllers_of_version_1_are_restricted_by_it(features):
    """On a machine without version 1 none is; the guest test has both."""
    bound = {"blkio" if name == "io" else name for name in ("cpu", "cpuset", "io", "memory", "pids")}
    restricted = {name for name in bound if features["cgroup.controller." + name.replace("blkio", "io")].get(
        "forbidden_by") == "a version 1 hierarchy that has the controller"}
    assert restricted == bound & version_1()


def test_without_proc():
    features = probe(*hiding("/proc"))
    assert features["cgroup.mode"]["status"] == "unknown"
    assert features["cgroup.v2"]["needs"] == "/proc mounted"


def test_in_a_guest():
    """All of guest_redprobe_cgroup.py passes in a guest whose control groups are version 2."""
    assert_passes_in_guest("suites/harness/guest_redprobe_cgroup.py")
