# SPDX-License-Identifier: Apache-2.0
"""Swap space: how much of it a node gets, and what happens when it has got much."""

import os
import signal

from framework import minimal, verifies
from framework.verdict import CONTROL, PROTECTED

from . import ITEM, groups
from .groups import prepare
from .tolerance import MEBIBYTE, SHARE
from .working import command, next_step, walk

NEEDS = ("cgroup.mode", "cgroup.controller.memory")
UNLIMITED = "max"
SIZE = 24 * MEBIBYTE


def _node(base, **memory):
    return minimal(share_all="Enabled", cgroups={"mem": memory}, **base)


def _swap(group):
    """Return what the host counts of a group's swap."""
    return {"swapped": group.number("memory.swap.current"), "events": group.table("memory.swap.events")}


@verifies(ITEM + "memory.swap.max", needs=(*NEEDS, "cgroup.item.memory.swap.max"))
def test_swap_max(check):
    """A node that wants all its memory swapped out gets no more swap than the limit, or none at all."""
    limit = 8 * MEBIBYTE
    _, base = prepare(check)
    some, none, control = (walk(check, _node(base, swap_max=value), [f"take={SIZE}", "page_out"], role=role,
                                outside=_swap)
                           for role, value in ((PROTECTED, limit), (PROTECTED, 0), (CONTROL, UNLIMITED)))
    check.conclude(holds=(0 < some.outside["swapped"] <= limit and some.inside["page_out"] >= SIZE - limit
                          and none.outside["swapped"] == 0 and none.inside["page_out"] == SIZE
                          and all(run.outside["events"]["max"] > 0 for run in (some, none))),
                   exposed=(control.outside["swapped"] > limit and control.inside["page_out"] < SIZE - limit
                            and control.outside["events"]["max"] == 0),
                   expected=f"at most {limit} of {SIZE} bytes swapped out, and none where the limit is 0")


@verifies(ITEM + "memory.swap.high", needs=(*NEEDS, "cgroup.item.memory.swap.high"))
def test_swap_high(check):
    """A node with more swapped out than the mark is slowed down when it takes more memory."""
    mark, more = 16 * MEBIBYTE, 8 * MEBIBYTE
    _, base = prepare(check)
    words = command([f"take={SIZE}", "page_out"], [f"take={more}"])
    with (check.start(_node(base, swap_high=mark), words) as slow,
          check.start(_node(base, swap_high=UNLIMITED), words, CONTROL) as free):
        slow.observe()
        free.observe()
        before = {running: _faults(running) for running in (slow, free)}
        slow.send("")
        next_step(free)
        for running in (slow, free):
            running.outside = {**_swap(groups.of(running)), "faults": _faults(running) - before[running]}
        # It would go on for minutes.
        os.kill(slow.pid, signal.SIGKILL)
    protected, control = slow.run, free.run
    check.conclude(holds=(protected.outside["swapped"] > mark and protected.outside["events"]["high"] > 0
                          and protected.outside["faults"] * SHARE < control.outside["faults"]),
                   exposed=control.outside["swapped"] > mark and control.outside["events"]["high"] == 0,
                   expected=f"throttled above {mark} bytes of swap, behind the control when that is done")


def _faults(running):
    """Return how many pages a node's processes have touched for the first time."""
    return groups.of(running).table("memory.stat")["pgfault"]
