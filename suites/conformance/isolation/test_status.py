# SPDX-License-Identifier: Apache-2.0
"""What becomes of the node is told to who started it, and the other way round (weaknesses F1 and F15)."""

import os
import shlex
import signal
from pathlib import Path

from framework import minimal, verifies
from framework.nodes import WITNESS, witness
from framework.patience import wait_until
from framework.process import descendants

from . import ITEM

# Of the witness, when it is asked for what it does not know.
STATUS, ASKED = 2, "no-such-observation"


@verifies(ITEM + "status")
def test_status_of_the_program(check):
    """A status that is not 0 is the launcher's, too."""
    protected = check.run(minimal(), [WITNESS, ASKED])
    control = check.run(minimal(), [WITNESS, "pid"], role="control")
    check.conclude(holds=protected.status == STATUS and "witness: no observation" in protected.stderr,
                   exposed=control.status == 0 and control.inside is not None,
                   expected=f"the program's status, {STATUS}")


def _send(check, number, whom, role):
    """Start a node, send a signal to a process of it, and see who ends, although the input is still open.

    number: of the signal, 0 for none; whom: returns the process id, given the Running.
    """
    with check.start(minimal(), witness("pid"), role=role) as running:
        running.observe()
        payload = Path(f"/proc/{running.pid}")
        os.kill(whom(running), number)
        if number:
            wait_until(lambda: running.process.poll() is not None and not payload.exists())
        running.outside = {"launcher": running.process.poll() is None, "payload": payload.exists()}
    return running.run


def _program(running):
    return running.pid


def _launcher(running):
    return running.process.pid


GONE, THERE = {"launcher": False, "payload": False}, {"launcher": True, "payload": True}


@verifies(ITEM + "status")
def test_signal_that_ends_the_program(check):
    """A program that is killed did not end well."""
    protected = _send(check, signal.SIGKILL, _program, "protected")
    control = _send(check, 0, _program, "control")
    check.conclude(holds=protected.status == 128 + signal.SIGKILL and protected.outside == GONE,
                   exposed=control.status == 0 and control.outside == THERE,
                   expected="128 and the number of the signal")


@verifies(ITEM + "signals")
def test_signal_to_the_launcher(check):
    """SIGTERM does not leave the program running."""
    protected = _send(check, signal.SIGTERM, _launcher, "protected")
    control = _send(check, 0, _launcher, "control")
    check.conclude(holds=protected.outside == GONE, exposed=control.outside == THERE,
                   expected="neither the launcher nor its program left")


@verifies(ITEM + "signals")
def test_end_of_the_parent(check):
    """Where the node says so, it ends with whoever started the launcher."""
    def look(switch, role):
        place = check.place(minimal(**{"die-with-parent": switch}))
        launcher = check.launcher.command(place, witness("pid"), check.caller, check.scratch)
        # The shell has nothing else to do than to be there; what it starts so has no input by itself.
        script = f"exec 3<&0; {shlex.join(launcher)} <&3 3<&- & wait"
        with check.start(None, ["/bin/sh", "-c", script], role) as running:
            running.observe()
            node = [Path(f"/proc/{pid}") for pid in descendants(running.process.pid)]
            os.kill(running.process.pid, signal.SIGKILL)
            wait_until(lambda: running.process.poll() is not None)
            if role == "protected":
                wait_until(lambda: not any(path.exists() for path in node))
            running.outside = {"before": len(node), "left": sum(path.exists() for path in node)}
        return running.run

    protected, control = look("Enabled", "protected"), look("Disabled", "control")
    check.conclude(holds=protected.outside["before"] > 1 and protected.outside["left"] == 0,
                   exposed=control.outside["left"] == control.outside["before"] > 1,
                   expected="neither the launcher nor its program after the end of its parent")
