# SPDX-License-Identifier: Apache-2.0
"""Monotonic and boot-time clock; see time_namespaces(7)."""

import time

from framework import minimal, verifies

from . import ITEM
from .identity import compare, is_own

CLOCKS = {"monotonic": time.CLOCK_MONOTONIC, "boottime": time.CLOCK_BOOTTIME}
# More seconds than any guest lives, and different for each clock.
OFFSETS = {"monotonic": 1_000_000, "boottime": 2_000_000}


def _now():
    return {name: time.clock_gettime(clock) for name, clock in CLOCKS.items()}


def _between(run, before, offsets):
    """Whether the node read each clock, less its offset, between two readings of the host's."""
    node, after = run.inside["clocks"], run.outside["clocks"]
    return all(before[name] <= node[name] - offsets.get(name, 0) <= after[name] for name in CLOCKS)


@verifies(ITEM + "time", needs=("namespace.time",))
def test_clocks(check):
    """The node's clocks are shifted and the host's go on; a shared namespace shows the host's clocks."""
    before = _now()

    def look(role, **config):
        return check.observe(minimal(**config), "clocks", role=role, outside=compare("time", clocks=_now))

    protected = look("protected", share_time="Disabled", time_offsets=OFFSETS)
    control = look("control", share_time="Enabled")
    check.conclude(holds=_between(protected, before, OFFSETS) and is_own(protected),
                   exposed=_between(control, before, {}) and not is_own(control),
                   expected="clocks of the node's own, shifted as configured, and the host's unchanged")
