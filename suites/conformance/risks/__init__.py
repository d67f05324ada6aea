# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-*: what the risk analysis claims of a node, and what it recommends.

A claim of the analysis that Linux does not bear out is an item with `claim: refuted` in the registry: its
check passes when it proves the refutation.
"""

import ctypes
from contextlib import contextmanager
from dataclasses import dataclass

from framework.caller import Caller
from framework.launchers import Inexpressible
from framework.launchers.redwrap import Redwrap

_LIBC = ctypes.CDLL(None, use_errno=True)
# prctl(2).
PR_CAPBSET_DROP, CAPABILITY_NUMBERS = 24, 64


@dataclass(frozen=True)
class Powerless(Caller):
    """A caller without any capability: root, too, has none after the exec, capabilities(7)."""

    def become(self):
        """Empty the bounding set, then take the identity."""
        for number in range(CAPABILITY_NUMBERS):
            _LIBC.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
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


def only_nodes_on_disk(check):
    """Raise Inexpressible for a launcher that reads no node from disk: the check is about its files."""
    if not isinstance(check.launcher, Redwrap):
        raise Inexpressible("the files of a node, which it does not read")
