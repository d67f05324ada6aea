# SPDX-License-Identifier: Apache-2.0
"""Groups above and below a node's: limits that come from above, and processes that are anywhere in it."""

import os
from contextlib import suppress

from framework import minimal, verifies
from framework.nodes import witness
from framework.patience import wait_until
from framework.process import descendants
from framework.verdict import CONTROL, PROTECTED

from . import ITEM, groups
from .groups import prepare
from .test_memory import allow_locking
from .tolerance import MEBIBYTE
from .working import memory_node

ISOLATION = "REDPAK.HRQ-R-RED-SET-ISO-PRO/"
NEEDS = ("cgroup.mode", "cgroup.controller.memory", "cgroup.controller.cpuset")
UNLIMITED = "max"
LESS, SIZE, MORE = 12 * MEBIBYTE, 16 * MEBIBYTE, 64 * MEBIBYTE
TAKE = f"take_in_child={SIZE}"


@verifies(ISOLATION + "nested", ITEM + "memory.max", ITEM + "cpuset.cpus",
          needs=(*NEEDS, "cgroup.item.memory.max", "cgroup.item.cpuset.cpus"))
def test_limits_of_the_parent_node(check):
    """A node is held by the limits of the node above it, though its own would let it have more."""
    _, base = prepare(check)
    allow_locking(check)
    processors = sorted(os.sched_getaffinity(0))

    def node(most, chosen):
        limits = {"mem": {"max": most}, "cpuset": {"cpus": ",".join(map(str, chosen))}}
        return minimal(share_all="Enabled", cgroups=limits, **base)

    def look(most, chosen, role):
        child = check.place(node(MORE, processors), below=check.place(node(most, chosen)))
        return check.observe(child, TAKE, "processors", role=role)

    protected, control = look(LESS, processors[-1:], PROTECTED), look(MORE, processors, CONTROL)
    killed, held = ({"holds": protected.inside[name] == seen, "exposed": control.inside[name] == free != seen}
                    for name, seen, free in (("take_in_child", ["KILL"], [None]),
                                             ("processors", processors[-1:], processors)))
    for item, verdict in ((ITEM + "memory.max", killed), (ITEM + "cpuset.cpus", held)):
        check.conclude(item, **verdict, expected="the parent's limit to bind its child")
    check.conclude(ISOLATION + "nested", holds=killed["holds"] and held["holds"],
                   exposed=killed["exposed"] and held["exposed"],
                   expected="the memory and the processors of the node above, and no more")


@verifies(ITEM + "memory.max", needs=(*NEEDS, "cgroup.item.memory.max"))
def test_limit_of_the_group_above(check):
    """The node's group is in the group that it is to be in: what that one is refused, the node is."""
    above, base = prepare(check, own=True)
    allow_locking(check)

    def look(most, role):
        above.write("memory.max", str(most))
        return check.observe(memory_node(base, max=MORE), TAKE, role=role,
                             outside=lambda running: above.table("memory.events")["oom_kill"])

    protected, control = look(LESS, PROTECTED), look(UNLIMITED, CONTROL)
    check.conclude(holds=protected.inside["take_in_child"] == ["KILL"],
                   exposed=control.inside["take_in_child"] == [None] and control.outside == protected.outside,
                   expected=f"{SIZE} bytes killed where the group above has a limit of {LESS}")


def _alive(pids):
    """Return those of these processes that are in a group still."""
    found = []
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            groups.path_of(pid)
            found.append(pid)
    return found


@verifies(ISOLATION + "destruction", ISOLATION + "lifetime",
          needs=("cgroup.mode", "cgroup.kill", "cgroup.controller.pids"))
def test_whole_group(check):
    """All of a node, whatever sessions and PID namespace it is in, is in its group: it dies with that.

    Then the node is at its end, and its group is removed. Another node goes on.
    """
    _, base = prepare(check)
    place = minimal(share_all="Enabled", cgroups={"pids": {"max": 100}}, **base)

    with check.start(place, witness("family"), PROTECTED) as one:
        with check.start(place, witness("family", "--", "pid"), CONTROL) as other:
            for running in (one, other):
                running.observe()
            group, members = groups.of(one), [one.pid, *descendants(one.pid)]
            others = [other.pid, *descendants(other.pid)]
            group.write("cgroup.kill", "1")
            wait_until(lambda: not _alive(members) and one.process.poll() is not None)
            one.outside = {"members": len(members), "alive": _alive(members), "status": one.status,
                           "group": group.path.exists()}
            other.send("")
            other.outside = {"answers": "pid" in other.observe(), "alive": _alive(others) == others}
    for item in ("destruction", "lifetime"):
        check.conclude(ISOLATION + item,
                       holds=one.run.outside == {"members": 3, "alive": [], "status": 137, "group": False},
                       exposed=other.run.outside == {"answers": True, "alive": True},
                       expected="no process, no group and no launcher left of a node whose group is killed")
