# SPDX-License-Identifier: Apache-2.0
"""What the caller holds open or stands in, and the payload inherits (weakness W3, CVE-2024-21626)."""

import fcntl
import os
import socket
from dataclasses import dataclass

from framework import export, minimal, verifies
from framework.caller import Caller
from framework.nodes import witness

from . import conclude, denied, items, permitted, secret

# Above what a launcher opens for itself.
FIRST = 100
CVE = "CVE-2024-21626"
# Technique: (what the witness calls its attempt, the number that it is known by).
WAYS = {"inherited-directory": ("directory", CVE), "inherited-file": ("file", None),
        "inherited-socket": ("socket", None), "inherited-working-directory": ("working", None),
        "descriptor-as-working-directory": ("number", CVE)}


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
    caller = check.caller
    check.caller = Holder(caller.name, caller.uid, caller.gid, tuple(numbers), str(marker.parent))
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
    (directory, file, peer), ours = _hold(check, marker)
    attempts = (f"directory:read_at={directory},{marker.name}", f"file:read_descriptor={file}",
                f"socket:send_to_descriptor={peer}", f"working:read_file={marker.name}",
                f"number:read_file=/proc/self/fd/{directory}/{marker.name}")

    def look(node, role):
        run = check.run(node, witness(*attempts), role=role)
        run.observation["outside"] = _received(ours)
        return run

    proc = export("Procfs", "/proc")
    protected, control = look(minimal(proc), "protected"), look(None, "control")
    entered = look(minimal(proc, chdir=f"/proc/self/fd/{directory}"), "protected")
    # Each by what it is about: a launcher may leave one open and not the others.
    others = {"inherited-socket": not protected.outside,
              "inherited-working-directory": denied(check, entered, "working")}
    for name, (label, cve) in WAYS.items():
        conclude(check, name, "W3", cve,
                 holds=denied(check, protected, label) and others.get(name, True),
                 exposed=permitted(control, label) and control.outside == "x",
                 expected="nothing of the host read or sent by what the caller had open")
