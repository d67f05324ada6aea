# SPDX-License-Identifier: Apache-2.0
"""Files of a node that somebody else owns, may write, or has put there (weakness W6)."""

from framework import export, minimal, verifies
from framework.caller import CALLERS, NEIGHBOUR
from framework.nodes import CONFIGURATION, STATUS, witness
from framework.rights import SPOILT

from . import conclude, denied, items, permitted, secret

# Ways to spoil a node; rights.py says what each does to it.
TECHNIQUES = ("strangers-configuration", "writable-configuration", "linked-configuration",
              "strangers-status-file", "writable-status-file", "strangers-directory", "writable-directory",
              "writable-directory-above")


@verifies(*items(*TECHNIQUES))
def test_files_that_others_may_change(check):
    """Each node shows a secret, as whoever may change its files could have it do."""
    check.launcher.native("files of a node that others may change")
    marker = secret(check)
    node, read = minimal(export("Restricted", marker.parent)), witness(f"read_file={marker}")
    control = check.run(node, read, role="control")
    for name in TECHNIQUES:
        place = check.place(node)
        SPOILT[name](place)
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
        leaf = check.place(minimal(), below=below)
        if plant:
            # Everybody may make files there, but not take away those of others.
            CALLERS["root"].own(above)
            above.chmod(0o1777)
            for name in (STATUS, CONFIGURATION, "etc"):
                NEIGHBOUR.own(above / name)
        return check.run(leaf, read, role=role)

    control, planted, far = look("control"), look("protected", plant=True), look("protected", ["between"])
    for name, run in (("planted-node-above", planted), ("node-two-directories-above", far)):
        conclude(check, name, "W6", holds=denied(check, run, "read_file"), runs=[run, control],
                 exposed=permitted(control, "read_file"), expected="nothing exported by that node")
