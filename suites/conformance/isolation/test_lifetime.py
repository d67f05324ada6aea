# SPDX-License-Identifier: Apache-2.0
"""A node lives as long as its last process, and leaves nothing behind."""

import os
import signal
from pathlib import Path

from framework import export, minimal, verifies
from framework.nodes import WITNESS
from framework.patience import wait_until
from framework.process import command_line, descendants, mount_points, namespace, status
from framework.running import RunError

from . import ITEM

DAEMON = [WITNESS, "daemon"]
ROUNDS = 10


def _only_daemon_is_left(running):
    """The payload has ended when one process with its command line is left, or the launcher with it."""
    same = [pid for pid in descendants(running.process.pid) if command_line(pid) == DAEMON]
    return running.process.poll() is not None or len(same) == 1


def _outlives(check, command, role):
    """Start `command` and say whether the launcher goes on without the payload, until the daemon ends."""
    with check.start(minimal(), command, role=role) as running:
        running.observe()
        seen = {"payload_ended": wait_until(lambda: _only_daemon_is_left(running)), "answers": 0}
        try:
            for _ in range(ROUNDS):
                running.send("?")
                seen["answers"] += running.observe() == "alive"
        except RunError:
            pass
        seen["launcher_waits"] = running.process.poll() is None
        running.outside = seen
    return running.run


@verifies(ITEM + "lifetime", needs=("namespace.pid",))
def test_last_process(check):
    """The launcher ends with the last process of the node, not before, with the payload's status."""
    protected = _outlives(check, DAEMON, "protected")
    control = _outlives(check, [WITNESS, "pid"], "control")
    waits = {"payload_ended": True, "answers": ROUNDS, "launcher_waits": True}
    ends = {"payload_ended": True, "answers": 0, "launcher_waits": False}
    check.conclude(holds=protected.outside == waits and protected.status == 0,
                   exposed=control.outside == ends,
                   expected="the launcher to wait for a daemon, and not to wait without one")


def processes_in(identity):
    """Return the pids of the processes in a mount namespace."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if namespace(entry, "mnt") == identity:
                found.append(int(entry))
        except OSError:
            continue
    return found


def _traces(identity, mounts, folder):
    """Return what there is of a node: processes in its mount namespace, mounts on the host, its files."""
    return {"processes": len(processes_in(identity)),
            "mounts": sorted(set(mount_points("self")) ^ set(mounts)),
            "files": sorted(path.name for path in Path(folder).iterdir())}


NOTHING = {"processes": 0, "mounts": [], "files": [], "launcher": True}


def _start(check, folder, role):
    """Start a node with a family of processes and a file in its tmpfs at `folder`."""
    return check.start(minimal(export("Tmpfs", folder)),
                       [WITNESS, "--hold", "family", f"make_file={folder}/made"], role=role)


def _first_of(running):
    """Return the pid of the first process of the node's PID namespace, which is the payload without one."""
    first = (pid for pid in descendants(running.process.pid) if status(pid)["NSpid"].split()[1:] == ["1"])
    return next(first, running.pid)


# Ends of a node: what kills it, None for the orderly one.
ENDS = {"orderly": None, "launcher": lambda running: running.process.pid, "first process": _first_of}


def _look_afterwards(check, victim):
    """Run a node to its end, by SIGKILL of victim(running) if there is one, and look for its traces."""
    folder, mounts = check.scratch(), mount_points("self")
    with _start(check, folder, "protected") as running:
        running.observe()
        identity = namespace(running.pid, "mnt")
        # The payload and its family stay while their input is open: only the kill can end them.
        if victim:
            os.kill(victim(running), signal.SIGKILL)
        else:
            running.finish()
        wait_until(lambda: not processes_in(identity) and running.process.poll() is not None)
        running.outside = {**_traces(identity, mounts, folder),
                           "launcher": running.process.poll() is not None}
    return running.run


def _look_meanwhile(check):
    """Look for the traces of a node that runs, as the node itself sees them."""
    folder, mounts = check.scratch(), mount_points("self")
    with _start(check, folder, "control") as running:
        running.observe()
        running.outside = _traces(namespace(running.pid, "mnt"), mounts, f"/proc/{running.pid}/root{folder}")
    return running.run


@verifies(ITEM + "destruction", needs=("namespace.pid",))
def test_nothing_left(check):
    """After the end, orderly or by SIGKILL of launcher or init, no process, mount or file is left."""
    protected = [_look_afterwards(check, victim) for victim in ENDS.values()]
    control = _look_meanwhile(check)
    check.conclude(holds=all(run.outside == NOTHING for run in protected),
                   exposed=control.outside["processes"] >= 3 and control.outside["files"] == ["made"],
                   expected="neither processes, nor mounts, nor files")
