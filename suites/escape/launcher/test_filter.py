# SPDX-License-Identifier: Apache-2.0
"""The system calls that a node is refused (weaknesses W13 and W20)."""

import fcntl
import os
import termios
import tty
from dataclasses import dataclass
from pathlib import Path

from framework import minimal, verifies
from framework.caller import Caller

from . import conclude, items

TERMINAL = 2  # its descriptor: input and output are the harness's


@dataclass(frozen=True)
class AtTerminal(Caller):
    """A caller who sits at a terminal, given by its descriptor: it is the launcher's standard error."""

    terminal: int

    def become(self):
        """Make it the terminal of the session, which is new, then take the identity."""
        fcntl.ioctl(self.terminal, termios.TIOCSCTTY, 0)
        os.dup2(self.terminal, TERMINAL)
        super().become()


class Terminal:
    """A pseudoterminal, as a person and as the programs see it."""

    def __init__(self, check):
        """Make one, and have the check's caller sit at it; closed when the check ends."""
        self._person, self._programs = os.openpty()
        check.at_end(os.close, self._person)
        check.at_end(os.close, self._programs)
        tty.setraw(self._programs)
        os.set_blocking(self._programs, False)
        check.caller = check.caller.as_a(AtTerminal, self._programs)

    def typed(self, _running=None):
        """Take away what a program that reads from the terminal would now get."""
        try:
            return os.read(self._programs, 100).decode()
        except BlockingIOError:
            return ""


def _permit_typing(check):
    """From 6.2 on the kernel itself refuses it, unless this switch is on."""
    switch = Path("/proc/sys/dev/tty/legacy_tiocsti")
    if switch.exists():
        check.at_end(switch.write_text, switch.read_text())
        switch.write_text("1")


TYPED = ("typing-into-the-terminal", "typing-with-other-bits")


@verifies(*items(*TYPED))
def test_w13_no_typing_into_the_terminal(check):
    """CVE-2017-5226: what the payload types would be read, after its end, by the shell that started the node.

    CVE-2019-10063: nor does it with other bits above the request's.
    """
    _permit_typing(check)
    terminal = Terminal(check)
    attempts = ("type_into", "type_into_wide")

    def look(node, role="protected"):
        return check.observe(node, *(f"{name}={TERMINAL}" for name in attempts), role=role,
                             outside=terminal.typed)

    protected = [look(minimal()), look(minimal(seccomp="off")), look(minimal(**{"new-session": "Enabled"}))]
    control = look(None, "control")
    for item, name, cve in zip(TYPED, attempts, ("CVE-2017-5226", "CVE-2019-10063")):
        conclude(check, item, "W13", cve,
                 holds=not any(run.inside[name]["permitted"] or run.outside for run in protected),
                 exposed=control.inside[name]["permitted"] and control.outside == "xx",
                 expected="nothing typed into the terminal, whatever the upper half of the request")


@verifies(*items("nested-user-namespace"), needs=("namespace.user.unprivileged",))
def test_w20_no_nested_user_namespace(check):
    """One of its own would give the payload every capability, to try the kernel with: CVE-2018-18955."""
    def look(**config):
        return check.observe(minimal(**config), "make_user_namespace")

    # In the caller's own user namespace there is no limit that holds, too.
    protected = look(), look(seccomp="off"), look(share_user="Enabled")
    control = check.observe(None, "make_user_namespace", role="control")
    conclude(check, "nested-user-namespace", "W20", "CVE-2018-18955",
             holds=not any(run.inside["make_user_namespace"]["permitted"] for run in protected),
             exposed=control.inside["make_user_namespace"]["permitted"],
             expected="no user namespace made in the node")
