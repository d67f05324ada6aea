# SPDX-License-Identifier: Apache-2.0
"""Root in the node only: map-root-user (weakness F14); see user_namespaces(7)."""

from pathlib import Path

from framework import export, minimal, verifies
from framework.caller import CALLERS

from . import ITEM

PAYLOAD = CALLERS["user"]
ROOT, HIMSELF = {"uid": 0, "gid": 0}, {"uid": PAYLOAD.uid, "gid": PAYLOAD.gid}


def _maps(running):
    """Return the words of each map: the first id inside, the first outside, how many."""
    return {kind: Path(f"/proc/{running.pid}/{kind}_map").read_text(encoding="ascii").split()
            for kind in HIMSELF}


def _is_seen_as(run, ids):
    """Whether he is called by these ids in the node, and nobody else has one there."""
    return (run.inside["owner"] == ids
            and all(run.outside[kind] == [str(ids[kind]), str(HIMSELF[kind]), "1"] for kind in ids))


def _files(check):
    """Return an export of a directory of his, and what has the caller start a program as him."""
    who = {} if check.caller == PAYLOAD else {"set-user": PAYLOAD.uid, "set-group": PAYLOAD.gid}
    return export("Restricted", "/data", check.scratch(owner=PAYLOAD)), {**who, "share_user": "Disabled"}


@verifies(ITEM + "root-inside", needs=("namespace.user",))
def test_root_inside(check):
    """What belongs to an ordinary user belongs to root in his node; also where root starts it for him."""
    files, who = _files(check)

    def look(root, role):
        return check.observe(minimal(files, **who, **{"map-root-user": root}), "owner=/data", role=role,
                             outside=_maps)

    protected, control = look(1, "protected"), look(0, "control")
    check.conclude(holds=_is_seen_as(protected, ROOT), exposed=_is_seen_as(control, HIMSELF),
                   expected="his files root's in the node, and root of the node mapped to him")


@verifies(ITEM + "root-inside", needs=("namespace.user",))
def test_root_in_the_node_above(check):
    """Where the node above says so, the node may say otherwise (weakness F16)."""
    check.launcher.native("parents of a node")
    files, who = _files(check)

    def look(role, **config):
        above = check.place(minimal(**{"map-root-user": 1}))
        child = check.place(minimal(files, **who, **config), below=above)
        return check.observe(child, "owner=/data", role=role, outside=_maps)

    protected, control = look("protected", **{"map-root-user": 0}), look("control")
    check.conclude(holds=_is_seen_as(protected, HIMSELF), exposed=_is_seen_as(control, ROOT),
                   expected="his files his in the node")
