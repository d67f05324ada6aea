# SPDX-License-Identifier: Apache-2.0
"""Who the payload is: user, groups, id maps, capabilities, nested user namespaces; rednode.md 5 and 10."""
import os

import pytest

from redwrap_runs import (REDWRAP, SYSTEM, USER, assert_error, children, each_caller, init_of, run, shell,
                          started, system_node, trusted_place, write_node)

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, system_node, trusted_place)
# Root with supplementary groups that no node may keep.
GROUPED = ("setpriv", "--groups", "4,27,1234")
SETS = ("Inh", "Prm", "Eff", "Bnd", "Amb")


def configure(node, text):
    """Give the node these settings."""
    return write_node(node, SYSTEM.replace("config:", f"config:\n  {text}\n"))


def status(node, caller=()):
    """Return the fields of /proc/self/status of a payload."""
    done = run(*caller, REDWRAP, "-r", node, "--", "/bin/cat", "/proc/self/status")
    assert done.returncode == 0, done.stderr
    return {key: value.split() for key, _, value in
            (line.partition(":") for line in done.stdout.splitlines())}


def ids(node, caller=()):
    """Return (the four user ids, the four group ids, the supplementary groups)."""
    fields = status(node, caller)
    return tuple([int(word) for word in fields[key]] for key in ("Uid", "Gid", "Groups"))


@pytest.mark.parametrize("share", ["", "share_user: Enabled\n  "])
def test_w8_set_user_replaces_all_ids_and_groups(node, share):
    """The control: without set-user the caller's groups stay; unmapped ones show as 65534."""
    assert set(ids(configure(node, share + "umask: '022'"), GROUPED)[2]) >= ({4, 27} if share else {65534})
    configure(node, share + "id_map: full\n  set-user: '1'")
    assert ids(node, GROUPED) == ([1] * 4, [1] * 4, [1])
    configure(node, share + "id_map: full\n  set-user: '54321'\n  set-group: '54322'")
    assert ids(node, GROUPED) == ([54321] * 4, [54322] * 4, [])
    configure(node, share + "id_map: full\n  set-group: '5'")
    assert ids(node, GROUPED) == ([0] * 4, [5] * 4, [])


@pytest.mark.parametrize("setting", ["set-user: '4294967295'", "set-user: '4294967296'",
                                     "set-group: '4294967296'", "set-user: '18446744073709551616'"])
def test_w8_an_id_that_does_not_fit_is_no_other_user(node, caller, setting):
    assert_error(shell(configure(node, setting), "id", caller), 125, node, "0 to 4294967294")


def test_w8_an_ordinary_user_becomes_nobody_else(node):
    """Its own id is taken: the control."""
    configure(node, "set-user: '1000'\n  set-group: '1000'")
    assert ids(node, USER)[0] == [1000] * 4
    configure(node, "set-user: '1001'\n  set-group: '1000'")
    assert_error(shell(node, "id", USER), 125, "1001 is not among the ids that the caller may map")
    configure(node, "set-user: '1000'\n  set-group: '0'")
    assert_error(shell(node, "id", USER), 125, "0 is not among the ids that the caller may map")


def test_w8_groups_that_cannot_be_dropped_are_said(node):
    grouped = ("setpriv", "--reuid", "1000", "--regid", "1000", "--groups", "1234")
    configure(node, "set-user: '1000'\n  set-group: '1000'")
    done = shell(node, "cat /proc/self/status", grouped)
    assert "Groups:\t65534" in done.stdout and "supplementary groups" in done.stderr
    assert shell(node, "true", USER).stderr == ""


def test_options_win(node):
    configure(node, "id_map: full\n  set-user: '1'\n  set-group: '1'")
    done = run(REDWRAP, "-r", node, "--user", "7", "--group", "9", "--", "/usr/bin/id")
    assert done.stdout.startswith("uid=7 gid=9")


@pytest.mark.parametrize("extra", ["", "set-user: '1'"])
def test_f14_map_root_user(node, caller, extra):
    """Inside the user is 0, outside it is who it was; control: without, the ids are the same."""
    if extra and caller:
        extra = "set-user: '1000'\n  set-group: '1000'"
    outside = 1000 if caller else int(bool(extra))
    assert ids(configure(node, extra or "umask: '022'"), caller)[0] == [outside] * 4
    configure(node, "map-root-user: 1\n  " + extra)
    assert [column[0] for column in ids(node, caller)[:2]] == [0, 0]
    assert shell(node, "cat /proc/self/uid_map", caller).stdout.split() == ["0", str(outside), "1"]


def test_f14_map_root_user_that_cannot_hold_is_refused(node):
    configure(node, "map-root-user: 1\n  set-user: '1'\n  share_user: Enabled")
    assert_error(shell(node, "id"), 125, "share_user")
    configure(node, "map-root-user: 1\n  set-user: '1'\n  id_map: full")
    assert_error(shell(node, "id"), 125, "id_map full")


def test_id_map_full_is_roots(node):
    """The control: without it one id is mapped."""
    configure(node, "id_map: full")
    with open("/proc/self/uid_map", encoding="ascii") as file:
        rows = [line.split() for line in file]
    assert shell(node, "cat /proc/self/uid_map").stdout.split() == [word for row in rows for word in
                                                                    (row[0], row[0], row[2])]
    assert_error(shell(node, "id", USER), 125, "id_map full is for root alone")
    configure(node, "id_map: single")
    assert shell(node, "cat /proc/self/uid_map").stdout.split() == ["0", "0", "1"]


def test_id_map_subid_without_ranges_is_refused(node):
    """Nobody (65534) has none; the program that tells, or the file that lacks them, is named."""
    configure(node, "id_map: subid")
    nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
    assert_error(shell(node, "id", nobody), 125, "/usr/bin/getsubids")


def test_uid_and_gid_of_texts_are_the_payloads(node):
    configure(node, "id_map: full\n  set-user: '1'\n  set-group: '3'")
    text = (node / "etc/redpak.yaml").read_text(encoding="utf-8")
    write_node(node, text.replace("hostname: unit7", "hostname: h$UID-$GID"))
    assert shell(node, "uname -n").stdout == "h1-3\n"


@pytest.mark.parametrize("share", ["Enabled", "Disabled"])
def test_kept_capabilities_survive_a_change_of_user(node, share):
    """In all five sets, and no other; the control keeps none."""
    configure(node, f"share_user: {share}\n  set-user: '1'\n  capabilities: [{{cap: chown, add: 1}}]")
    fields = status(node, GROUPED)
    assert {fields[f"Cap{name}"][0] for name in SETS} == {f"{1:016x}"} and fields["Uid"] == ["1"] * 4
    configure(node, f"share_user: {share}\n  set-user: '1'")
    assert {status(node)[f"Cap{name}"][0] for name in SETS} == {"0" * 16}


@pytest.mark.parametrize("kept", [(), ("chown",)])
@pytest.mark.parametrize("share", ["Enabled", "Disabled"])
def test_inheritable_capabilities_of_the_caller_are_not_the_payloads(node, kept, share):
    """CVE-2022-29162, CVE-2022-27650: a file's could make them permitted; control: outside they are there."""
    given = ("setpriv", "--inh-caps", "+net_raw,+kill", "--ambient-caps", "+net_raw")
    outside = run(*given, "grep", "CapInh", "/proc/self/status").stdout
    assert int(outside.split()[1], 16) == 1 << 13 | 1 << 5
    entries = ", ".join(f"{{cap: {name}, add: 1}}" for name in kept)
    configure(node, f"share_user: {share}\n  capabilities: [{entries}]")
    fields = status(node, given)
    assert {fields[f"Cap{name}"][0] for name in SETS} == {f"{len(kept):016x}"}


def test_a_signal_reaches_a_payload_of_another_user(node):
    configure(node, "set-user: '1'")
    with started(REDWRAP, "-r", node, "--", "/bin/sh", "-c",
                 "trap 'echo got; exit 9' TERM; echo ready; while :; do sleep 0.01; done") as process:
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.stdout.read() == "got\n" and process.wait() == 9


def test_what_is_made_for_the_payload_is_its_own(node):
    configure(node, "set-user: '1'")
    assert shell(node, "stat -c %u / && touch /x && echo made").stdout == "1\nmade\n"


def nested(node, caller):
    """Try to make a user namespace in the payload's, with all capabilities there, outside its filter."""
    with started(*caller, REDWRAP, "-r", node, "--", "/bin/sh", "-c", "echo ready; exec sleep 30") as process:
        assert process.stdout.readline() == "ready\n"
        init = init_of(process.pid)
        payload, = children(init)
        return run(*caller, "nsenter", "--user", "--preserve-credentials", "-t", payload, "sh", "-c",
                   "echo 1000 >/proc/sys/user/max_user_namespaces; cat /proc/sys/user/max_user_namespaces; "
                   "exec unshare --user true")


def test_w20_nested_user_namespaces_are_forbidden_above_the_node(node, caller):
    """CVE-2022-0492, CVE-2018-18955 need one. Raising its own limit does not help; control: Enabled."""
    protected = nested(node, caller)
    # An ordinary user's shell has no privileges left to raise a limit.
    assert caller or protected.stdout == "1000\n"
    assert protected.returncode == 1
    assert "No space left on device" in protected.stderr
    configure(node, "nested_userns: Enabled")
    assert nested(node, caller).returncode == 0


def test_smack_is_fatal_where_the_module_is_missing(node, caller):
    if os.path.exists("/proc/self/attr/smack/current"):
        assert "smack" not in run("cat", "/sys/kernel/security/lsm").stdout.split(",")
    configure(node, "smack: Label")
    assert_error(shell(node, "echo ran", caller), 125, "Smack label 'Label'", "security module smack")
    done = run(*caller, REDWRAP, "-r", node, "--smack", "Other", "--", "/bin/true")
    assert_error(done, 125, "Smack label 'Other'")
