# SPDX-License-Identifier: Apache-2.0
"""Processor time under contention: two nodes on one processor."""

import os

from framework import minimal, verifies
from framework.verdict import CONTROL, PROTECTED

from . import ITEM
from .groups import prepare
from .tolerance import QUOTA_SHARE, SHARE, is_near
from .working import race, share

NEEDS = ("cgroup.mode", "cgroup.controller.cpu")
RIVAL, CONTROL_RIVAL = "rival", "rival of the control"
USED, THROTTLED = "usage_usec", ("nr_throttled", "throttled_usec")
# Microseconds of both together: many slices of the scheduler, and some periods of cpu.max.
ENOUGH = 500_000
# While the machine takes the guest's processors away, the guest counts the time as used by whoever was
# running, then makes up for it. So one step of the count shall be no more than this part of the whole,
# and what is not made up for at the end is within tolerance.SHARE.
LARGEST_STEP = 1 / 12
WEIGHT, RIVALS_WEIGHT = 400, 100
QUOTA, PERIOD = 10000, 100000


def _compete(check, base, role, rival, limits, rivals_limits):
    """Let two nodes spin on the last processor. Returns (its Run, the ratio of what they get)."""
    processor = max(os.sched_getaffinity(0))

    def node(cpu):
        return minimal(share_all="Enabled", cgroups={"cpu": cpu}, **base)

    def counters(group):
        counted = group.table("cpu.stat")
        return {key: counted[key] for key in (USED, *THROTTLED)}

    runs = race(check, {role: node(limits), rival: node(rivals_limits)}, "spin", counters, [USED],
                ENOUGH, LARGEST_STEP, lambda running: os.sched_setaffinity(running.pid, {processor}))
    return runs[role], share(runs, role, rival, USED)


def _counts_itself(run):
    """Say whether the process used, by its own count, what the host counts of its group."""
    return run.inside["spin"] * SHARE >= run.outside[USED]


@verifies(ITEM + "cpu.weight", needs=(*NEEDS, "cgroup.item.cpu.weight"))
def test_cpu_weight(check):
    """A node with four times the weight gets four times the processor time."""
    _, base = prepare(check)
    plain = {"weight": RIVALS_WEIGHT}
    protected, weighted = _compete(check, base, PROTECTED, RIVAL, {"weight": WEIGHT}, plain)
    _, equal = _compete(check, base, CONTROL, CONTROL_RIVAL, plain, plain)
    ratio = WEIGHT / RIVALS_WEIGHT
    check.conclude(holds=is_near(weighted, ratio) and _counts_itself(protected), exposed=is_near(equal, 1),
                   expected=f"{ratio} times the rival's processor time; with equal weights as much as it",
                   attributes={"weighted": weighted, "equal": equal})


@verifies(ITEM + "cpu.max", needs=(*NEEDS, "cgroup.item.cpu.max"))
def test_cpu_max(check):
    """A node with a quota is throttled and gets no more than the quota of the processor."""
    _, base = prepare(check)
    plain = {"max": "max"}
    protected, limited = _compete(check, base, PROTECTED, RIVAL, {"max": f"{QUOTA} {PERIOD}"}, plain)
    control, equal = _compete(check, base, CONTROL, CONTROL_RIVAL, plain, plain)
    most = QUOTA / (PERIOD - QUOTA) * QUOTA_SHARE
    check.conclude(holds=(limited <= most and all(protected.outside[key] > 0 for key in THROTTLED)
                          and _counts_itself(protected)),
                   exposed=is_near(equal, 1) and all(control.outside[key] == 0 for key in THROTTLED),
                   expected=f"throttled, and at most {most:.2f} of the rival's processor time",
                   attributes={"limited": limited, "equal": equal})
