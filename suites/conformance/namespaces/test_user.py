# SPDX-License-Identifier: Apache-2.0
"""Ids and capabilities over objects of the host; see user_namespaces(7)."""

import os
from pathlib import Path

from framework import export, minimal, verifies
from framework.caller import NEIGHBOUR

from . import ITEM
from .identity import compare, is_own

OVERFLOW = 65534


@verifies(ITEM + "user", needs=("namespace.user",), callers=("root",))
def test_power_over_the_host(check):
    """Capabilities kept by the node, even all of them, do not count for a file of somebody else."""
    folder = check.scratch(owner=NEIGHBOUR)
    secret = folder / "secret"
    secret.write_text("secret\n")
    secret.chmod(0o600)

    def look(share, role):
        node = minimal(export("Restricted", "/data", folder), share_user=share, capabilities={"ALL": 1})
        return check.observe(node, "owner=/data", "read_file=/data/secret", role=role,
                             outside=compare("user"))

    secret_owner = {"uid": NEIGHBOUR.uid, "gid": NEIGHBOUR.gid}
    os.chown(secret, *secret_owner.values())
    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    check.conclude(holds=protected.inside["read_file"]["errno"] == "EACCES" and is_own(protected)
                   and protected.inside["owner"] == {"uid": OVERFLOW, "gid": OVERFLOW},
                   exposed=control.inside["read_file"]["permitted"] and not is_own(control)
                   and control.inside["owner"] == secret_owner,
                   expected="the file refused in spite of all capabilities, its owner unknown in the node")


def _map_of(number):
    """The words of /proc/PID/uid_map that map one id to itself."""
    return [str(number), str(number), "1"]


@verifies(ITEM + "user", needs=("namespace.user.unprivileged",), callers=("user",))
def test_map_of_a_user(check):
    """An ordinary user's node maps that user's ids and no others; without a launcher all are mapped."""
    def outside(running):
        maps = {kind: Path(f"/proc/{running.pid}/{kind}_map").read_text(encoding="utf-8").split()
                for kind in ("uid", "gid")}
        return {**compare("user")(running), **maps}

    folder = check.scratch(owner=NEIGHBOUR)
    protected = check.observe(minimal(export("Restricted", "/data", folder)), "owner=/data", outside=outside)
    control = check.observe(None, f"owner={folder}", role="control", outside=outside)
    check.conclude(holds=is_own(protected) and protected.inside["owner"] == {"uid": OVERFLOW, "gid": OVERFLOW}
                   and protected.outside["uid"] == _map_of(check.caller.uid)
                   and protected.outside["gid"] == _map_of(check.caller.gid),
                   exposed=not is_own(control)
                   and control.inside["owner"] == {"uid": NEIGHBOUR.uid, "gid": NEIGHBOUR.gid},
                   expected="a map of the caller's own ids alone")
