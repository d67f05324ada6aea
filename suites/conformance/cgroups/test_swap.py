# SPDX-License-Identifier: Apache-2.0
"""Swap space: how much of it a node gets, and what happens when it has got much."""

import os
import signal
from pathlib import Path

from framework import verifies
from framework.verdict import CONTROL, PROTECTED

from . import ITEM
from .groups import prepare
from .tolerance import MEBIBYTE, SHARE
from .working import at_work, memory_node, walk

NEEDS = ("cgroup.mode", "cgroup.controller.memory")
UNLIMITED = "max"
SIZE = 12 * MEBIBYTE


def _swap(group):
    """Return what the host counts of a group's swap."""
    return {"swapped": group.number("memory.swap.current"), "events": group.table("memory.swap.events")}


def _faults(worker):
    """Return how many pages the payload has touched for the first time; minflt in proc(5)."""
    return int(Path(f"/proc/{worker.running.pid}/stat").read_text().rpartition(")")[2].split()[7])


@verifies(ITEM + "memory.swap.max", needs=(*NEEDS, "cgroup.item.memory.swap.max"))
def test_swap_max(check):
    """A node that wants all its memory swapped out gets no more swap than the limit, or none at all."""
    limit = 4 * MEBIBYTE
    _, base = prepare(check)
    steps = [f"take={SIZE}", "page_out", "taken"]
    some, none, control = (walk(check, memory_node(base, swap_max=value), steps, role=role, outside=_swap)
                           for role, value in ((PROTECTED, limit), (PROTECTED, 0), (CONTROL, UNLIMITED)))
    check.conclude(holds=(0 < some.outside["swapped"] <= limit and some.inside["taken"]["swapped"] <= limit
                          and none.outside["swapped"] == 0 and none.inside["taken"]["swapped"] == 0
                          and all(run.outside["events"]["max"] > 0 for run in (some, none))),
                   exposed=(control.outside["swapped"] > limit and control.inside["taken"]["swapped"] > limit
                            and control.outside["events"]["max"] == 0),
                   expected=f"at most {limit} of {SIZE} bytes swapped out, and none where the limit is 0")


@verifies(ITEM + "memory.swap.high", needs=(*NEEDS, "cgroup.item.memory.swap.high"))
def test_swap_high(check):
    """A node with more swapped out than the mark is slowed down when it takes more memory."""
    mark, more = 4 * MEBIBYTE, 4 * MEBIBYTE
    _, base = prepare(check)
    nodes = {PROTECTED: memory_node(base, swap_high=mark), CONTROL: memory_node(base, swap_high=UNLIMITED)}
    with at_work(check, nodes, [f"take={SIZE}", "page_out"], [f"take={more}"]) as workers:
        slow, free = workers[PROTECTED], workers[CONTROL]
        before = {worker: _faults(worker) for worker in (slow, free)}
        slow.go()
        slow.until(lambda _group: _faults(slow) > before[slow])
        free.go()
        free.take()
        for worker in (slow, free):
            worker.running.outside = {**_swap(worker.group), "faults": _faults(worker) - before[worker]}
        # It would go on for long.
        os.kill(slow.running.pid, signal.SIGKILL)
    protected, control = slow.run, free.run
    check.conclude(holds=(protected.outside["swapped"] > mark and protected.outside["events"]["high"] > 0
                          and protected.outside["faults"] * SHARE < control.outside["faults"]),
                   exposed=control.outside["swapped"] > mark and control.outside["events"]["high"] == 0,
                   expected=f"throttled above {mark} bytes of swap, behind the control when that is done")
