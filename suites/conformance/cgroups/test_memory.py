# SPDX-License-Identifier: Apache-2.0
"""Memory: what is refused, what is reclaimed, and what is left alone."""

import resource

from framework import minimal, verifies
from framework.nodes import witness
from framework.verdict import CONTROL, PROTECTED

from . import ITEM, groups
from .groups import prepare
from .tolerance import MEBIBYTE, MEMORY
from .working import next_step, walk, with_inside

NEEDS = ("cgroup.mode", "cgroup.controller.memory")
RIVAL, CONTROL_RIVAL = "rival", "rival of the control"
UNLIMITED = "max"
KILLED = 128 + 9


def _node(base, **memory):
    return minimal(share_all="Enabled", cgroups={"mem": memory}, **base)


def _allow_locking(check):
    """Let everybody lock memory, so that no swap device comes between an allocation and the limit."""
    check.at_end(resource.setrlimit, resource.RLIMIT_MEMLOCK, resource.getrlimit(resource.RLIMIT_MEMLOCK))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@verifies(ITEM + "memory.max", needs=(*NEEDS, "cgroup.item.memory.max"))
def test_memory_max(check):
    """A process that takes more than the limit is killed, one that takes less is not."""
    limit, below, above = 32 * MEBIBYTE, 16 * MEBIBYTE, 48 * MEBIBYTE
    _, base = prepare(check)
    _allow_locking(check)
    runs = {}
    for role, value in ((PROTECTED, limit), (CONTROL, UNLIMITED)):
        node = check.place(_node(base, max=value))
        runs[role] = [walk(check, node, [f"take_in_child={size}"], role=role,
                           outside=lambda group: group.table("memory.events")) for size in (below, above)]
        runs[role].append(check.run(node, witness("lock", f"take={above}"), role))
    small, large, whole = runs[PROTECTED]
    check.conclude(holds=(small.inside["take_in_child"] is None and small.outside["oom_kill"] == 0
                          and large.inside["take_in_child"] == "KILL" and large.outside["oom_kill"] == 1
                          and whole.status == KILLED),
                   exposed=(all(run.inside["take_in_child"] is None and run.outside["oom_kill"] == 0
                                for run in runs[CONTROL][:2]) and runs[CONTROL][2].status == 0),
                   expected=f"{above} bytes killed and {below} bytes not, with a limit of {limit}")


@verifies(ITEM + "memory.high", needs=(*NEEDS, "cgroup.item.memory.high"))
def test_memory_high(check):
    """A node that takes more than the mark is throttled, and the excess reclaimed."""
    mark, size = 16 * MEBIBYTE, 32 * MEBIBYTE
    _, base = prepare(check)

    def outside(group):
        return {"current": group.number("memory.current"), "events": group.table("memory.events")}

    protected, control = (walk(check, _node(base, high=value), [f"take={size}", "resident"], role=role,
                               outside=outside) for role, value in ((PROTECTED, mark), (CONTROL, UNLIMITED)))
    check.conclude(holds=(protected.outside["events"]["high"] > 0
                          and protected.outside["current"] <= mark + MEMORY
                          and protected.inside["resident"] <= mark + MEMORY),
                   exposed=(control.outside["events"]["high"] == 0 and control.outside["current"] >= size
                            and control.inside["resident"] == size),
                   expected=f"throttled, and no more than {mark} of {size} bytes in memory")


def _press(check, role, rival, protection):
    """Have two nodes take memory, then reclaim more from both together than the rival has."""
    size = 24 * MEBIBYTE
    base, config = prepare(check, own=True)
    # A protection counts only as far as the groups above give it.
    base.write("memory.min", "max")
    words = witness(f"take={size}", "--", "resident")
    with (check.start(_node(config, min=protection), words, role) as first,
          check.start(_node(config, min=0), words, rival) as second):
        inside = [first.observe(), second.observe()]
        base.write("memory.high", str(size // 2))
        base.write("memory.high", UNLIMITED)
        for running, seen in zip((first, second), inside):
            seen |= next_step(running)
            group = groups.of(running)
            running.outside = {"current": group.number("memory.current"),
                               "swapped": group.number("memory.swap.current")}
    return with_inside(first, inside[0]), with_inside(second, inside[1])


@verifies(ITEM + "memory.min", needs=(*NEEDS, "cgroup.item.memory.min"))
def test_memory_min(check):
    """Under pressure the node keeps its memory and its rival loses it; unprotected, it loses too."""
    protection = 24 * MEBIBYTE
    protected, rival = _press(check, PROTECTED, RIVAL, protection)
    control, _ = _press(check, CONTROL, CONTROL_RIVAL, 0)

    def keeps(run):
        least = protection - MEMORY
        return run.inside["resident"] >= least and run.outside["current"] >= least

    check.conclude(holds=keeps(protected) and not keeps(rival), exposed=not keeps(control),
                   expected=f"{protection} bytes kept in memory while the rival's are swapped out")
