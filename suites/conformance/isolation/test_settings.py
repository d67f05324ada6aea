# SPDX-License-Identifier: Apache-2.0
"""What a program takes over through exec: the first process has what the node says, not its caller's."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from framework import export, minimal, verifies
from framework.caller import Caller
from framework.process import status
from framework.running import ENVIRONMENT

from . import ITEM

UMASK, CALLERS_UMASK = 0o27, 0o1
PLACE, VARIABLE = "/data", "REDPROOF_NODE=1"


@dataclass(frozen=True)
class Masked(Caller):
    """A caller with a umask of its own."""

    def become(self):
        """Take the identity, then the umask."""
        super().become()
        os.umask(CALLERS_UMASK)


def _umask(running):
    return int(status(running.pid)["Umask"], 8)


@verifies(ITEM + "settings")
def test_umask(check):
    """The node's umask (weakness F7)."""
    check.caller = check.caller.as_a(Masked)
    protected = check.observe(minimal(umask=f"{UMASK:04o}"), "pid", outside=_umask)
    control = check.observe(None, "pid", role="control", outside=_umask)
    check.conclude(holds=protected.outside == UMASK, exposed=control.outside == CALLERS_UMASK,
                   expected=f"the umask {UMASK:03o}")


def _directory_and_variables(running):
    """Return where the process stands, seen from its own root, and its variables."""
    place = Path(f"/proc/{running.pid}")
    return {"directory": os.readlink(place / "cwd"),
            "variables": sorted((place / "environ").read_text(encoding="utf-8").split("\0"))}


@verifies(ITEM + "settings")
def test_directory_and_variables(check):
    """The node's directory and variables, and none of the caller's."""
    node = minimal(export("Tmpfs", PLACE), chdir=PLACE,
                   environ=[{"mode": "Static", "key": "REDPROOF_NODE", "value": "1"}])
    protected = check.observe(node, "pid", outside=_directory_and_variables)
    control = check.observe(None, "pid", role="control", outside=_directory_and_variables)
    # Some launchers set HOME themselves.
    callers = {variable for variable in control.outside["variables"] if variable.partition("=")[0] != "HOME"}
    callers.discard("")
    # The directory is shown by the path on its own mount where the host has none to it.
    check.conclude(holds=protected.outside["directory"].endswith(PLACE)
                   and VARIABLE in protected.outside["variables"]
                   and not callers & set(protected.outside["variables"]),
                   exposed=control.outside["directory"] == "/" and bool(callers)
                   and VARIABLE not in callers,
                   expected=f"{PLACE}, {VARIABLE} and no variable of the caller's")


@verifies(ITEM + "settings")
def test_variables_of_the_node_above(check):
    """Where the node above takes over the caller's variables, the node need not (weakness F16)."""
    check.launcher.native("parents of a node")

    def look(role, **config):
        child = check.place(minimal(**config), below=check.place(minimal(**{"inherit-env": True})))
        return check.observe(child, "pid", role=role, outside=_directory_and_variables)

    callers = {f"{key}={value}" for key, value in ENVIRONMENT.items()}
    protected, control = look("protected", **{"inherit-env": False}), look("control")
    check.conclude(holds=not callers & set(protected.outside["variables"]),
                   exposed=callers <= set(control.outside["variables"]),
                   expected="no variable of the caller's")


def _session(running):
    return {"launcher": os.getsid(running.process.pid), "program": os.getsid(running.pid)}


@verifies(ITEM + "settings")
def test_session(check):
    """A session of its own, where the node says so: no job control of the caller's reaches it."""
    def look(new, role):
        return check.observe(minimal(**{"new-session": new}), "pid", role=role, outside=_session)

    protected, control = look("Enabled", "protected"), look("Disabled", "control")
    check.conclude(holds=len(set(protected.outside.values())) == 2,
                   exposed=len(set(control.outside.values())) == 1,
                   expected="the program in another session than the launcher")


@dataclass(frozen=True)
class Blocking(Caller):
    """A caller who blocks a signal."""

    def become(self):
        """Take the identity, then block it."""
        super().become()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})


def _blocked(running):
    return int(status(running.pid)["SigBlk"], 16)


@verifies(ITEM + "settings")
def test_signal_mask(check):
    """What a launcher blocks while it works is not blocked for its program: nobody could end that."""
    protected = check.observe(minimal(), "pid", outside=_blocked)
    check.caller = check.caller.as_a(Blocking)
    control = check.observe(None, "pid", role="control", outside=_blocked)
    check.conclude(holds=protected.outside == 0, exposed=control.outside != 0,
                   expected="no signal blocked")


@dataclass(frozen=True)
class Holding(Caller):
    """A caller whose programs inherit a descriptor."""

    descriptor: int

    def options(self):
        """See Caller."""
        return {**super().options(), "pass_fds": (self.descriptor,)}


def _descriptors(running):
    return sorted(map(int, os.listdir(f"/proc/{running.pid}/fd")))


@verifies(ITEM + "settings")
def test_descriptors(check):
    """Nor any that the launcher had open while it worked (CVE-2024-21626)."""
    protected = check.observe(minimal(export("Procfs", "/proc")), "pid", outside=_descriptors)
    descriptor = os.open("/", os.O_PATH)
    check.at_end(os.close, descriptor)
    check.caller = check.caller.as_a(Holding, descriptor)
    control = check.observe(None, "pid", role="control", outside=_descriptors)
    check.conclude(holds=protected.outside == [0, 1, 2], exposed=descriptor in control.outside,
                   expected="input, output and error, and no other descriptor")
