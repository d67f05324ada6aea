# SPDX-License-Identifier: Apache-2.0
"""The clocks that a time namespace shifts, as host and node read them; see time_namespaces(7)."""

import time

CLOCKS = {"monotonic": time.CLOCK_MONOTONIC, "boottime": time.CLOCK_BOOTTIME}
# More seconds than any guest lives, and different for each clock.
OFFSETS = {"monotonic": 1_000_000, "boottime": 2_000_000}


def now():
    """Return the host's clocks: dict of name to seconds."""
    return {name: time.clock_gettime(clock) for name, clock in CLOCKS.items()}


def are_between(run, before, offsets):
    """Whether the node of a Run read each clock, less its offset, between two readings of the host's.

    before: the first; the second is what the run has as outside["clocks"]; offsets: dict of name to seconds.
    """
    node, after = run.inside["clocks"], run.outside["clocks"]
    return all(before[name] <= node[name] - offsets.get(name, 0) <= after[name] for name in CLOCKS)
