# SPDX-License-Identifier: Apache-2.0
"""Ids, groups and capabilities of the caller that the payload might keep (weakness W8)."""

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path

from framework import export, minimal, verifies
from framework.caller import CALLERS, NEIGHBOUR, Caller
from framework.libc import LIBC, checked
from framework.nodes import witness
from framework.process import status

from . import conclude, denied, items, permitted, secret

GROUP = 1234
USERS = Path("/etc/passwd")
NET_RAW = 1 << 13
# capset(2)
CAPABILITY_VERSION = 0x20080522


@dataclass(frozen=True)
class Grouped(Caller):
    """A caller with supplementary groups."""

    groups: tuple


class Inheriting(Caller):
    """Root with a capability in its inheritable set."""

    def become(self):
        """Add it, and keep what there is."""
        super().become()
        header, sets = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
        checked(LIBC.capget(header, sets))
        # For each half: effective, permitted, inheritable.
        sets[2] |= NET_RAW
        checked(LIBC.capset(header, sets))


def _for_group(check, group):
    """Make a file that only this group may read. Returns its Path."""
    path = secret(check)
    path.chmod(0o040)
    os.chown(path, NEIGHBOUR.uid, group)
    return path


def _read(check, caller, marker, node, role="protected"):
    """Let the witness read the file, in a node that shows its directory, or without one."""
    with check.acting(caller):
        return check.run(node and minimal(export("Restricted", marker.parent), **node),
                         witness(f"read_file={marker}"), role=role)


def _with_groups(check, **config):
    """Conclude on what another user keeps of the caller's groups, in a node configured like this."""
    marker, who = _for_group(check, GROUP), {"set-user": 1000, "set-group": 1000}
    protected = _read(check, Grouped("root", 0, 0, (GROUP,)), marker, {**who, **config})
    control = _read(check, Grouped("user", 1000, 1000, (GROUP,)), marker, None, "control")
    conclude(check, "supplementary-groups", "W8", holds=denied(check, protected, "read_file"),
             exposed=permitted(control, "read_file"), expected="what is the group's not to be read")


@verifies(*items("supplementary-groups"), callers=("root",))
def test_groups_of_the_caller(check):
    """Another user of the host does not keep root's further groups."""
    _with_groups(check, share_user="Enabled")


@verifies(*items("supplementary-groups"), needs=("namespace.user",), callers=("root",))
def test_groups_in_a_user_namespace(check):
    """Where those groups have no name, they would still count."""
    _with_groups(check)


@verifies(*items("group-of-root"), callers=("root",))
def test_the_group_of_the_caller(check):
    """Another user, of whom no group is said, is not left in root's."""
    check.launcher.native("set-user that a group follows")
    marker = _for_group(check, 0)
    protected = [_read(check, check.caller, marker, {"set-user": 1000, "share_user": share})
                 for share in ("Enabled", "Unset")]
    control = _read(check, Caller("user", 1000, 0), marker, None, "control")
    conclude(check, "group-of-root", "W8", holds=all(denied(check, run, "read_file") for run in protected),
             exposed=permitted(control, "read_file"), expected="what is root's group's not to be read")


def _for_root(check):
    path = secret(check, owner=CALLERS["root"])
    path.chmod(0o400)
    return path


@verifies(*items("id-that-does-not-fit"), callers=("root",))
def test_an_id_that_does_not_fit(check):
    """Numbers that become 0, or leave it, where they are cut to 32 bits: user_namespaces(7), setresuid(2)."""
    marker = _for_root(check)
    protected = [_read(check, check.caller, marker,
                       {"set-user": number, "set-group": 1000, "share_user": "Enabled"})
                 for number in (2 ** 32, 2 ** 32 - 1, -1)]
    control = _read(check, check.caller, marker, None, "control")
    conclude(check, "id-that-does-not-fit", "W8",
             holds=all(denied(check, run, "read_file") for run in protected),
             exposed=permitted(control, "read_file"), expected="what is root's not to be read")


@verifies(*items("number-taken-as-a-name"), callers=("root",))
def test_a_number_is_the_user_of_that_number(check):
    """CVE-2026-30892: also where a user of another number has it as a name."""
    check.at_end(USERS.write_text, USERS.read_text(encoding="utf-8"))
    with USERS.open("a", encoding="utf-8") as users:
        users.write("1:x:0:0::/:/bin/sh\n")
    marker = _for_root(check)
    node = minimal(export("Restricted", marker.parent), share_user="Enabled",
                   **{"set-user": 1, "set-group": 1})

    def look(node, role):
        return check.observe(node, f"read_file={marker}", role=role,
                             outside=lambda running: status(running.pid)["Uid"].split())

    protected, control = look(node, "protected"), look(None, "control")
    conclude(check, "number-taken-as-a-name", "W8", "CVE-2026-30892",
             holds=denied(check, protected, "read_file") and protected.outside == ["1"] * 4,
             exposed=permitted(control, "read_file"), expected="user 1, who may not read what is root's")


@verifies(*items("inheritable-capabilities"), callers=("root",))
def test_inheritable_capabilities(check):
    """CVE-2022-29162, CVE-2022-27650: a file that inherits would make those of the caller permitted."""
    check.caller = Inheriting("root", 0, 0)

    def look(node, role):
        return check.observe(node, "capability_sets", role=role,
                             outside=lambda running: int(status(running.pid)["CapInh"], 16))

    protected, control = look(minimal(share_user="Enabled"), "protected"), look(None, "control")
    conclude(check, "inheritable-capabilities", cve="CVE-2022-29162", holds=protected.outside == 0,
             exposed=control.outside == NET_RAW, expected="an empty inheritable set")
