# SPDX-License-Identifier: Apache-2.0
"""The area process: what each finding depends on, natively and in a guest.

The guest is that of guest_redprobe_process.py.
"""
import subprocess

import pytest

from redprobe_area_runs import (IN_NODE, USER, ask, assert_whole, filtered, in_mounts, in_node, left_by,
                                names, worse)
from redprobe_runs import ROOT, assert_passes_in_guest

OPENAT2 = {f"process.openat2{flag}" for flag in (
    "", ".beneath", ".in_root", ".no_symlinks", ".no_magiclinks", ".no_xdev", ".cached")}
NOT_DONE = {f"process.seccomp.{action}" for action in ("kill_process", "kill_thread", "log")}
ALONE = {f"process.seccomp{action}" for action in ("", ".trap", ".errno", ".trace", ".allow")}
PAIRED = {f"process.seccomp.{feature}" for feature in ("user_notif", "notify_continue", "tsync")}
CLONE3 = {f"process.{name}" for name in ("clone3", "clone_into_cgroup", "clone_newtime", "set_tid")}
OTHERS = {f"process.{name}" for name in ("close_range", "close_range_cloexec", "pidfd", "pidfd_setns",
                                         "no_new_privs", "landlock", "tiocsti")}
# What every kernel that is supported has.
OLD = (OPENAT2 | ALONE | NOT_DONE | PAIRED | CLONE3 | OTHERS) - {
    f"process.{name}" for name in ("clone_newtime", "openat2.cached", "close_range_cloexec", "landlock",
                                   "tiocsti")}


@pytest.fixture(name="here", scope="module")
def undisturbed():
    """What root finds here, the control of all others."""
    return ask("process")


def test_root_finds_everything_out(here):
    assert set(here) == OPENAT2 | ALONE | NOT_DONE | PAIRED | CLONE3 | OTHERS
    assert_whole(here)
    assert not names(here, "unknown")
    assert OLD <= names(here, "supported")


def test_nothing_is_left(tmp_path):
    assert not left_by("process", cwd=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("before", [USER, ("unshare", "--user", "--map-root-user"),
                                    ("unshare", "--user", "--map-root-user", *in_mounts("true")[1:])],
                         ids=["user", "root of a user namespace", "with mounts of its own"])
def test_without_privilege_the_same(here, before):
    features = ask("process", *before)
    assert_whole(features)
    assert not worse(features, here)


@pytest.mark.parametrize("limit, forbidden_by", [(9, None), (0, "sysctl user.max_time_namespaces = 0")])
@pytest.mark.parametrize("privileged", [True, False])
def test_where_no_time_namespace_may_be_made_the_limit_is_named(limit, forbidden_by, privileged):
    """By whoever asks; the control: where some may be."""
    less = () if privileged else ("setpriv", "--inh-caps", "-all", "--bounding-set", "-all", "--no-new-privs")
    found = ask("process", "unshare", "--user", "--map-root-user", "sh", "-ec",
                f'echo {limit} >/proc/sys/user/max_time_namespaces; exec "$@"', "sh", *less)
    assert found["process.clone_newtime"].get("forbidden_by") == forbidden_by


def test_without_user_namespaces_a_user_is_told_what_is_missing(here):
    none = ("unshare", "--user", "--map-root-user", "sh", "-ec",
            'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"', "sh",
            "setpriv", "--inh-caps", "-all", "--bounding-set", "-all", "--no-new-privs")
    changed = worse(ask("process", *none), here)
    assert changed == {name: ("unknown", "CAP_SYS_ADMIN, or a user namespace to try it in")
                       for name in ("process.clone_newtime", "process.set_tid", "process.pidfd_setns")}


# The calls; what changes if one is missing. A second thread may be made by clone3, or by clone after it.
DEPENDENT = [
    ("clone3", CLONE3, PAIRED),
    ("openat2", OPENAT2, set()),
    ("seccomp", ALONE | NOT_DONE | PAIRED, set()),
    ("close_range", {"process.close_range", "process.close_range_cloexec"}, set()),
    ("pidfd_open", {"process.pidfd", "process.pidfd_setns"}, set()),
    ("pidfd_send_signal", {"process.pidfd"}, set()),
    ("setns", {"process.pidfd_setns"}, set()),
    ("landlock_create_ruleset", {"process.landlock"}, set()),
    ("landlock_restrict_self", {"process.landlock"}, set()),
]


@pytest.mark.parametrize("call, dependent, perhaps", DEPENDENT, ids=[row[0] for row in DEPENDENT])
@pytest.mark.parametrize("action, told", [
    ("ENOSYS", ("unknown", "a process without seccomp filter")),
    ("EPERM", ("restricted", "a seccomp filter, missing privilege or a security module (EPERM)")),
    ("kill", ("restricted", "a seccomp filter (SIGSYS)"))], ids=["ENOSYS", "EPERM", "kill"])
def test_a_filter_of_one_call(here, call, dependent, perhaps, action, told):
    """It is told from a kernel without the call, and changes what needs the call, and nothing else."""
    changed = worse(ask("process", *filtered(action, call)), here)
    usable = names(here, "supported")
    wanted = dependent & usable
    assert {name: changed.get(name) for name in wanted} == dict.fromkeys(wanted, told)
    assert set(changed) & usable <= dependent | perhaps


def test_a_filter_of_another_call_changes_nothing(here):
    """Control: it is not the filter as such."""
    assert not worse(ask("process", *filtered("EPERM", "fsopen")), here)


@pytest.mark.parametrize("action", ["ENOSYS", "EPERM", "kill"])
def test_a_notification_that_nobody_can_take_is_no_hang(here, action):
    changed = worse(ask("process", *filtered(action, "ioctl")), here)
    assert changed["process.seccomp.user_notif"][0] in ("unknown", "restricted")
    assert set(changed) & names(here, "supported") <= PAIRED


@pytest.mark.parametrize("action, status", [("ENOSYS", "unknown"), ("EPERM", "restricted")])
def test_who_keeps_privilege_needs_not_give_up_new_ones(here, action, status):
    changed = worse(ask("process", *filtered(action, "prctl")), here)
    assert changed.pop("process.no_new_privs")[0] == status
    assert not set(changed) & names(here, "supported")


def test_without_proc(here):
    features = ask("process", *in_mounts("umount -l /proc"))
    assert_whole(features)
    assert set(worse(features, here)) <= {"process.tiocsti"}
    assert "taken at its word" in features["process.clone_newtime"]["detail"]
    assert "not seen" in features["process.openat2.no_magiclinks"]["detail"]
    assert "not seen" not in here["process.openat2.no_magiclinks"]["detail"]


@pytest.mark.parametrize("script", ["umount -l /sys", "mount --make-rprivate /; mount -o remount,ro,bind /"],
                         ids=["without /sys", "read-only root"])
def test_elsewhere_the_same(here, script):
    assert not worse(ask("process", *in_mounts(script)), here)


def test_without_terminals_the_rest_goes_on(here):
    changed = worse(ask("process", *in_mounts("mount -t tmpfs none /dev")), here)
    assert changed == {"process.tiocsti": ("unknown", "a pseudo terminal to try it on: /dev/ptmx")}


def test_in_a_node(here):
    """Its filter hides clone3, which it cannot look into; without that filter it is there."""
    with in_node() as node:
        features = ask("process", *node, command=IN_NODE)
    assert_whole(features)
    changed = worse(features, here)
    assert changed["process.clone3"] == ("unknown", "a process without seccomp filter")
    assert set(changed) <= CLONE3 | {"process.pidfd_setns", "process.tiocsti"}
    assert features["process.tiocsti"]["status"] == "supported"
    with in_node("nested_userns: Enabled", "seccomp: off") as node:
        changed = worse(ask("process", *node, command=IN_NODE), here)
    assert set(changed) <= {"process.tiocsti"}


def test_landlock_says_its_abi(here):
    finding = here["process.landlock"]
    assert ("number" in finding) == (finding["status"] == "supported")
    if "number" in finding:
        assert f"ABI {finding['number']};" in finding["detail"]


def test_no_signal_reaches_the_session():
    """The trial of TIOCSTI leads a session of its own, and its end hangs up nobody."""
    script = 'trap "echo hung up" HUP; "$0" --only process >/dev/null; echo done'
    done = subprocess.run(["setsid", "sh", "-c", script, ROOT / "build/bin/redprobe"], stdout=subprocess.PIPE,
                          text=True, check=True)
    assert done.stdout == "done\n"


def test_in_a_guest():
    """All of guest_redprobe_process.py passes in a guest."""
    assert_passes_in_guest("suites/harness/guest_redprobe_process.py")
