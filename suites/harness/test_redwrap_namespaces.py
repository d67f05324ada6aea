# SPDX-License-Identifier: Apache-2.0
"""Which namespaces a node gets by default, and what becomes of one that cannot be made.

rednode.md 5, W11, W14.
"""
import os
import socket
from pathlib import Path

import pytest

from redwrap_runs import (MINIMAL, REDWRAP, assert_error, children, each_caller, run, started, trusted_place,
                          write_node)

FIXTURES = (each_caller, trusted_place)
KINDS = ("user", "cgroup", "net", "pid", "ipc", "uts", "time", "mnt")
NODE = MINIMAL + "- {mode: Procfs, mount: /proc}\n"
# The limit is that of the new user namespace alone; namespaces(7).
WITHOUT = ("unshare", "--user", "--map-root-user", "sh", "-c",
           'echo 0 >/proc/sys/user/max_$0_namespaces && exec "$@"')


def own_kinds(node, caller):
    """Return the kinds of namespaces in which the payload is not where its caller is."""
    done = run(*caller, REDWRAP, "-r", node, "--", "/usr/bin/readlink",
               *(f"/proc/self/ns/{kind}" for kind in KINDS))
    assert done.returncode == 0, done.stderr
    return {kind for kind, link in zip(KINDS, done.stdout.split(), strict=True)
            if link != os.readlink(f"/proc/self/ns/{kind}")}


@pytest.mark.parametrize("share_all", ["", "config: {share_all: Disabled}\n", "config: {share_all: Unset}\n"])
def test_w11_every_namespace_is_unshared_by_default(place, caller, share_all):
    """uts and time are no exception; the control shares them."""
    assert own_kinds(write_node(place / "node", NODE + share_all), caller) == set(KINDS)
    control = write_node(place / "control", NODE + "config: {share_uts: Enabled, share_time: Enabled}\n")
    assert own_kinds(control, caller) == set(KINDS) - {"uts", "time"}


@pytest.mark.parametrize("kind", ["time", "uts", "ipc", "net", "pid", "cgroup", "mnt", "user"])
def test_w14_a_namespace_that_cannot_be_made_is_refused(place, kind):
    """And names what redprobe calls it; the control has the limit on a kind that the node shares."""
    node = write_node(place / "node", NODE)
    done = run(*WITHOUT, kind, REDWRAP, "-r", node, "--", "/usr/bin/echo", "ran")
    assert_error(done, 125, f"namespace.{kind}")
    if kind in ("time", "uts", "ipc", "net", "cgroup"):
        write_node(node, NODE + f"config: {{share_{kind}: Enabled}}\n")
        done = run(*WITHOUT, kind, REDWRAP, "-r", node, "--", "/usr/bin/echo", "ran")
        assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr


CONNECT = "import socket, sys; socket.socket(socket.AF_UNIX).connect(chr(0) + sys.argv[1])"


def test_an_abstract_socket_of_the_host_is_not_reached(place, caller):
    """CVE-2020-15257: unless the node says so, which is the control; redwrap itself has none to offer."""
    name = f"listening-{os.getpid()}"
    argv = ("/usr/bin/python3", "-c", CONNECT, name)
    node = write_node(place / "node", NODE)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0" + name)
        listener.listen()
        assert "Connection refused" in run(*caller, REDWRAP, "-r", node, "--", *argv).stderr
        write_node(node, NODE + "config: {share_net: Enabled}\n")
        assert run(*caller, REDWRAP, "-r", node, "--", *argv).returncode == 0
        assert names_of([os.fstat(listener.fileno()).st_ino]) == ["@" + name]
    with started(*caller, REDWRAP, "-r", node, "--", "/bin/sh", "-c", "echo ready; exec sleep 30") as process:
        assert process.stdout.readline() == "ready\n"
        init, = children(process.pid)
        held = [os.stat(path).st_ino for pid in (process.pid, init)
                for path in Path(f"/proc/{pid}/fd").iterdir()]
        assert held and names_of(held) == []


def names_of(inodes):
    """Return the names of those of these sockets that have one, as /proc/net/unix lists them."""
    with open("/proc/net/unix", encoding="utf-8") as file:
        rows = [line.split() for line in file][1:]
    return [row[7] for row in rows if len(row) > 7 and int(row[6]) in inodes]
