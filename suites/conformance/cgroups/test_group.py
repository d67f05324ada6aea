# SPDX-License-Identifier: Apache-2.0
"""The group of a node: who is in it, and when it is gone."""

import os
import signal
from contextlib import suppress

from framework import minimal, verifies
from framework.nodes import witness
from framework.process import descendants
from framework.verdict import CONTROL, PROTECTED

from . import groups
from .groups import prepare

REQUIREMENT = "REDPAK.HRQ-R-RED-SET-ISO-PRO/"
NEEDS = ("cgroup.mode", "cgroup.controller.pids")
LIMITS = {"pids": {"max": 100}}


def _paths(pids):
    """Return the paths of the groups of those processes that have not ended meanwhile, each once."""
    paths = set()
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            paths.add(groups.path_of(pid))
    return sorted(paths)


@verifies(REQUIREMENT + "environment", needs=NEEDS)
def test_group_of_the_payload(check):
    """The node's processes, and no other, are in a group of its own."""
    _, base = prepare(check)

    def outside(running):
        launcher = running.process.pid
        return {"launcher": groups.path_of(launcher), "node": _paths(descendants(launcher))}

    def look(role, **config):
        return check.observe(minimal(**config, **base), "pid", role=role, outside=outside)

    protected, control = look(PROTECTED, cgroups=LIMITS), look(CONTROL)
    check.conclude(holds=(len(protected.outside["node"]) == 1
                          and protected.outside["launcher"] not in protected.outside["node"]),
                   exposed=control.outside["node"] == [control.outside["launcher"]],
                   expected="all of the node in one group, without the launcher")


def _run(check, place, end=None, role=PROTECTED):
    """Run the node at `place`; returns (its Run, the groups that it had).

    end: what to do with the Running instead of letting the payload end.
    """
    with check.start(place, witness("processors"), role) as running:
        running.observe()
        group = groups.of(running)
        made = sorted([group.path, *(child.path for child in group.children())])
        if end:
            end(running)
    running.run.observation["outside"] = {"made": list(map(str, made)), "left": _left(made)}
    return running.run, made


def _left(paths):
    return [str(path) for path in paths if path.exists()]


@verifies(REQUIREMENT + "destruction", needs=NEEDS)
def test_end_of_the_group(check):
    """The groups of a node go with its last process; what a killed launcher left, with the next start."""
    _, base = prepare(check)
    place = check.place(minimal(cgroups=LIMITS, **base))

    def kill_launcher(running):
        os.kill(running.process.pid, signal.SIGKILL)

    protected, _ = _run(check, place)
    killed, abandoned = _run(check, place, kill_launcher, CONTROL)
    again, _ = _run(check, place)
    again.outside["abandoned"] = _left(abandoned)
    left = protected.outside["left"] + again.outside["left"] + again.outside["abandoned"]
    check.conclude(holds=left == [] and protected.status == again.status == 0,
                   exposed=killed.outside["left"] == killed.outside["made"] != [] and killed.status != 0,
                   expected="no group left after the end, and none that a killed launcher had left")
