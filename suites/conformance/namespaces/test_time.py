# SPDX-License-Identifier: Apache-2.0
"""Monotonic and boot-time clock; see time_namespaces(7)."""

from framework import minimal, verifies

from . import ITEM
from .clocks import OFFSETS, are_between, now
from .identity import compare, conclude_both, is_own


@verifies(ITEM + "time", needs=("namespace.time",))
def test_clocks(check):
    """The node's clocks are shifted and the host's go on; a shared namespace shows the host's clocks."""
    before = now()

    def look(role, **config):
        return check.observe(minimal(**config), "clocks", role=role, outside=compare("time", clocks=now))

    own = look("protected", share_time="Disabled", time_offsets=OFFSETS)
    shared = look("control", share_time="Enabled")
    conclude_both(check, own, shared, isolated=are_between(own, before, OFFSETS) and is_own(own),
                  open=are_between(shared, before, {}) and not is_own(shared),
                  expected="clocks of the node's own, shifted as configured, and the host's unchanged")
