# SPDX-License-Identifier: Apache-2.0
"""Namespaces that a node joins by path, by root and by an ordinary user; rednode.md 5, F13, W14."""
import os
from contextlib import contextmanager

import pytest

from redwrap_runs import (MINIMAL, REDWRAP, USER, assert_error, each_caller, init_of, run, shell, started,
                          trusted_place, write_node)

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, trusted_place)
KINDS = ("net", "ipc", "uts", "cgroup", "time", "pid")
LINKS = "readlink " + " ".join(f"/proc/self/ns/{kind}" for kind in ("user", *KINDS))
PROC = "- {mode: Procfs, mount: /proc}\n"


@contextmanager
def namespaces(caller=(), user=False):
    """Make namespaces of all kinds; yields {kind: path of its file}."""
    words = [*caller, "unshare", *(["--user", "--map-root-user"] if user else []), "--net", "--ipc", "--uts",
             "--cgroup", "--time", "--pid", "--fork", "--kill-child", "sh", "-c", "echo ready; exec sleep 60"]
    with started(*words) as process:
        assert process.stdout.readline() == "ready\n"
        inside = init_of(process.pid)
        yield {kind: f"/proc/{inside}/ns/{kind}" for kind in ("user", *KINDS)}


@contextmanager
def readable(path, place):
    """A file of a namespace where everybody finds it, as ip-netns(8) puts one; yields its path."""
    kept = place / "kept"
    kept.touch()
    assert run("mount", "--bind", path, kept).returncode == 0
    try:
        yield kept
    finally:
        assert run("umount", kept).returncode == 0


def joining(place, paths, extra="", exports=PROC):
    """Write a node that joins these namespaces."""
    shares = "".join(f"  share_{kind}: {path}\n" for kind, path in paths.items())
    return write_node(place / "node", f"{MINIMAL}{exports}config:\n{shares}{extra}")


def links(node, caller=()):
    """Return the namespaces of the payload."""
    done = shell(node, LINKS, caller)
    assert (done.returncode, done.stderr) == (0, "")
    return {word.partition(":")[0]: word for word in done.stdout.split()}


def of(paths):
    """Return what the files of namespaces lead to."""
    return {kind: os.readlink(path) for kind, path in paths.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_root_joins_one(place, kind):
    """The others are the node's own; another kind than the one joined is the control."""
    with namespaces() as paths:
        seen = links(joining(place, {kind: paths[kind]}))
        wanted = of(paths)
    assert {other for other in KINDS if seen[other] == wanted[other]} == {kind}
    assert seen["user"] not in (wanted["user"], os.readlink("/proc/self/ns/user"))


def test_root_joins_all(place):
    with namespaces() as paths:
        del paths["user"]
        seen = links(joining(place, paths))
        assert {kind: seen[kind] for kind in KINDS} == of(paths)
        shared = joining(place, paths, "  share_user: Enabled\n", exports="")
        assert shell(shared, "echo ran").stdout == "ran\n"


def test_root_joins_a_user_namespace(place):
    """What is new belongs to it: a kept capability acts there; without joining it does not."""
    with namespaces(user=True) as paths:
        extra = "  seccomp: off\n  capabilities: [{cap: sys_admin, add: 1}]\n"
        node = joining(place, {"user": paths["user"]}, extra)
        seen = links(node)
        assert seen["user"] == of(paths)["user"]
        assert {kind for kind in KINDS if seen[kind] == of(paths)[kind]} == set()
        assert shell(node, "hostname inside && hostname").stdout == "inside\n"
        node = joining(place, {"user": paths["user"]}, extra.replace("sys_admin", "chown"))
        assert shell(node, "hostname other").returncode != 0


@pytest.mark.parametrize("user", [(), USER])
def test_f13_user_and_net_are_joined_together(place, user):
    with namespaces(user, user=True) as paths:
        both = {kind: paths[kind] for kind in ("user", "net")}
        seen = links(joining(place, both), user)
        assert {kind: seen[kind] for kind in both} == of(both)


def test_f13_an_ordinary_user_joins_all(place):
    with namespaces(USER, user=True) as paths:
        seen = links(joining(place, paths), USER)
        assert seen == of(paths)


def test_f13_a_time_namespace_is_joined_and_shifted_where_it_is_new(place):
    """Its offsets count in an ordinary user's joined user namespace too."""
    offsets = "  time_offsets: {boottime: 1000000}\n"
    with namespaces(USER, user=True) as paths:
        node = joining(place, {"user": paths["user"]}, offsets)
        shifted, unshifted = (float(shown.stdout.split()[0]) for shown in
                              (shell(node, "cat /proc/uptime", USER), run("cat", "/proc/uptime")))
        assert shifted >= unshifted + 999000
        node = joining(place, {"user": paths["user"], "time": paths["time"]}, offsets)
        assert_error(shell(node, "id", USER), 125, "share_time")


def test_an_ordinary_user_needs_the_user_namespace_too(place):
    with namespaces(USER, user=True) as paths:
        for kind in KINDS:
            assert_error(shell(joining(place, {kind: paths[kind]}), "id", USER), 125, kind, "share_user")


def test_a_user_namespace_of_somebody_else_is_refused(place):
    """By a file that everybody may open."""
    with namespaces(user=True) as paths:
        assert_error(shell(joining(place, {"user": paths["user"]}), "id", USER), 125, paths["user"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_namespace_of_somebody_else_is_refused(place, kind):
    """CVE-2017-5985: beside a user namespace of one's own, none of root's; control: one's own, too."""
    with namespaces(USER, user=True) as paths, namespaces() as theirs, readable(theirs[kind], place) as path:
        shared = {"user": paths["user"], kind: path}
        assert_error(shell(joining(place, shared), "echo ran", USER), 125, kind)
        shared = {"user": paths["user"], kind: paths[kind]}
        assert shell(joining(place, shared), "echo ran", USER).stdout == "ran\n"


def test_a_payload_that_is_not_mapped_is_refused(place):
    """Root is nobody in a namespace that an ordinary user made, unless the node says who it is."""
    with namespaces(USER, user=True) as paths:
        node = joining(place, {"user": paths["user"]})
        assert_error(shell(node, "id"), 125, "id 0 is not in the uid_map", "set-user")
        node = joining(place, {"user": paths["user"]}, "  set-user: '5'\n  set-group: '0'\n")
        assert_error(shell(node, "id"), 125, "cannot become user 5", "mapped")
        node = joining(place, {"user": paths["user"]}, "  set-user: '0'\n  set-group: '0'\n")
        assert shell(node, "id -u").stdout == "0\n"


@pytest.mark.parametrize("path, reason", [
    ("/proc/self/ns/uts", "it is a uts namespace"), ("/etc/passwd", "no namespace file"),
    ("/dev/null", "no namespace file"), ("/none", "No such file or directory"),
    ("/usr", "no namespace file")])
def test_w14_what_is_no_such_namespace_is_refused(place, path, reason):
    """With file, line and key; the right kind is the control of the other tests."""
    node = joining(place, {"net": path})
    assert_error(shell(node, "echo ran"), 125, f"{node}/etc/redpak.yaml:", "net namespace", path, reason)


def test_the_callers_own_user_namespace_is_refused(place):
    assert_error(shell(joining(place, {"user": "/proc/self/ns/user"}), "id"), 125, "make share_user Enabled")


def test_cve_2016_9962_redwrap_cannot_be_traced_by_whom_it_joins(place):
    """CVE-2016-9962: its files in /proc are root's then, proc(5); control: the user's, as it joins nobody."""
    def owner(config):
        node = write_node(place / "node", MINIMAL + config)
        with started(*USER, REDWRAP, "-r", node, "--", "/bin/sh", "-c", "echo ready; sleep 60") as process:
            assert process.stdout.readline() == "ready\n"
            return os.stat(f"/proc/{process.pid}/fd").st_uid

    with namespaces(USER, user=True) as paths:
        assert owner(f"config: {{share_user: {paths['user']}}}\n") == 0
    assert owner("") == 1000


def test_cve_2016_9962_a_joining_process_cannot_be_traced(place):
    """CVE-2016-9962: init, seen by the processes of the namespace, shows them nothing; the payload does."""
    with namespaces() as paths:
        node = joining(place, {"pid": paths["pid"]})
        script = "read me name state init rest </proc/self/stat; " \
                 "ls -d /proc/$init/root/. /proc/$init/cwd/. ; ls -d /proc/$me/root/."
        done = run(REDWRAP, "-r", node, "--", "/bin/sh", "-c", script)
    assert done.stdout.count("/root/.") == 1 and done.stderr.count("Permission denied") == 2
