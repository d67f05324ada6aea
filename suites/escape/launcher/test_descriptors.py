# SPDX-License-Identifier: Apache-2.0
"""What the caller holds open or stands in, and the payload inherits (weakness W3, CVE-2024-21626)."""

import fcntl
import os
import socket
from dataclasses import dataclass, replace

from framework import export, minimal, verifies
from framework.caller import Caller
from framework.nodes import witness

from . import conclude, denied, items, permitted, secret

# Above what a launcher opens for itself.
FIRST = 100
# What it may have open itself.
OF_THE_LAUNCHER = range(3, 8)
CVE = "CVE-2024-21626"
# Technique: (what the witness calls its attempts, the number that it is known by).
WAYS = {"inherited-directory": (("directory", "number"), CVE), "inherited-file": (("file",), None),
        "inherited-socket": (("socket",), None), "inherited-working-directory": (("working",), None)}


@dataclass(frozen=True)
class Holder(Caller):
    """A caller with open descriptors and a working directory that its programs inherit."""

    descriptors: tuple
    directory: str

    def options(self):
        """See Caller."""
        return {**super().options(), "pass_fds": self.descriptors}

    def become(self):
        """Take the identity, then go to the directory."""
        super().become()
        os.chdir(self.directory)


def _hold(check, marker):
    """Have the check's caller hold a directory, a file and a socket. Returns their numbers, and the peer."""
    ours, theirs = socket.socketpair()
    check.at_end(ours.close)
    numbers = []
    for opened in (os.open(marker.parent, os.O_RDONLY), os.open(marker, os.O_RDONLY), theirs.detach()):
        numbers.append(fcntl.fcntl(opened, fcntl.F_DUPFD, FIRST))
        os.close(opened)
        check.at_end(os.close, numbers[-1])
    ours.setblocking(False)
    check.caller = check.caller.as_a(Holder, tuple(numbers), str(marker.parent))
    return numbers, ours


def _received(peer):
    try:
        return peer.recv(10).decode()
    except BlockingIOError:
        return ""


@verifies(*items(*WAYS), needs=("namespace.mnt",))
def test_what_the_caller_holds(check):
    """CVE-2024-21626: a directory of the host, a file, a socket, and the current directory."""
    marker = secret(check)
    (directory, file, socket_), peer = _hold(check, marker)
    attempts = (f"directory:read_at={directory},{marker.name}", f"file:read_descriptor={file}",
                f"socket:send_to_descriptor={socket_}", f"working:read_file={marker.name}",
                f"number:read_file=/proc/self/fd/{directory}/{marker.name}")

    def look(node, role):
        run = check.run(node, witness(*attempts), role=role)
        run.observation["outside"] = _received(peer)
        return run

    protected, control = look(minimal(export("Procfs", "/proc")), "protected"), look(None, "control")
    for name, (labels, cve) in WAYS.items():
        received = name == "inherited-socket"
        conclude(check, name, "W3", cve, holds=all(denied(check, protected, label) for label in labels)
                 and not (received and protected.outside),
                 exposed=all(permitted(control, label) for label in labels) and control.outside == "x",
                 expected="nothing of the host read or sent by what the caller had open")


@verifies(*items("descriptor-as-working-directory"), needs=("namespace.mnt",))
def test_a_descriptor_as_the_working_directory(check):
    """CVE-2024-21626: the node is to begin in a directory that the caller, or the launcher, has open."""
    marker = secret(check)
    (directory, *_), _ = _hold(check, marker)
    # From wherever on the host.
    attempt = witness("read_file=" + "../" * 9 + str(marker).lstrip("/"))
    control = check.run(None, attempt, role="control")
    check.caller = replace(check.caller, directory="/")
    proc, protected = export("Procfs", "/proc"), []
    for number in (directory, *OF_THE_LAUNCHER):
        protected.append(check.run(minimal(proc, chdir=f"/proc/self/fd/{number}"), attempt))
    conclude(check, "descriptor-as-working-directory", "W3", CVE,
             holds=all(denied(check, run, "read_file") for run in protected),
             exposed=permitted(control, "read_file"), expected="the nodes refused, or begun elsewhere")
