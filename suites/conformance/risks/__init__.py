# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-*: what the risk analysis claims of a node, and what it recommends.

A claim of the analysis that Linux does not bear out is an item with `claim: refuted` in the registry: its
check passes when it proves the refutation.
"""

import os
import struct
from contextlib import contextmanager
from dataclasses import dataclass

from framework.caller import CALLERS, Caller
from framework.libc import LIBC
from framework.verdict import PROTECTED

# prctl(2).
PR_CAPBSET_DROP, CAPABILITY_NUMBERS = 24, 64
# acl(5): tags of an entry, permissions, and the id of the entries that have none.
USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 1, 2, 4, 16, 32
READ, WRITE, EXECUTE, NO_ID = 4, 2, 1, 0xffffffff
TEMPLATE = "headers: {alias: template}\nconfig: {umask: 027}\n"


@dataclass(frozen=True)
class Powerless(Caller):
    """A caller without any capability: root, too, has none after the exec, capabilities(7)."""

    def become(self):
        """Empty the bounding set, then take the identity."""
        for number in range(CAPABILITY_NUMBERS):
            LIBC.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
        super().become()


def powerless(caller):
    """Return the Caller's identity without its capabilities."""
    return Powerless(caller.name, caller.uid, caller.gid)


@contextmanager
def acting(check, caller):
    """Have the check's runs started by another Caller meanwhile."""
    own, check.caller = check.caller, caller
    try:
        yield
    finally:
        check.caller = own


def redconf(check, *words, umask="022", role=PROTECTED):
    """Run redconf, by no launcher, and return the Run. Raises Inexpressible for a launcher without one."""
    command = [check.launcher.companion("redconf"), *map(str, words)]
    return check.run(None, ["/bin/sh", "-c", 'umask "$0" && exec "$@"', umask, *command], role=role)


def creation(check, node):
    """Return the words with which redconf makes the directory `node` a node, by templates of the check's."""
    folder = check.scratch(owner=CALLERS["root"])
    for name in ("normal", "admin"):
        (folder / name).write_text(TEMPLATE, encoding="utf-8")
    return "create", "--config", folder / "normal", "--config-adm", folder / "admin", "--alias", "made", node


def set_list(path, user, rights, others=0):
    """Give one user these rights to a file by an access ACL; the owner has all, the rest `others`."""
    entries = [(USER_OBJ, READ | WRITE | EXECUTE, NO_ID), (USER, rights, user.uid),
               (GROUP_OBJ, others, NO_ID), (MASK, rights, NO_ID), (OTHER, others, NO_ID)]
    value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    os.setxattr(path, "system.posix_acl_access", value)
