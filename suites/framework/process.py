# SPDX-License-Identifier: Apache-2.0
"""Processes as the host sees them in /proc; see proc(5)."""

import os
import signal
from pathlib import Path

from .patience import wait_until

# Its place in the fields of /proc/PID/stat after the name.
ENV_START = 50 - 3


def children(pid):
    """Return the pids of the children of all threads of `pid`; empty when it is gone."""
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            text = Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii")
            found += [int(child) for child in text.split()]
    except (FileNotFoundError, ProcessLookupError):
        # It ended meanwhile, and its children are others' now.
        pass
    return found


def descendants(pid):
    """Return the pids of the children of `pid`, then of their children, and so on."""
    found = children(pid)
    for child in found:
        found += children(child)
    return found


def command_line(pid):
    """Return the argument list of `pid` as strings; empty for a zombie or when it is gone."""
    try:
        content = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return content.decode("utf-8", "surrogateescape").split("\0")[:-1]


def status(pid):
    """Return the fields of /proc/PID/status as a dict of text. Raises OSError when it is gone."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def find_in_environment(pid, text):
    """Return the address of `text` in the memory of `pid`, where its environment is.

    Raises ValueError when it is not in there, OSError when the process is gone.
    """
    environment = Path(f"/proc/{pid}/environ")
    # At an execve(2) the kernel closes descriptors, which its caller waits for, before it sets this up.
    wait_until(environment.read_bytes)
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return int(fields[ENV_START]) + environment.read_bytes().index(text.encode())


def namespace(pid, kind):
    """Return the identity of a namespace, as "ipc:[4026531839]". Raises OSError when the process is gone."""
    return os.readlink(f"/proc/{pid}/ns/{kind}")


def mount_points(pid):
    """Return the mount points that a process sees, as text; see /proc/PID/mountinfo in proc(5)."""
    lines = Path(f"/proc/{pid}/mountinfo").read_text(encoding="utf-8").splitlines()
    return [line.split()[4] for line in lines]


def kill_tree(pid):
    """Kill `pid` and all that descends from it."""
    for victim in [pid, *descendants(pid)]:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
