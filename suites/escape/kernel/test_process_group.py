# SPDX-License-Identifier: Apache-2.0
"""The process group that a launcher was started in: reached whatever PID namespace its members are in.

See kill(2) and setpriority(2): pid 0 and PRIO_PGRP 0 mean the caller's own group, which has no number here.
"""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from framework import minimal, verifies
from framework.caller import Caller
from framework.process import status

from .technique import CONTROL, Technique, attempt, conclude, items

LOWERED = 6


@dataclass(frozen=True)
class WithCompany(Caller):
    """A caller who starts another program before the launcher, as a pipeline of a shell does."""

    note: Path

    def become(self):
        """Take the identity and leave a process that blocks the signal; its pid is noted."""
        super().become()
        if os.fork() == 0:
            # It is nobody's child, so that the launcher need not know of it.
            if os.fork() == 0:
                _stay(self.note)
            os._exit(0)
        os.wait()


def _stay(note):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])
    for descriptor in range(3):
        os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
    note.write_text(str(os.getpid()))
    os.execv("/usr/bin/sleep", ["sleep", "infinity"])


class Company:
    """The process beside the launcher, and what was done to it."""

    fields = {}

    def __init__(self, check):
        folder = check.scratch()
        self._check, self._note, self._pid = check, folder / "pid", None
        self.caller = check.caller.as_a(WithCompany, self._note)

    def pid(self):
        """Its process id; it is killed when the check ends."""
        if self._pid is None:
            self._pid = int(self._note.read_text())
            self._check.at_end(os.kill, self._pid, signal.SIGKILL)
        return self._pid

    def is_signalled(self):
        """Say whether the signal came."""
        return bool(int(status(self.pid())["ShdPnd"], 16) >> (signal.SIGURG - 1) & 1)

    def is_lowered(self):
        """Say whether its priority was changed."""
        return os.getpriority(os.PRIO_PROCESS, self.pid()) == LOWERED


TECHNIQUES = (
    Technique("signal-own-group", "signal_group", Company.is_signalled),
    Technique("renice-own-group", "lower_priority_of_group", Company.is_lowered),
)


@verifies(*items(TECHNIQUES))
def test_own_group(check):
    """With a session of its own the node has a group of its own."""
    def look(node, role="protected"):
        company = Company(check)
        with check.acting(company.caller):
            return attempt(check, node, TECHNIQUES, company, role)

    conclude(check, TECHNIQUES, [look(minimal(**{"new-session": "Enabled"})), look(None, CONTROL)])
