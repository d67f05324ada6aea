# SPDX-License-Identifier: Apache-2.0
"""Control groups as the host sees them, and where a check has its nodes put; see cgroups(7)."""

import errno
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from framework.caller import Caller
from framework.host import fresh_name
from framework.running import RunError

MOUNT = Path("/sys/fs/cgroup")
CONTROLLERS = ("cpuset", "cpu", "io", "memory", "pids")
# Where redwrap moves the processes of its group, itself among them (rednode.md, section 7).
ASIDE = "redpak-pids-leaf"
# What a delegatee must be able to write; Documentation/admin-guide/cgroup-v2.rst, Delegation.
DELEGATED = (".", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads")
POLL_SECONDS = 0.01


class Group:
    """A control group. Its methods raise OSError when it is gone or the kernel has no such file."""

    def __init__(self, path):
        """path: of its directory."""
        self.path = Path(path)

    def text(self, file):
        """Return the content of a file, without the newline at its end."""
        return (self.path / file).read_text().strip()

    def write(self, file, text):
        """Write `text` to a file in one piece."""
        (self.path / file).write_text(text)

    def number(self, file):
        """Return the number that is a file's content."""
        return int(self.text(file))

    def table(self, file):
        """Return the lines `KEY NUMBER` of a file as a dict."""
        return {key: int(value) for key, value in map(str.split, self.text(file).splitlines())}

    def nested(self, file):
        """Return the lines `NAME KEY=NUMBER...` of a file as a dict of dicts."""
        return {name: {key: int(value) for key, value in (pair.split("=") for pair in pairs)}
                for name, *pairs in map(str.split, self.text(file).splitlines())}

    def children(self):
        """Return the groups directly below."""
        return [Group(entry) for entry in self.path.iterdir() if entry.is_dir()]

    def remove(self):
        """Remove the group and all below it; what still runs there is killed."""
        for child in self.children():
            child.remove()
        for pid in self.text("cgroup.procs").split():
            _kill(int(pid))
        while True:
            try:
                return self.path.rmdir()
            except OSError as error:
                # Whoever was killed is in its group until it has really ended.
                if error.errno != errno.EBUSY:
                    raise
                time.sleep(POLL_SECONDS)


ROOT = Group(MOUNT)


@dataclass(frozen=True)
class Member(Caller):
    """A caller whose launchers start in a group that is delegated to him, one after the other."""

    group: Path

    def become(self):
        """Enter the group, where an earlier start has left its shell, then take the identity."""
        aside = self.group / ASIDE
        ((aside if aside.exists() else self.group) / "cgroup.procs").write_text("0")
        super().become()


def path_of(pid):
    """Return the path of a process's group as the kernel tells it: "/" is the root. Raises OSError."""
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    return next(line for line in lines if line.startswith("0::"))[len("0::"):]


def of(running):
    """Return the Group of a Running's node: the one with the limits, which may be above the payload's.

    Raises RunError when the payload is in the root group: then there is none.
    """
    path = path_of(running.pid)
    if path == "/":
        raise RunError("the payload is in the root group: the launcher put it in none of its own")
    return Group(running.launcher.limited(MOUNT / path.lstrip("/")))


def prepare(check, own=False):
    """Give the check's nodes a place among the groups; undone when the check ends.

    For root it is the root group. An ordinary user's launchers start in a group that is delegated to
    the user. own: one that no others are in for root too.
    Returns (Group that the nodes' groups are made in, dict of what the nodes need in their configuration).
    """
    check.at_end(_remove_others, {child.path for child in ROOT.children()})
    if check.caller.uid == 0 and not own:
        return ROOT, {}
    present = [name for name in ROOT.text("cgroup.controllers").split() if name in CONTROLLERS]
    ROOT.write("cgroup.subtree_control", " ".join(f"+{name}" for name in present))
    base = Group(MOUNT / fresh_name())
    base.path.mkdir()
    if check.caller.uid == 0:
        return base, {"cgrouproot": str(base.path)}
    for file in DELEGATED:
        check.caller.own(base.path / file)
    check.caller = check.caller.as_a(Member, base.path)
    return base, {}


def _remove_others(known):
    """Remove the groups that the check and its nodes left."""
    for child in ROOT.children():
        if child.path not in known:
            child.remove()


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
