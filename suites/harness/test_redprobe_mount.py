# SPDX-License-Identifier: Apache-2.0
"""The area mount: what each finding depends on, natively and in a guest.

Natively nothing is changed but in mount namespaces of the tests' own. The guest's part is in
guest_redprobe_mount.py.
"""
import os
import signal

import pytest

from redprobe_area_runs import (IN_NODE, USER, ask, assert_whole, filtered, in_mounts, in_node, left_by,
                                names, worse)
from redprobe_runs import ROOT, assert_passes_in_guest

EACH = ["new_api", "mount_setattr", "idmapped", "open_tree_attr", "overlay", "overlay_userns",
        "nosymfollow", "proc_subset", "proc_hidepid", "proc_pidns", "tmpfs.size", "tmpfs.nr_inodes",
        "tmpfs.noswap", "tmpfs.mode", "mqueue"]
ALL = {f"mount.{name}" for name in EACH}
# They need no tmpfs that is attached.
DETACHED = {"mount.tmpfs.size", "mount.tmpfs.nr_inodes", "mount.tmpfs.mode", "mount.mqueue"}
# What every kernel that is supported has.
OLD = DETACHED | {"mount.new_api", "mount.nosymfollow", "mount.proc_hidepid", "mount.proc_subset"}


@pytest.fixture(name="here", scope="module")
def undisturbed():
    """What root finds here, the control of all others."""
    return ask("mount")


def test_root_finds_everything_out(here):
    assert set(here) == ALL
    assert_whole(here)
    assert not names(here, "unknown")
    assert OLD <= names(here, "supported")


def test_what_is_left_would_be_seen():
    """Control: a mount and a process that stay."""
    leaving = ("sh", "-c", 'mount -t tmpfs none /mnt; sleep 60 >/dev/null & echo $!; "$@"', "sh")
    left = left_by("mount", *leaving)
    assert "mounts" in left and len(left) == 2
    os.kill(int(left[1]), signal.SIGKILL)


def test_nothing_is_left(tmp_path):
    assert not left_by("mount", cwd=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("call", ["mkdir", "umount2"])
def test_what_dies_midway_leaves_nothing(call):
    """Nor does it keep anybody waiting: a process in another PID namespace stands by when the call kills."""
    assert not left_by("mount", *filtered("kill", call))


def test_an_ordinary_user_does_it_in_a_user_namespace(here):
    features = ask("mount", *USER)
    assert_whole(features)
    assert set(worse(features, here)) <= {"mount.tmpfs.noswap", "mount.idmapped", "mount.overlay"}
    if here["mount.tmpfs.noswap"]["status"] == "supported":
        assert features["mount.tmpfs.noswap"]["status"] == "restricted"
        assert "CAP_SYS_ADMIN" in features["mount.tmpfs.noswap"]["forbidden_by"]


def test_without_user_namespaces_a_user_is_told_what_is_missing():
    none = ("unshare", "--user", "--map-root-user", "sh", "-ec",
            'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"', "sh",
            "setpriv", "--inh-caps", "-all", "--bounding-set", "-all", "--no-new-privs")
    features = ask("mount", *none)
    assert_whole(features)
    assert {(finding["status"], finding["needs"]) for finding in features.values()} == {
        ("unknown", "CAP_SYS_ADMIN, or a user namespace to try it in")}


# The calls; what changes if one is missing.
DEPENDENT = [
    ("fsopen", ALL),
    ("fsconfig", ALL),
    ("fsmount", ALL),
    ("move_mount", ALL - DETACHED),
    ("open_tree", {"mount.new_api", "mount.idmapped"}),
    ("mount_setattr", {"mount.mount_setattr", "mount.idmapped"}),
    ("open_tree_attr", {"mount.open_tree_attr"}),
    ("mq_open", {"mount.mqueue"}),
    ("unshare", ALL),
]
# The feature that stands for the call, if not mount.CALL or mount.new_api.
OWN = {"mq_open": "mount.mqueue"}


@pytest.mark.parametrize("call, dependent", DEPENDENT, ids=[call for call, _ in DEPENDENT])
@pytest.mark.parametrize("action, told", [
    ("ENOSYS", ("unknown", "a process without seccomp filter")),
    ("EPERM", ("restricted", "a seccomp filter, missing privilege or a security module (EPERM)")),
    ("kill", ("restricted", "a seccomp filter (SIGSYS)"))], ids=["ENOSYS", "EPERM", "kill"])
def test_a_filter_of_one_call(here, call, dependent, action, told):
    """It is told from a kernel without the call, and changes what needs the call, and nothing else."""
    changed = worse(ask("mount", *filtered(action, call)), here)
    usable = names(here, "supported")
    if call == "move_mount" and action == "kill":
        dependent = ALL  # it ends the process on the way to where all are asked
    assert set(changed) & usable <= dependent & usable
    if call == "unshare":
        assert set(changed) == usable
        return
    own = OWN.get(call, f"mount.{call}" if f"mount.{call}" in here else "mount.new_api")
    if own in usable:
        assert changed[own] == told
    assert dependent & usable - {"mount.tmpfs.noswap"} <= set(changed)


def test_a_filter_of_another_call_changes_nothing(here):
    """Control: it is not the filter as such."""
    assert not worse(ask("mount", *filtered("EPERM", "close_range")), here)


def test_without_proc(here):
    """Root mounts one for itself; what needs a path in it says so."""
    features = ask("mount", *in_mounts("umount -l /proc"))
    assert_whole(features)
    assert set(worse(features, here)) <= {"mount.proc_pidns", "mount.overlay_userns"}
    assert {needs for _, needs in worse(features, here).values()} <= {
        "/proc mounted", "CAP_SYS_ADMIN, or /proc mounted"}


@pytest.mark.parametrize("shown", ["--fork", "--mount-proc"], ids=["of another PID namespace", "its own"])
def test_in_a_pid_namespace(here, shown):
    """A /proc of another PID namespace shows strangers by the numbers of the own processes."""
    assert not worse(ask("mount", "unshare", "--pid", "--fork", shown), here)


def test_a_user_in_a_pid_namespace_without_a_proc_for_it():
    """It may not mount one, since parts of what there is are covered."""
    covered = in_mounts("mount -t tmpfs none /proc/sys", *USER)
    features = ask("mount", *covered, "unshare", "--user", "--map-root-user", "--pid", "--fork")
    assert_whole(features)
    for name in ("mount.idmapped", "mount.proc_pidns"):
        assert features[name]["needs"] == "/proc mounted for this PID namespace"


def test_a_user_without_proc():
    features = ask("mount", *in_mounts("umount -l /proc", *USER))
    assert_whole(features)
    assert features["mount.new_api"]["status"] == "supported"
    assert "taken at their word" in features["mount.new_api"]["detail"]
    assert features["mount.tmpfs.mode"]["status"] == "supported"
    assert features["mount.tmpfs.size"]["needs"] == "CAP_SYS_ADMIN, or /proc mounted"


@pytest.mark.parametrize("script", ["umount -l /sys", "mount --make-rprivate /; mount -o remount,ro,bind /"],
                         ids=["without /sys", "read-only root"])
def test_elsewhere_the_same(here, script):
    assert not worse(ask("mount", *in_mounts(script)), here)


@pytest.mark.parametrize("proc", ["mkdir proc; mount -t proc proc proc", "true"],
                         ids=["with /proc", "without /proc"])
def test_in_a_chroot_nothing_is_attached_nor_made(tmp_path, proc):
    """Its root directory is no mount and cannot be made private: others would see what is attached there."""
    for name in ("usr", "redproof"):
        (tmp_path / name).mkdir()
    for name in ("bin", "lib", "lib64"):
        (tmp_path / name).symlink_to(f"usr/{name}")
    before = {*tmp_path.iterdir(), tmp_path / "proc"} if "proc" in proc else {*tmp_path.iterdir()}
    script = f"cd {tmp_path}; mount --bind /usr usr; mount --bind {ROOT}/build/bin redproof; {proc}"
    features = ask("mount", *in_mounts(script, "chroot", tmp_path), command="/redproof/redprobe")
    assert_whole(features)
    assert DETACHED <= names(features, "supported")
    assert features["mount.new_api"]["needs"] == "a root directory that is a mount, to be in private"
    assert set(tmp_path.iterdir()) == before


def test_where_proc_is_covered_none_is_mounted(here):
    """A user namespace may not mount a /proc that shows more than the one it has."""
    features = ask("mount", *in_mounts("mount -t tmpfs none /proc/sys", *USER))
    assert_whole(features)
    for name in ("mount.proc_hidepid", "mount.proc_subset"):
        assert features[name]["status"] == "restricted"
        assert features[name]["forbidden_by"] == "mount state: no /proc, or parts of it covered"
        assert here[name]["status"] == "supported"


def test_in_a_node_it_is_told_what_is_missing():
    """Its filter refuses user namespaces; its root has no CAP_SETFCAP, which ids in a namespace take."""
    with in_node() as node:
        features = ask("mount", *node, command=IN_NODE)
    assert_whole(features)
    assert {(finding["status"], finding["needs"]) for finding in features.values()} == {
        ("unknown", "CAP_SYS_ADMIN, or a user namespace to try it in")}
    with in_node("nested_userns: Enabled", "seccomp: off") as node:
        features = ask("mount", *node, command=IN_NODE)
    assert_whole(features)
    assert features["mount.new_api"]["status"] == "supported"
    assert features["mount.tmpfs.size"]["needs"] == "CAP_SYS_ADMIN, or CAP_SETFCAP"


def test_where_no_ipc_namespace_can_be_made():
    """The control: where some can be."""
    def queues(limit):
        return ask("mount", "unshare", "--user", "--map-root-user", "sh", "-ec",
                   f'echo {limit} >/proc/sys/user/max_ipc_namespaces; exec "$@"', "sh")["mount.mqueue"]
    assert queues(9)["status"] == "supported"
    assert queues(0)["status"] == "restricted"
    assert queues(0)["forbidden_by"].startswith("sysctl user.max_ipc_namespaces")


@pytest.mark.parametrize("limit, status", [(819200, "supported"), (0, "unknown")])
def test_where_there_is_no_room_for_a_queue(limit, status):
    finding = ask("mount", "prlimit", f"--msgqueue={limit}", *USER)["mount.mqueue"]
    assert finding["status"] == status
    assert ("RLIMIT_MSGQUEUE" in finding.get("needs", "")) == (status == "unknown")


def test_in_a_guest():
    """All of guest_redprobe_mount.py passes in a guest."""
    assert_passes_in_guest("suites/harness/guest_redprobe_mount.py")
