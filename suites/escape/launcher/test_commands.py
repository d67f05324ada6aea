# SPDX-License-Identifier: Apache-2.0
"""Commands in a configuration: they would run outside the node, as whoever looks at it (weakness W5)."""

import os

from framework import export, minimal, verifies
from framework.caller import NEIGHBOUR
from framework.nodes import CONFIGURATION, witness
from framework.redconf import redconf

from . import conclude, items

SHOWN_BY = ("config", "mergeconfig", "tree", "check")


def _place(check):
    """Make a node with two commands. Returns its directory, and the one where they leave their traces."""
    traces = check.scratch()
    variable = {"mode": "Default", "key": "A", "value": f"$(touch {traces}/variable)"}
    node = minimal(export("Execfd", "/text", f"touch {traces}/file"), environ=[variable])
    return check.place(node), traces


def _run(check, role="protected", extra=(), spoil=None):
    """Start such a node, after `spoil(its directory)`. Returns the run, with what it left as outside."""
    place, traces = _place(check)
    if spoil:
        spoil(place)
    run = check.run(place, witness("pid"), role=role, extra=extra)
    run.observation["outside"] = sorted(os.listdir(traces))
    return run


TRACES = ["file", "variable"]


@verifies(*items("command-when-displayed", "command-of-a-stranger", "command-when-forbidden"))
def test_commands_that_are_not_to_run(check):
    """Neither when the launcher shows the node, nor from a stranger's file, nor where they are forbidden."""
    shown = _run(check, extra=check.launcher.native("--dump-only"))
    stranger = _run(check, spoil=lambda place: os.chown(place / CONFIGURATION, NEIGHBOUR.uid, 0))
    forbidden = _run(check, extra=check.launcher.native("--no-commands"))
    control = _run(check, "control")
    conclude(check, "command-when-displayed", "W5", exposed=control.outside == TRACES, runs=[shown, control],
             holds=shown.outside == [] and shown.status == 0 and "DUMP: " in shown.stdout,
             expected="the node shown, and no command run")
    for name, run in (("command-of-a-stranger", stranger), ("command-when-forbidden", forbidden)):
        conclude(check, name, "W5", exposed=control.outside == TRACES, runs=[run, control],
                 holds=check.refused(run) and run.outside == [],
                 expected="the node refused, and no command run")


@verifies(*items("command-when-displayed"))
def test_commands_that_are_only_looked_at(check):
    """By the command that shows configurations."""
    place, traces = _place(check)
    shown = [redconf(check, word, place) for word in SHOWN_BY]
    left = sorted(os.listdir(traces))
    control = _run(check, "control")
    conclude(check, "command-when-displayed", "W5", exposed=control.outside == TRACES,
             holds=not left and all("touch" in run.stdout for run in shown[:2]),
             expected="the commands shown and not run")
