# SPDX-License-Identifier: Apache-2.0
"""Memory: what is refused, what is reclaimed, and what is left alone."""

import resource

from framework import verifies
from framework.nodes import witness
from framework.verdict import CONTROL, PROTECTED

from . import ITEM
from .groups import prepare
from .tolerance import MEBIBYTE, MEMORY
from .working import at_work, memory_node, walk

NEEDS = ("cgroup.mode", "cgroup.controller.memory")
RIVAL, CONTROL_RIVAL = "rival", "rival of the control"
UNLIMITED = "max"
KILLED = 128 + 9


def allow_locking(check):
    """Let everybody lock memory, so that no swap device comes between an allocation and the limit."""
    check.at_end(resource.setrlimit, resource.RLIMIT_MEMLOCK, resource.getrlimit(resource.RLIMIT_MEMLOCK))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@verifies(ITEM + "memory.max", needs=(*NEEDS, "cgroup.item.memory.max"))
def test_memory_max(check):
    """A process that takes more than the limit is killed, one that takes less is not."""
    limit, below, above = 12 * MEBIBYTE, 8 * MEBIBYTE, 16 * MEBIBYTE
    _, base = prepare(check)
    allow_locking(check)

    def look(value, role):
        node = check.place(memory_node(base, max=value))
        children = walk(check, node, [f"take_in_child={below},{above}"], role=role,
                        outside=lambda group: group.table("memory.events"))
        return children, check.run(node, witness("lock", f"take={above}"), role)

    children, payload = look(limit, PROTECTED)
    free_children, free_payload = look(UNLIMITED, CONTROL)
    check.conclude(holds=(children.inside["take_in_child"] == [None, "KILL"]
                          and children.outside["oom_kill"] == 1 and payload.status == KILLED),
                   exposed=(free_children.inside["take_in_child"] == [None, None]
                            and free_children.outside["oom_kill"] == 0 and free_payload.status == 0),
                   expected=f"{above} bytes killed and {below} bytes not, with a limit of {limit}")


@verifies(ITEM + "memory.high", needs=(*NEEDS, "cgroup.item.memory.high"))
def test_memory_high(check):
    """A node that takes more than the mark is throttled, and the excess reclaimed."""
    mark, size = 8 * MEBIBYTE, 16 * MEBIBYTE
    _, base = prepare(check)

    def outside(group):
        return {"current": group.number("memory.current"), "events": group.table("memory.events")}

    protected, control = (walk(check, memory_node(base, high=value), [f"take={size}", "taken"], role=role,
                               outside=outside) for role, value in ((PROTECTED, mark), (CONTROL, UNLIMITED)))
    check.conclude(holds=(protected.outside["events"]["high"] > 0
                          and protected.outside["current"] <= mark + MEMORY
                          and protected.inside["taken"]["present"] <= mark + MEMORY),
                   exposed=(control.outside["events"]["high"] == 0 and control.outside["current"] >= size
                            and control.inside["taken"]["present"] == size),
                   expected=f"throttled, and no more than {mark} of {size} bytes in memory")


def _press(check, role, rival, protection):
    """Have two nodes take memory, then reclaim more from both together than the rival has."""
    size = 12 * MEBIBYTE
    base, config = prepare(check, own=True)
    # A protection counts only as far as the groups above give it.
    base.write("memory.min", "max")
    nodes = {role: memory_node(config, min=protection), rival: memory_node(config, min=0)}
    with at_work(check, nodes, [f"take={size}"], ["taken"]) as workers:
        base.write("memory.high", str(size // 2))
        base.write("memory.high", UNLIMITED)
        for worker in workers.values():
            worker.go()
            worker.take()
            worker.running.outside = {"current": worker.group.number("memory.current"),
                                      "swapped": worker.group.number("memory.swap.current")}
    return [worker.run for worker in workers.values()]


@verifies(ITEM + "memory.min", needs=(*NEEDS, "cgroup.item.memory.min"))
def test_memory_min(check):
    """Under pressure the node keeps its memory and its rival loses it; unprotected, it loses too."""
    protection = 12 * MEBIBYTE
    protected, rival = _press(check, PROTECTED, RIVAL, protection)
    control, _ = _press(check, CONTROL, CONTROL_RIVAL, 0)

    def keeps(run):
        least = protection - MEMORY
        return run.inside["taken"]["present"] >= least and run.outside["current"] >= least

    check.conclude(holds=keeps(protected) and not keeps(rival), exposed=not keeps(control),
                   expected=f"{protection} bytes kept in memory while the rival's are swapped out")
