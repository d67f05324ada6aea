# SPDX-License-Identifier: Apache-2.0
"""A process of the host that has secrets, and shows what was done to it."""

import os
import resource
import signal
import subprocess

from framework.host import SECRET
from framework.process import find_in_environment, status


# Blocked, they stay pending, for the host to see; see proc(5). URG is ignored by whoever does not block it.
BLOCKED = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGURG)
EVERYWHERE = set(range(os.cpu_count()))


class Victim:
    """A process of the caller's: the secret is in its environment, its directory, and its standard input."""

    def __init__(self, check, group=None):
        """Start it; it is killed when the check ends. group: its process group, by default one of its own."""
        folder = check.scratch()
        secret = folder / "secret"
        secret.write_text(SECRET)
        with secret.open() as given:
            self._process = subprocess.Popen(
                ["/usr/bin/sleep", "infinity"], stdin=given, cwd=folder, env={"SECRET": SECRET},
                process_group=group or 0, preexec_fn=lambda: _prepare(check.caller))
        check.at_end(self._process.wait)
        check.at_end(self._process.kill)
        self.pid = self._process.pid
        self.fields = {"pid": self.pid, "secret": secret, "address": find_in_environment(self.pid, SECRET)}

    def has_pending(self, number):
        """Say whether somebody sent it this signal."""
        return bool(int(status(self.pid)["ShdPnd"], 16) >> (number - 1) & 1)

    def priority(self):
        """Return its nice value."""
        return os.getpriority(os.PRIO_PROCESS, self.pid)

    def is_limited(self):
        """Say whether it may lock no memory."""
        return resource.prlimit(self.pid, resource.RLIMIT_MEMLOCK) == (0, 0)

    def is_bound(self):
        """Say whether it may run on one processor only."""
        return os.sched_getaffinity(self.pid) != EVERYWHERE


def _prepare(caller):
    signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
    caller.become()
