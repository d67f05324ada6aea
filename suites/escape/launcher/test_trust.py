# SPDX-License-Identifier: Apache-2.0
"""Files of a node that somebody else owns, may write, or has put there (weakness W6)."""

import os
import shutil

from framework import export, minimal, nodes, verifies
from framework.caller import NEIGHBOUR
from framework.nodes import witness

from . import conclude, denied, items, permitted, secret

CONFIGURATION, STATUS = "etc/redpak.yaml", ".rednode.yaml"


def _give(name):
    return lambda node: os.chown(node / name, NEIGHBOUR.uid, NEIGHBOUR.gid)


def _open(name, mode):
    return lambda node: (node / name).chmod(mode)


def _link(node):
    """Let the configuration be a link to a copy that somebody else owns."""
    theirs = node / "etc/theirs.yaml"
    shutil.move(node / CONFIGURATION, theirs)
    os.chown(theirs, NEIGHBOUR.uid, NEIGHBOUR.gid)
    (node / CONFIGURATION).symlink_to(theirs)


# Technique: what is done to the node before it is started.
SPOILT = {
    "strangers-configuration": _give(CONFIGURATION),
    "writable-configuration": _open(CONFIGURATION, 0o666),
    "linked-configuration": _link,
    "strangers-status-file": _give(STATUS),
    "writable-status-file": _open(STATUS, 0o666),
    "strangers-directory": _give("etc"),
    "writable-directory": _open("etc", 0o777),
    "writable-directory-above": _open("..", 0o777),
}


@verifies(*items(*SPOILT))
def test_files_that_others_may_change(check):
    """Each node shows a secret, as whoever may change its files could have it do."""
    check.launcher.native("files of a node that others may change")
    marker = secret(check)
    node, read = minimal(export("Restricted", marker.parent)), witness(f"read_file={marker}")
    control = check.run(node, read, role="control")
    for name, spoil in SPOILT.items():
        place = check.place(node)
        spoil(place)
        run = check.run(place, read)
        conclude(check, name, "W6", holds=denied(check, run, "read_file"), runs=[run, control],
                 exposed=permitted(control, "read_file"), expected="the node refused")


@verifies(*items("planted-node-above", "node-two-directories-above"))
def test_a_node_is_planted_above(check):
    """A node directly above is a parent, unless somebody else made it; one farther above is none."""
    check.launcher.native("parents of a node")
    marker = secret(check)
    read = witness(f"read_file={marker}")

    def look(role, between=(), plant=False):
        above = check.place(minimal(export("Restricted", marker.parent)))
        below = above.joinpath(*between)
        below.mkdir(exist_ok=True)
        nodes.write(below / "leaf", minimal().text(check.build.witness), check.caller)
        if plant:
            # Everybody may make files there, but not take away those of others.
            os.chown(above, 0, 0)
            above.chmod(0o1777)
            for name in (STATUS, CONFIGURATION, "etc"):
                _give(name)(above)
        return check.run(below / "leaf", read, role=role)

    control, planted, far = look("control"), look("protected", plant=True), look("protected", ["between"])
    for name, run in (("planted-node-above", planted), ("node-two-directories-above", far)):
        conclude(check, name, "W6", holds=denied(check, run, "read_file"), runs=[run, control],
                 exposed=permitted(control, "read_file"), expected="nothing exported by that node")
