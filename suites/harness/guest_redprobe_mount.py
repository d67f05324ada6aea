# SPDX-License-Identifier: Apache-2.0
"""The area mount in a guest: what a module and limits of the whole machine change, and the kernel log.

Run by test_redprobe_mount.py in a guest, never on a machine that matters.
"""
import subprocess
from pathlib import Path

import pytest

from redprobe_area_runs import USER, ask, assert_whole, in_mounts, left_by, worse

IN_USER = ("unshare", "--user", "--map-root-user")
OVERLAY = ("mount.overlay", "mount.overlay_userns")


@pytest.fixture(name="here", scope="module")
def undisturbed():
    """What root finds before any test changes something."""
    return ask("mount")


@pytest.fixture(name="limit")
def restored_limit():
    """A function that sets a limit of namespaces until the test ends."""
    before = {}

    def set_value(kind, value):
        path = Path(f"/proc/sys/user/max_{kind}_namespaces")
        before[path] = path.read_text(encoding="ascii")
        path.write_text(value, encoding="ascii")
    yield set_value
    for path, value in before.items():
        path.write_text(value, encoding="ascii")


def log():
    """Return the kernel log."""
    return subprocess.check_output(["dmesg"])


@pytest.mark.parametrize("before", [
    (), USER, IN_USER, (*IN_USER, *in_mounts("mount -t tmpfs none /proc")),
    in_mounts("mount -t tmpfs none /proc/sys", *USER)],
    ids=["root", "user", "root of a user namespace", "without /proc", "/proc covered"])
def test_nothing_is_written_to_the_log_nor_left(here, before):
    assert here
    earlier = log()
    assert_whole(ask("mount", *before))
    assert not left_by("mount", *before)
    assert log() == earlier


def test_root_leaves_nothing_unknown(here):
    assert "unknown" not in {finding["status"] for finding in here.values()}


def test_without_user_namespaces(here, limit):
    """Root still does all but what is about them; a user is told what is missing."""
    limit("user", "0")
    assert worse(ask("mount"), here).keys() <= {"mount.idmapped", "mount.overlay_userns"}
    assert {finding.get("needs") for finding in ask("mount", *USER).values()} == {
        "CAP_SYS_ADMIN, or a user namespace to try it in"}


def test_without_mount_namespaces(limit):
    limit("mnt", "0")
    assert {(finding["status"], finding.get("needs")) for finding in ask("mount").values()} == {
        ("unknown", "a private mount namespace to try it in")}


def test_without_ipc_namespaces(here, limit):
    limit("ipc", "0")
    assert worse(ask("mount"), here) == {
        "mount.mqueue": ("restricted", "sysctl user.max_ipc_namespaces, see namespace.ipc.limit")}


def test_nobody_sees_a_queue(here):
    """No change of the mount that shows the queues of all; the control: a queue that is made there."""
    assert here["mount.mqueue"]["status"] == "supported"
    place = Path("/dev/mqueue")
    before = place.stat().st_mtime_ns
    ask("mount")
    assert place.stat().st_mtime_ns == before
    (place / "control").touch()
    (place / "control").unlink()
    assert place.stat().st_mtime_ns != before


def test_where_the_kernel_finds_no_modules_overlay_is_not_there(here):
    """The control: where it finds them, it is that none is loaded."""
    assert {here[name]["status"] for name in OVERLAY} == {"restricted"}
    subprocess.check_call(["mount", "-t", "tmpfs", "none", "/lib/modules"])
    try:
        features = ask("module,mount")
    finally:
        subprocess.check_call(["umount", "/lib/modules"])
    assert {features[name]["status"] for name in (*OVERLAY, "module.overlay")} == {"unsupported"}


def test_overlay_is_not_loaded_but_found_when_it_is(here):
    """The last test, since the module stays. The control: before it is restricted, by that alone."""
    assert "overlay" not in Path("/proc/filesystems").read_text(encoding="ascii")
    for name in OVERLAY:
        assert (here[name]["status"], here[name]["forbidden_by"]) == ("restricted",
                                                                      "the module overlay is not loaded")
    subprocess.check_call(["modprobe", "overlay"])
    earlier = log()
    root, user = ask("mount"), ask("mount", *USER)
    assert "upper layer" in root["mount.overlay"]["detail"]
    for features in (root, user):
        assert {features[name]["status"] for name in OVERLAY} == {"supported"}
    assert log() == earlier
