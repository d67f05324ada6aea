# SPDX-License-Identifier: Apache-2.0
"""What an operation works on: files, processes, mounts.

Each function takes the Check and the Caller that the payload runs as, and returns a Material; None says
that this kernel has nothing for the operation to work on.
"""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from framework import export
from framework.caller import NEIGHBOUR
from framework.mounts import mount, unmount

PLACE = "/material"


@dataclass(frozen=True)
class Material:
    """argument: of the witness's operation; exports and config: what the node needs for it."""

    argument: str = None
    exports: tuple = ()
    config: dict = field(default_factory=dict)


def nothing(_check, _payload):
    """The operation needs nothing."""
    return Material()


def volatile(_check, _payload):
    """A tmpfs that the payload may write."""
    return Material("/tmp", (export("Tmpfs", "/tmp"),))


def disk(check, payload):
    """A directory of the payload's on the host's root filesystem."""
    return Material(PLACE, (export("Public", PLACE, check.scratch(disk=True, owner=payload)),))


def own_file(check, payload):
    """A file of the payload's."""
    return _file(check, payload)


def file_of_others(check, _payload):
    """A file that another user owns and everybody may read."""
    return _file(check, NEIGHBOUR)


def _file(check, owner):
    directory = check.scratch()
    file = directory / "file"
    file.write_text("")
    file.chmod(0o644)
    owner.own(file)
    return Material(f"{PLACE}/file", (export("Public", PLACE, directory),))


def process_of_others(check, _payload):
    """A process of another user, in the PID namespace that the node then shares."""
    process = subprocess.Popen(["sleep", "infinity"], **NEIGHBOUR.options())
    check.at_end(process.wait)
    check.at_end(process.kill)
    return Material(str(process.pid))


def processes(_check, _payload):
    """A /proc, which for root needs a PID namespace of the node's own."""
    return Material(None, (export("Procfs", "/proc"),), {"share_pid": "Disabled"})


def perf_events(check, _payload):
    """Events as upstream has them: at Debian's level, 3, some kernels ask for cap_sys_admin alone."""
    level = Path("/proc/sys/kernel/perf_event_paranoid")
    check.at_end(level.write_text, level.read_text())
    level.write_text("2")
    return Material()


def policy(check, _payload):
    """AppArmor's directory of policy namespaces, where AppArmor is on."""
    enabled = Path("/sys/module/apparmor/parameters/enabled")
    if not enabled.exists() or enabled.read_text().strip() != "Y":
        return None
    directory = check.scratch()
    mount("securityfs", directory, "securityfs")
    check.at_end(unmount, directory)
    return Material(f"{PLACE}/apparmor/policy/namespaces", (export("Public", PLACE, directory),))
