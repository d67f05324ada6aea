# SPDX-License-Identifier: Apache-2.0
"""What redprobe says of namespaces and capabilities when one thing or another stands in the way.

Each test takes something from the child alone: by a user namespace of its own, a filter, a chroot. What
takes it from the whole machine is in guest_redprobe_namespace.py, which the last test runs in a guest.
"""
import ctypes
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from redprobe_filters import KILL, answer, filtered
from redprobe_runs import REDPROBE, assert_passes_in_guest, hiding, in_user_namespace, run, validated
from redwrap_runs import REDWRAP, SYSTEM, trusted_place, write_node

FIXTURES = (trusted_place,)
NAMES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
CLONE_NEWNET = 0x40000000
USER = ("setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups")
AREAS = ("--only", "namespace,capability", "--json")


def ask(*before, program=REDPROBE, **options):
    """Return the features of the two areas, found by redprobe after the command `before`."""
    done = run(*before, program, *AREAS, **options)
    assert (done.returncode, done.stderr) == (0, ""), done
    return validated(json.loads(done.stdout))


def statuses(features, *names):
    """Return the set of statuses of these features."""
    return {features[name]["status"] for name in names}


def each(aspect=""):
    """Return the ids of the eight namespaces, or of one aspect of them."""
    return [f"namespace.{name}{aspect}" for name in NAMES]


@pytest.fixture(scope="module", name="features")
def native_features():
    """What is found where nothing stands in the way: the control of all others."""
    return ask()


def held(field):
    """Return a set of capabilities of this process, as the kernel shows it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    bits = int(re.search(rf"^{field}:\s*(\w+)$", status, re.M)[1], 16)
    return {number for number in range(64) if bits >> number & 1}


def capabilities(features):
    """Return the findings about single capabilities, in the order of their numbers."""
    return [finding for name, finding in features.items() if name.startswith("capability.cap_")]


def test_undisturbed_all_is_supported(features):
    for name, finding in features.items():
        if name.startswith("namespace."):
            assert finding["status"] == "supported", (name, finding)


def test_namespaces_differ_from_ours(features):
    """They were made: the kernel's numbers of the own ones are told, and others."""
    for name in set(NAMES) - {"pid"}:
        detail = features[f"namespace.{name}"]["detail"]
        ours, new = re.search(r"namespace (\d+) became (\d+)", detail).groups()
        assert ours == re.search(r"\d+", os.readlink(f"/proc/self/ns/{name}"))[0] != new


def test_numbers_are_those_of_the_kernel(features):
    for name in NAMES:
        limit = Path(f"/proc/sys/user/max_{name}_namespaces").read_text(encoding="utf-8")
        assert features[f"namespace.{name}.limit"]["number"] == int(limit)
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="utf-8"))
    assert features["capability.last"]["number"] == last
    assert features["capability.bounding"]["number"] == len(held("CapBnd"))
    assert features["namespace.user.nesting"]["number"] >= 2
    assert features["namespace.pid.nesting"]["number"] >= 2


def test_capabilities_are_those_of_the_kernel(features):
    """The second witness: a capability is restricted here if and only if it is out of the bounding set."""
    restricted = {number for number, finding in enumerate(capabilities(features))
                  if finding["status"] != "supported"}
    assert restricted == set(range(41)) - held("CapBnd")
    assert statuses(features, "capability.ambient", "capability.bounding", "capability.file",
                    "capability.last") == {"supported"}


@pytest.mark.parametrize("name", NAMES)
def test_limit_of_0_is_named(name):
    sysctl = f"user.max_{name}_namespaces"
    features = ask(*in_user_namespace(f"echo 0 >/proc/sys/{sysctl.replace('.', '/')}"))
    for aspect in ("", ".unprivileged", ".join", ".limit"):
        finding = features[f"namespace.{name}{aspect}"]
        assert (finding["status"], finding["forbidden_by"]) == ("restricted", f"sysctl {sysctl} = 0")
    assert features[f"namespace.{name}.limit"]["number"] == 0
    others = set(each() + each(".limit")) - {f"namespace.{name}", f"namespace.{name}.limit"}
    assert statuses(features, *others) == {"supported"}


def test_limit_that_is_reached_is_named():
    """One UTS namespace is allowed: control without it, refused with it."""
    allowed = in_user_namespace("echo 1 >/proc/sys/user/max_uts_namespaces")
    assert ask(*allowed)["namespace.uts"]["status"] == "supported"
    features = ask(*allowed, "unshare", "--uts")
    for name in ("namespace.uts", "namespace.uts.limit"):
        assert features[name]["status"] == "restricted"
        assert features[name]["forbidden_by"].startswith("sysctl user.max_uts_namespaces = 1, reached")
    assert features["namespace.uts.limit"]["number"] == 1
    assert features["namespace.ipc"]["status"] == "supported"


def test_an_ordinary_user_has_them_through_a_user_namespace(features):
    found = ask(*USER)
    assert statuses(found, *(name for name in found if name.startswith("namespace."))) == {"supported"}
    for name in set(NAMES) - {"user"}:
        assert "in a new user namespace" in found[f"namespace.{name}"]["detail"]
        assert "in a new user namespace" not in features[f"namespace.{name}"]["detail"]
    for number, finding in enumerate(capabilities(found)):
        assert finding["status"] == ("supported" if number in held("CapBnd") else "restricted")
        assert "user namespace of its own" in finding["detail"]
    assert statuses(found, "capability.ambient", "capability.bounding", "capability.file") == {"supported"}


def test_root_without_sys_admin_has_them_through_a_user_namespace():
    found = ask("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-all")
    assert statuses(found, *each(), *each(".join"), *each(".unprivileged")) == {"supported"}
    assert "in a new user namespace" in found["namespace.uts"]["detail"]
    assert found["capability.cap_sys_admin"]["forbidden_by"] == "bounding set"
    assert found["capability.cap_sys_chroot"]["status"] == "supported"


def test_file_capabilities_need_setfcap(features):
    found = ask("setpriv", "--bounding-set", "-setfcap")
    assert found["capability.file"]["forbidden_by"] == "missing CAP_SETFCAP"
    assert found["capability.bounding"]["number"] == features["capability.bounding"]["number"] - 1


def test_boot_parameter_that_forbids_file_capabilities(tmp_path):
    """In a mount namespace whose /proc/cmdline is another file."""
    def with_line(line):
        (tmp_path / "cmdline").write_text(line, encoding="utf-8")
        return ask("unshare", "--mount", "sh", "-ec", 'mount --bind "$0" /proc/cmdline; exec "$@"',
                   tmp_path / "cmdline")["capability.file"]
    assert with_line("quiet no_file_capsule\n")["status"] == "supported"
    assert with_line("quiet no_file_caps ro\n")["forbidden_by"] == "boot parameter no_file_caps"


def test_securebit_that_forbids_ambient_capabilities():
    def set_bit():
        assert ctypes.CDLL(None).prctl(28, 1 << 6, 0, 0, 0) == 0  # PR_SET_SECUREBITS
    found = ask(preexec_fn=set_bit)
    assert found["capability.ambient"]["forbidden_by"] == "securebits: SECBIT_NO_CAP_AMBIENT_RAISE"
    assert found["capability.bounding"]["status"] == "supported"


@pytest.mark.parametrize("action, status, word", [
    (answer("EPERM"), "restricted", "a seccomp filter"), (KILL, "restricted", "a seccomp filter (SIGSYS)"),
    (answer("ENOSYS"), "unknown", "seccomp filter"), (answer("EINVAL"), "unknown", "seccomp filter")])
def test_filter_for_all_namespaces(action, status, word):
    """Never "unsupported": it is the filter that answers."""
    found = ask(preexec_fn=filtered("unshare", action))
    for name in each() + each(".unprivileged") + each(".join"):
        assert found[name]["status"] == status, (name, found[name])
        assert word in found[name].get("forbidden_by", "") + found[name].get("needs", "")
    assert statuses(found, *each(".limit"), "capability.cap_kill", "capability.file") == {"supported"}


@pytest.mark.parametrize("action", ["EPERM", "ENOSYS"])
def test_a_user_is_told_of_the_filter_that_keeps_capabilities_from_him(action):
    found = ask(*USER, preexec_fn=filtered("unshare", answer(action)))
    for name in ("capability.cap_kill", "capability.ambient"):
        told = f"missing privilege, and a seccomp filter or a security module ({action})"
        assert found[name]["forbidden_by"] == told


@pytest.mark.parametrize("action", [KILL, answer("EPERM"), answer("ENOSPC")])
def test_filter_for_one_namespace_spoils_no_other(action):
    found = ask(preexec_fn=filtered("unshare", action, CLONE_NEWNET))
    net = {"namespace.net", "namespace.net.join", "namespace.net.unprivileged"}
    assert statuses(found, *net) == {"restricted"}
    assert statuses(found, *(set(each() + each(".join") + each(".unprivileged")) - net)) == {"supported"}


@pytest.mark.parametrize("action, status", [(KILL, "restricted"), (answer("EPERM"), "restricted"),
                                            (answer("ENOSYS"), "unknown")])
def test_filter_for_joining_spoils_joining_only(action, status):
    found = ask(preexec_fn=filtered("setns", action))
    assert statuses(found, *each(".join")) == {status}
    assert statuses(found, *each(), *each(".unprivileged")) == {"supported"}


@pytest.mark.parametrize("action", [KILL, answer("EPERM")])
def test_filter_for_changes_of_capabilities(action):
    found = ask(preexec_fn=filtered("capset", action))
    assert {finding["status"] for finding in capabilities(found)} == {"restricted"}
    assert statuses(found, *each(), "capability.last") == {"supported"}


@pytest.mark.parametrize("caller", [(), USER])
def test_without_proc(caller):
    """What needs no /proc is found, and nothing is made up for the rest."""
    before = (("unshare", "--mount", "sh", "-ec", 'mount -t tmpfs none /proc; exec "$@"', "sh", *caller)
              if caller else hiding("/proc"))
    found = ask(*before)
    assert statuses(found, *each(), *each(".unprivileged"), "namespace.pid.nesting") == {"supported"}
    assert "/proc is not mounted" in found["namespace.uts"]["detail"]
    missing = each(".join") + each(".limit") + ["namespace.time.offsets", "namespace.user.nesting"]
    assert statuses(found, *missing) == {"unknown"}
    assert all("/proc" in found[name]["needs"] for name in missing)
    assert statuses(found, "capability.cap_kill", "capability.last") == {"supported"}


def test_with_a_part_of_proc():
    """Where /proc has processes only: all but the limits is found. The control is that it is all there."""
    def mounted(options):
        return ask("unshare", "--mount", "--pid", "--fork", "sh", "-ec",
                   f'mount -t proc -o {options} proc /proc; exec "$@"', "sh")
    missing = mounted("subset=pid")
    assert statuses(missing, *each(".limit")) == {"unknown"}
    assert "/proc/sys" in missing["namespace.uts.limit"]["needs"]
    assert statuses(missing, *each(), *each(".join"), *each(".unprivileged"), "namespace.time.offsets",
                    "namespace.user.nesting", "capability.last") == {"supported"}
    assert statuses(mounted("nosuid"), *each(".limit")) == {"supported"}


def test_with_proc_read_only():
    """Nothing can be written there: ids are not mapped, clocks not set."""
    found = ask("unshare", "--mount", "sh", "-ec",
                'mount --bind /proc /proc; mount -o remount,bind,ro /proc; exec "$@"', "sh")
    for name in ("namespace.time.offsets", "namespace.user.nesting"):
        assert found[name]["forbidden_by"] == "a read-only mount"
    assert statuses(found, *each(), *each(".join"), *each(".unprivileged"), *each(".limit")) == {"supported"}


@pytest.fixture(name="bare")
def bare_root(tmp_path):
    """A directory that holds redprobe, what it is linked to, and an empty /proc."""
    libraries = re.findall(r"(/\S+) \(0x", run("ldd", REDPROBE).stdout)
    for path in [str(REDPROBE), *libraries]:
        target = tmp_path / ("redprobe" if path == str(REDPROBE) else path.lstrip("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (tmp_path / "proc").mkdir()
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("with_proc", [False, True])
def test_in_a_chroot(bare, with_proc):
    """There no user namespace can be made, and so nothing without privilege; root makes the others."""
    mount = f"mount --bind /proc {bare}/proc; " if with_proc else ""
    enter = ("unshare", "--mount", "sh", "-ec", mount + 'exec "$@"', "sh", "chroot")
    for caller in ((), ("--userspec", "1000:1000")):
        found = ask(*enter, *caller, bare, program="/redprobe")
        for name in ["namespace.user", "namespace.user.nesting"] + each(".unprivileged"):
            assert found[name]["status"] == "restricted"
            assert found[name]["forbidden_by"].startswith("a chroot"), found[name]
        made = statuses(found, *(set(each()) - {"namespace.user"}))
        assert made == ({"restricted"} if caller else {"supported"})
        assert found["capability.last"]["status"] == "supported"


def test_in_a_user_namespace():
    """Root there has all capabilities, and makes and joins all namespaces."""
    found = ask(*in_user_namespace("true"))
    assert {finding["status"] for finding in found.values()} == {"supported"}


def test_in_a_user_namespace_without_ids():
    """Who has no id there has no user namespace below it."""
    found = ask("unshare", "--user")
    assert statuses(found, *each(".unprivileged"), "namespace.user") == {"restricted"}
    assert statuses(found, *each(".limit")) == {"supported"}


@pytest.mark.parametrize("nested", ["Disabled", "Enabled"])
def test_in_a_node(place, nested):
    """The filter of a node forbids user namespaces; a node that may nest is the control."""
    export = f"exports:\n- {{mode: RestrictedFile, mount: /redprobe, path: {REDPROBE}}}\n"
    node = write_node(place / "node", SYSTEM.replace("exports:\n", export) + f"  nested_userns: {nested}\n")
    for caller in ((), USER):
        found = ask(*caller, REDWRAP, "--redpath", node, "--", program="/redprobe")
        tried = statuses(found, *each(), *each(".unprivileged"), "namespace.time.offsets")
        assert tried == ({"supported"} if nested == "Enabled" else {"restricted"})
        gained = {finding["status"] for finding in capabilities(found)}
        assert gained == {"restricted"}


@pytest.mark.parametrize("caller", [(), USER])
def test_nothing_is_left(caller):
    """No process of its session; namespaces are looked at in the guest, where nobody else makes any."""
    command = [*caller, REDPROBE, *AREAS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as child:
        json.loads(child.communicate()[0])
    members = [stat for stat in Path("/proc").glob("[0-9]*/stat") if session_of(stat) == child.pid]
    assert not members


def session_of(stat):
    """Return the session of the process that this file of proc(5) is about; None if it has gone."""
    try:
        return int(stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[3])
    except OSError:
        return None


def test_in_a_guest():
    """All of guest_redprobe_namespace.py passes in a guest."""
    assert_passes_in_guest("suites/harness/guest_redprobe_namespace.py")
