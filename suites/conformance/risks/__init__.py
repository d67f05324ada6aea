# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-*: what the risk analysis claims of a node, and what it recommends.

A claim of the analysis that Linux does not bear out is an item with `claim: refuted` in the registry: its
check passes when it proves the refutation.
"""

from dataclasses import dataclass

from framework.caller import Caller
from framework.libc import LIBC

# prctl(2).
PR_CAPBSET_DROP, CAPABILITY_NUMBERS = 24, 64


@dataclass(frozen=True)
class Powerless(Caller):
    """A caller without any capability: root, too, has none after the exec, capabilities(7)."""

    def become(self):
        """Empty the bounding set, then take the identity."""
        for number in range(CAPABILITY_NUMBERS):
            LIBC.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
        super().become()
