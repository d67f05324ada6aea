# SPDX-License-Identifier: Apache-2.0
"""The area process in a guest: control groups, sysctls of the whole machine, and the kernel log.

Run by test_redprobe_process.py in a guest, never on a machine that matters.
"""
import os
import subprocess
from pathlib import Path

import pytest

from redprobe_area_runs import USER, ask, assert_whole, left_by, worse

LEGACY = Path("/proc/sys/dev/tty/legacy_tiocsti")
GROUPS = Path("/sys/fs/cgroup")


@pytest.fixture(name="here", scope="module")
def undisturbed():
    """What root finds before any test changes something."""
    return ask("process")


@pytest.fixture(name="legacy")
def restored_switch():
    """A function that switches TIOCSTI on or off until the test ends."""
    before = LEGACY.read_text(encoding="ascii")
    yield lambda value: LEGACY.write_text(value, encoding="ascii")
    LEGACY.write_text(before, encoding="ascii")


@pytest.mark.parametrize("before", [(), USER, ("unshare", "--user", "--map-root-user")],
                         ids=["root", "user", "root of a user namespace"])
def test_nothing_is_written_to_the_log_nor_left(here, before):
    assert here
    log, groups = subprocess.check_output(["dmesg"]), sorted(os.listdir(GROUPS))
    features = ask("process", *before)
    assert_whole(features)
    assert not worse(features, here)
    assert not left_by("process", *before)
    assert subprocess.check_output(["dmesg"]) == log
    assert sorted(os.listdir(GROUPS)) == groups


def test_root_leaves_nothing_unknown(here):
    assert "unknown" not in {finding["status"] for finding in here.values()}


def test_a_process_is_born_in_a_scratch_group(here):
    assert "seen there" in here["process.clone_into_cgroup"]["detail"]
    assert "EBADF" in ask("process", *USER)["process.clone_into_cgroup"]["detail"]


def test_a_scratch_group_of_a_killed_probe_is_taken_away():
    left = GROUPS / "redprobe-scratch"
    left.mkdir()
    assert "seen there" in ask("process")["process.clone_into_cgroup"]["detail"]
    assert not left.exists()


@pytest.mark.parametrize("before", [(), USER], ids=["root", "user"])
def test_tiocsti_follows_its_switch(legacy, before):
    """The protection is in force when the switch is off; root's capability does not hide it."""
    legacy("0")
    off = ask("process", *before)["process.tiocsti"]
    legacy("1")
    allowed = ask("process", *before)["process.tiocsti"]
    assert (off["status"], off["number"]) == ("supported", 0)
    assert (allowed["status"], allowed["number"]) == ("restricted", 1)
    assert allowed["forbidden_by"] == "sysctl dev.tty.legacy_tiocsti = 1"


def test_no_pid_namespaces_matter_to_root_alone_not(here):
    """Root chooses a number where it is; a user needs a namespace for it."""
    limit = Path("/proc/sys/user/max_pid_namespaces")
    before = limit.read_text(encoding="ascii")
    limit.write_text("0", encoding="ascii")
    try:
        assert not worse(ask("process"), here)
        assert worse(ask("process", *USER), here).keys() == {"process.set_tid"}
    finally:
        limit.write_text(before, encoding="ascii")
