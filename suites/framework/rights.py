# SPDX-License-Identifier: Apache-2.0
"""Who may do what with a file: access lists, and what makes the files of a node somebody else's to change."""

import os
import struct

from .caller import NEIGHBOUR
from .nodes import CONFIGURATION, STATUS

# acl(5): tags of an entry, permissions, and the id of the entries that have none.
USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 1, 2, 4, 16, 32
READ, WRITE, EXECUTE, NO_ID = 4, 2, 1, 0xffffffff


def set_list(path, user, rights, others=0):
    """Give one user these rights to a file by an access ACL; the owner has all, the rest `others`."""
    entries = [(USER_OBJ, READ | WRITE | EXECUTE, NO_ID), (USER, rights, user.uid),
               (GROUP_OBJ, others, NO_ID), (MASK, rights, NO_ID), (OTHER, others, NO_ID)]
    value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    os.setxattr(path, "system.posix_acl_access", value)


def _given_away(name):
    return lambda node: NEIGHBOUR.own(node / name)


def _opened(name, mode):
    return lambda node: (node / name).chmod(mode)


def _opened_to_a_group(name):
    def spoil(node):
        os.chown(node / name, -1, NEIGHBOUR.gid)
        (node / name).chmod(0o664)
    return spoil


def _listed(name):
    return lambda node: set_list(node / name, NEIGHBOUR, READ | WRITE | EXECUTE, READ | EXECUTE)


def _linked(node):
    """The configuration becomes a link to somebody else's copy of it."""
    theirs = node.parent / "theirs.yaml"
    (node / CONFIGURATION).rename(theirs)
    NEIGHBOUR.own(theirs)
    (node / CONFIGURATION).symlink_to(theirs)


# What is done to a node that starts otherwise: functions of its directory, in a place of root's.
SPOILT = {
    "strangers-configuration": _given_away(CONFIGURATION), "strangers-status-file": _given_away(STATUS),
    "strangers-directory": _given_away("etc"), "strangers-node": _given_away("."),
    "writable-configuration": _opened(CONFIGURATION, 0o666),
    "configuration-of-a-group": _opened_to_a_group(CONFIGURATION),
    "writable-status-file": _opened(STATUS, 0o646), "writable-directory": _opened("etc", 0o777),
    "writable-node": _opened(".", 0o757), "writable-directory-above": _opened("..", 0o777),
    "listed-configuration": _listed(CONFIGURATION), "listed-directory": _listed("etc"),
    "linked-configuration": _linked,
}
