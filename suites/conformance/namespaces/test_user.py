# SPDX-License-Identifier: Apache-2.0
"""Ids and capabilities over objects of the host; see user_namespaces(7)."""

from pathlib import Path

from framework import export, host, minimal, verifies
from framework.caller import NEIGHBOUR

from . import ITEM
from .identity import compare, conclude_both, is_own, permitted

OVERFLOW = 65534
NOBODY = {"uid": OVERFLOW, "gid": OVERFLOW}
NEIGHBOURS = {"uid": NEIGHBOUR.uid, "gid": NEIGHBOUR.gid}


@verifies(ITEM + "user", needs=("namespace.user",), callers=("root",))
def test_power_over_the_host(check):
    """Capabilities kept by the node, even all of them, do not count for a file of somebody else."""
    folder = check.scratch(owner=NEIGHBOUR)
    secret = folder / "secret"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    NEIGHBOUR.own(secret)

    def look(share, role):
        node = minimal(export("Restricted", "/data", folder), share_user=share, capabilities={"ALL": 1})
        return check.observe(node, "owner=/data", "read_file=/data/secret", role=role,
                             outside=compare("user"))

    own, shared = look("Disabled", "protected"), look("Enabled", "control")
    conclude_both(check, own, shared,
                  isolated=own.inside["read_file"]["errno"] == "EACCES" and is_own(own)
                  and own.inside["owner"] == NOBODY,
                  open=shared.inside["read_file"]["permitted"] and not is_own(shared)
                  and shared.inside["owner"] == NEIGHBOURS,
                  expected="the file refused in spite of all capabilities, its owner unknown in the node")


@verifies(ITEM + "user", needs=("namespace.user", "namespace.uts"))
def test_power_over_a_namespace_of_the_host(check):
    """A capability in the node's user namespace counts for what the node made, and not for the host's."""
    host.keep_names(check)

    def look(share, role):
        node = minimal(share_user="Disabled", share_uts=share, capabilities={"cap_sys_admin": 1})
        return check.observe(node, "set_host_name=changed", role=role,
                             outside=compare("user", names=host.names))

    protected, control = look("Enabled", "protected"), look("Disabled", "control")
    check.conclude(holds=protected.inside["set_host_name"]["errno"] == "EPERM" and is_own(protected)
                   and protected.outside["names"]["host"] != "changed",
                   exposed=permitted(control, "set_host_name") == [True] and is_own(control),
                   expected="the host's name as it was, in spite of a capability of the node's")


def _maps_only(words, number):
    """Whether the words of /proc/PID/uid_map map one id, whatever it is called inside, and no other."""
    return words[1:] == [str(number), "1"]


@verifies(ITEM + "user", needs=("namespace.user",))
def test_maps(check):
    """A node maps the caller's ids and no others; without a launcher all are mapped."""
    def outside(running):
        maps = {kind: Path(f"/proc/{running.pid}/{kind}_map").read_text(encoding="utf-8").split()
                for kind in ("uid", "gid")}
        return {**compare("user")(running), **maps}

    folder = check.scratch(owner=NEIGHBOUR)
    node = minimal(export("Restricted", "/data", folder), share_user="Disabled")
    protected = check.observe(node, "owner=/data", outside=outside)
    control = check.observe(None, f"owner={folder}", role="control", outside=outside)
    check.conclude(holds=is_own(protected) and protected.inside["owner"] == NOBODY
                   and _maps_only(protected.outside["uid"], check.caller.uid)
                   and _maps_only(protected.outside["gid"], check.caller.gid),
                   exposed=not is_own(control) and control.inside["owner"] == NEIGHBOURS,
                   expected="a map of the caller's own ids alone")
