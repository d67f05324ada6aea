# SPDX-License-Identifier: Apache-2.0
"""Which processors and which NUMA nodes a node's processes use, and others do not."""

import os

from framework import minimal, verifies
from framework.process import status
from framework.verdict import CONTROL, PROTECTED

from . import ITEM
from .groups import ROOT, prepare
from .tolerance import MEBIBYTE, MEMORY
from .working import at_work

NEEDS = ("cgroup.mode", "cgroup.controller.cpuset")
SIZE = 8 * MEBIBYTE


def _processors():
    """Return (all processors, the last one alone) as lists."""
    everything = sorted(os.sched_getaffinity(0))
    return everything, everything[-1:]


def _list(numbers):
    """Return numbers in the form of cpuset.cpus."""
    return ",".join(map(str, numbers))


@verifies(ITEM + "cpuset.cpus", needs=(*NEEDS, "cgroup.item.cpuset.cpus"))
def test_cpuset_cpus(check):
    """A node with one processor runs on no other, however it tries."""
    _, base = prepare(check)
    everything, chosen = _processors()

    def look(numbers, role):
        node = minimal(share_all="Enabled", cgroups={"cpuset": {"cpus": _list(numbers)}}, **base)
        with at_work(check, {role: node}, ["affinity"], ["processors"]) as workers:
            worker = workers[role]
            pid = worker.running.pid
            worker.running.outside = {"status": status(pid)["Cpus_allowed_list"],
                                      "affinity": sorted(os.sched_getaffinity(pid))}
            worker.go()
            worker.take()
        return worker.run

    def is_on(run, numbers):
        return run.inside["affinity"] == run.inside["processors"] == run.outside["affinity"] == numbers

    protected, control = look(chosen, PROTECTED), look(everything, CONTROL)
    check.conclude(holds=is_on(protected, chosen),
                   exposed=chosen != everything and is_on(control, everything),
                   expected=f"only the processors {chosen} of {everything}")


def _take_on(check, base, nodes, role):
    """Take memory on processor 0 in a node that has these NUMA nodes. Returns the Run."""
    node = minimal(share_all="Enabled", cgroups={"cpuset": {"mems": _list(nodes)}, "mem": {"max": "max"}},
                   **base)
    with at_work(check, {role: node}, ["processors"], [f"take={SIZE}", "memory_nodes"]) as workers:
        worker = workers[role]
        os.sched_setaffinity(worker.running.pid, {0})
        worker.go()
        worker.take()
        worker.running.outside = worker.group.nested("memory.numa_stat")["anon"]
    return worker.run


def _is_all_on(run, chosen):
    """Say whether what the run took is on one NUMA node; its stack may have come before."""
    elsewhere = sum(size for node, size in run.outside.items() if node != f"N{chosen}")
    return (run.inside["memory_nodes"] == {str(chosen): SIZE}
            and run.outside[f"N{chosen}"] > SIZE - MEMORY and elsewhere < MEMORY)


@verifies(ITEM + "cpuset.mems",
          needs=(*NEEDS, "cgroup.item.cpuset.mems", "cgroup.controller.memory"))
def test_cpuset_mems(check):
    """Memory comes from the chosen NUMA node, though the processor is near another."""
    _, base = prepare(check)
    near, far = 0, 1
    protected = _take_on(check, base, [far], PROTECTED)
    control = _take_on(check, base, [near, far], CONTROL)
    check.conclude(holds=_is_all_on(protected, far), exposed=_is_all_on(control, near),
                   expected=f"all memory on NUMA node {far}; where both are allowed, on {near}")


def _usable():
    """Return the processors on which a process outside the node can run: this one, which tries."""
    usable = []
    try:
        for processor in range(os.cpu_count()):
            try:
                os.sched_setaffinity(0, {processor})
            except OSError:
                continue
            usable.append(processor)
    finally:
        # All: what it is given now stays with it when it has them again.
        os.sched_setaffinity(0, range(os.cpu_count()))
    return usable


@verifies(ITEM + "cpuset.cpus.partition", needs=(*NEEDS, "cgroup.item.cpuset.cpus.partition"),
          callers=("root",))
def test_cpuset_cpus_partition(check):
    """The processors of a partition are the node's alone: nobody outside can run there.

    Only root has a parent group that can give processors away here: the root group.
    """
    _, base = prepare(check)
    everything, chosen = _processors()
    others = [processor for processor in everything if processor not in chosen]

    def outside(_running):
        return {"effective": ROOT.text("cpuset.cpus.effective"), "others": _usable()}

    def look(kind, role):
        cpuset = {"cpus": _list(chosen), "cpus_partition": kind}
        node = minimal(share_all="Enabled", cgroups={"cpuset": cpuset}, **base)
        return check.observe(node, "processors", role=role, outside=outside)

    protected, control = look("root", PROTECTED), look("member", CONTROL)
    check.conclude(holds=(protected.inside["processors"] == chosen
                          and protected.outside == {"effective": _list(others), "others": others}),
                   exposed=control.outside["others"] == everything,
                   expected=f"nobody but the node on the processors {chosen}")
