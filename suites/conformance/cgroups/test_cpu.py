# SPDX-License-Identifier: Apache-2.0
"""Processor time under contention: two nodes on one processor."""

import os

from framework import minimal, verifies
from framework.verdict import CONTROL, PROTECTED

from . import ITEM
from .groups import prepare
from .tolerance import SHARE, is_near
from .working import race, share

NEEDS = ("cgroup.mode", "cgroup.controller.cpu")
RIVAL, CONTROL_RIVAL = "rival", "rival of the control"
USED = "usage_usec"
# Microseconds of both together: many slices of the scheduler, and ten periods of cpu.max.
ENOUGH = 1_000_000
WEIGHT, RIVALS_WEIGHT = 400, 100
QUOTA, PERIOD = 20000, 100000


def _compete(check, base, role, rival, limits, rivals_limits):
    """Let two nodes spin on the last processor; returns their Runs by role."""
    processor = max(os.sched_getaffinity(0))

    def node(cpu):
        return minimal(share_all="Enabled", cgroups={"cpu": cpu}, **base)

    return race(check, {role: node(limits), rival: node(rivals_limits)}, [("spin", USED, ENOUGH)],
                lambda group: group.table("cpu.stat"),
                lambda running: os.sched_setaffinity(running.pid, {processor}))


def _inside(runs, one, other):
    """Return the ratio of processor time as the processes themselves counted it."""
    return runs[one].inside["spin"] / max(1, runs[other].inside["spin"])


@verifies(ITEM + "cpu.weight", needs=(*NEEDS, "cgroup.item.cpu.weight"))
def test_cpu_weight(check):
    """A node with four times the weight gets four times the processor time."""
    _, base = prepare(check)
    plain = {"weight": RIVALS_WEIGHT}
    runs = (_compete(check, base, PROTECTED, RIVAL, {"weight": WEIGHT}, plain)
            | _compete(check, base, CONTROL, CONTROL_RIVAL, plain, plain))
    ratio = WEIGHT / RIVALS_WEIGHT
    weighted = share(runs, PROTECTED, RIVAL, USED), _inside(runs, PROTECTED, RIVAL)
    equal = share(runs, CONTROL, CONTROL_RIVAL, USED), _inside(runs, CONTROL, CONTROL_RIVAL)
    check.conclude(holds=all(is_near(got, ratio) for got in weighted),
                   exposed=all(is_near(got, 1) for got in equal),
                   expected=f"{ratio} times the rival's processor time; with equal weights as much as it",
                   attributes={"weighted": weighted, "equal": equal})


@verifies(ITEM + "cpu.max", needs=(*NEEDS, "cgroup.item.cpu.max"))
def test_cpu_max(check):
    """A node with a quota is throttled and gets no more than the quota of the processor."""
    _, base = prepare(check)
    plain = {"max": "max"}
    runs = (_compete(check, base, PROTECTED, RIVAL, {"max": f"{QUOTA} {PERIOD}"}, plain)
            | _compete(check, base, CONTROL, CONTROL_RIVAL, plain, plain))
    most = QUOTA / (PERIOD - QUOTA) * SHARE
    limited = share(runs, PROTECTED, RIVAL, USED), _inside(runs, PROTECTED, RIVAL)
    equal = share(runs, CONTROL, CONTROL_RIVAL, USED), _inside(runs, CONTROL, CONTROL_RIVAL)
    throttled = {role: run.outside["counters"] for role, run in runs.items()}
    check.conclude(holds=(max(limited) <= most and throttled[PROTECTED]["nr_throttled"] > 0
                          and throttled[PROTECTED]["throttled_usec"] > 0),
                   exposed=(all(is_near(got, 1) for got in equal)
                            and throttled[CONTROL]["nr_throttled"] == 0),
                   expected=f"throttled, and at most {most:.2f} of the rival's processor time",
                   attributes={"limited": limited, "equal": equal})
