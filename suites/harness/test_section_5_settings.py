# SPDX-License-Identifier: Apache-2.0
"""rednode.md 5: namespaces by their keys, what a hostname needs, ids of the user's ranges, umask, clocks."""
import json
import os
import re
from pathlib import Path

import pytest

from redwrap_runs import (REDWRAP, SYSTEM, USER, assert_error, each_caller, run, shell, trusted_place,
                          write_node)

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, trusted_place)

KINDS = ("user", "cgroup", "net", "pid", "ipc", "uts", "time")
NAMES = (*KINDS, "mnt")


def plain(place, **settings):
    """Make a node with /usr, /proc, /dev and /tmp and these settings alone. Returns its directory."""
    return write_node(place / "node", SYSTEM.split("config:\n")[0] + f"config: {json.dumps(settings)}\n")


def linked(pid):
    """Return {kind: what identifies the namespace} of a process."""
    return {kind: os.readlink(f"/proc/{pid}/ns/{kind}") for kind in NAMES}


def inside(place, caller, **settings):
    """Return the kinds whose namespace in the node is another one than outside."""
    script = "; ".join(f"readlink /proc/self/ns/{kind}" for kind in NAMES)
    done = shell(plain(place, **settings), script, caller)
    assert done.returncode == 0, done.stderr
    outside = linked("self")
    return {kind for kind, link in zip(NAMES, done.stdout.splitlines()) if link != outside[kind]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share_all", ["Enabled", "Disabled"])
def test_each_share_stands_over_share_all(place, kind, share_all):
    """For root, of every kind; Unset follows share_all, which is the control. Mounts are always new."""
    own = "Disabled" if share_all == "Enabled" else "Enabled"
    others = {f"share_{other}": "Unset" for other in KINDS if other != kind}
    if share_all == "Enabled":
        # With user and PID shared root meets no proc: the user namespace is new then.
        others["share_user"] = "Disabled"
    others.pop(f"share_{kind}", None)
    got = inside(place, (), share_all=share_all, **{**others, f"share_{kind}": own})
    new = {kind} if share_all == "Enabled" else set(KINDS) - {kind}
    assert got == new | {"mnt"} | ({"user"} if share_all == "Enabled" else set())


def test_unset_is_unshared(place, caller):
    """Of each kind without any key; control: what is Enabled is shared."""
    assert inside(place, caller) == set(NAMES)
    assert inside(place, caller, share_net="Enabled") == set(NAMES) - {"net"}


def test_an_ordinary_user_gets_a_user_namespace(place):
    """Even when it is to be shared, which is said; control: root's is shared, and nothing is said."""
    user = plain(place, share_user="Enabled")
    done = run(*USER, REDWRAP, "-v6", "-r", user, "--", "/usr/bin/readlink", "/proc/self/ns/user")
    assert done.stdout.strip() != os.readlink("/proc/self/ns/user") and "user: implied" in done.stderr
    root = plain(place, share_user="Enabled")
    done = run(REDWRAP, "-v6", "-r", root, "--", "/usr/bin/readlink", "/proc/self/ns/user")
    assert done.stdout.strip() == os.readlink("/proc/self/ns/user") and "implied" not in done.stderr


def test_the_mount_namespace_cannot_be_joined(place):
    """There is no key for it; control: one that there is."""
    assert_error(shell(plain(place, share_mnt="/proc/1/ns/mnt"), "true"), 125, "share_mnt")
    assert shell(plain(place, share_uts="Unset"), "true").returncode == 0


def test_a_hostname_unshares_uts(place, caller):
    """Also under share_all; with share_uts itself Enabled, or a path, it is an error."""
    node = plain(place, hostname="of-the-node", share_all="Enabled", share_user="Disabled")
    done = shell(node, "uname -n", caller)
    assert done.stdout == "of-the-node\n" and os.uname().nodename != "of-the-node"
    # An ordinary user would have to join a user namespace, too.
    for share in ("Enabled", *(() if caller else ("/proc/self/ns/uts",))):
        node = plain(place, hostname="of-the-node", share_uts=share)
        assert_error(shell(node, "true", caller), 125, "hostname", "share_uts")


def test_clocks_are_shifted_in_a_time_namespace_of_the_node(place, caller):
    """Before the payload is there; with a shared one it is an error. Control: without offsets."""
    look = "cat /proc/self/timens_offsets"
    node = plain(place, time_offsets={"monotonic": 1000, "boottime": 2000})
    shifted = [line.split()[:2] for line in shell(node, look, caller).stdout.splitlines()]
    assert shifted == [["monotonic", "1000"], ["boottime", "2000"]]
    zero = [line.split()[:2] for line in shell(plain(place), look, caller).stdout.splitlines()]
    assert zero == [["monotonic", "0"], ["boottime", "0"]]
    node = plain(place, time_offsets={"monotonic": 1000}, share_time="Enabled")
    assert_error(shell(node, "true", caller), 125, "time")


@pytest.mark.parametrize("umask", ["027", "0", "0777"])
def test_umask_is_the_payloads(place, caller, umask):
    """Control: without the key it is the caller's."""
    assert int(shell(plain(place, umask=umask), "umask", caller).stdout, 8) == int(umask, 8)
    done = shell(plain(place), "umask", caller, umask=0o31)
    assert int(done.stdout, 8) == 0o31


def test_a_user_that_is_not_mapped_is_refused(place):
    """In the namespace of an ordinary user; control: the one that is."""
    assert_error(shell(plain(place, **{"set-user": "1"}), "true", USER), 125, "set-user")
    own = plain(place, **{"set-user": "1000", "set-group": "1000"})
    assert shell(own, "true", USER).returncode == 0


@pytest.mark.parametrize("entries,kept", [
    ([], 0), ([("cap_chown", 1)], 1), ([("ALL", 1), ("cap_chown", 0)], -2),
    ([("cap_chown", 0), ("ALL", 1)], -2), ([("ALL", 0), ("cap_chown", 1)], 1)])
def test_capabilities_are_the_same_in_all_five_sets(place, caller, entries, kept):
    """None without an entry; one of its own wins over ALL, wherever it stands; no new privileges, ever."""
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii"))
    node = plain(place, capabilities=[{"cap": name, "add": add} for name, add in entries])
    done = shell(node, "grep -E '^Cap|^NoNewPrivs' /proc/self/status", caller)
    fields = dict(line.split(":\t") for line in done.stdout.splitlines())
    assert fields.pop("NoNewPrivs") == "1"
    wanted = kept % (1 << (last + 1))
    assert {name: int(value, 16) for name, value in fields.items()} == dict.fromkeys(
        ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), wanted)


LABEL = "/proc/self/attr/smack/current"
IDENTITY = re.compile(r"set(?:groups|resuid|resgid)\(")


@pytest.mark.parametrize("label", ["Label", "User::App", "_"])
def test_a_smack_label_is_written_as_it_is(place, caller, label):
    """No kernel here has Smack: strace(1) answers the opening of the file of the label with descriptor 1."""
    node, answer = plain(place, smack=label), "inject=open,openat:retval=1"
    words = ("-r", node, "--", "/bin/sh", "-c", "echo ran >&2")
    answered = ("strace", "-f", "-qq", "-o", place / "trace", "-P", LABEL, "-e", answer)
    done = run(*answered, *caller, REDWRAP, *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, label, "ran\n")
    assert run(*caller, REDWRAP, *words).returncode == 125


def test_a_smack_label_is_written_before_the_identity_changes(place):
    """What fails there has changed none; control: without a label the same node changes its own."""
    def changes(**settings):
        node, trace = plain(place, **{"set-user": "1", **settings}), place / "trace"
        run("strace", "-f", "-o", trace, "-e", "trace=open,openat,setgroups,setresuid,setresgid", REDWRAP,
            "-r", node, "--", "/bin/true")
        text = trace.read_text(encoding="utf-8")
        return LABEL in text, bool(IDENTITY.search(text))

    assert changes(smack="Label") == (True, False)
    assert changes() == (False, True)
