# SPDX-License-Identifier: Apache-2.0
"""Files of the host that a node keeps others from locking for themselves; see fcntl(2)."""

import fcntl
import os

from framework import export, minimal, verifies
from framework.patience import wait_until

ITEM = "REDPAK.HRQ-R-RED-MOU-SEL-PAR-HOS-FIL/locked"
SHARED, EXCLUSIVE = fcntl.LOCK_SH, fcntl.LOCK_EX


def _is_locked_against(file, kind):
    """Whether a lock of this kind is refused to another process, as the host is one."""
    descriptor = os.open(file, os.O_RDWR)
    try:
        fcntl.lockf(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@verifies(ITEM, needs=("namespace.mnt",))
def test_lock(check):
    """Who reads may go on, whoever is about to write has to wait for the end of the node."""
    folder = check.scratch()
    file = folder / "file"
    file.touch()

    def seen(patiently):
        # Some launchers take it while the program runs already.
        return {"writing": patiently(lambda: _is_locked_against(file, EXCLUSIVE)),
                "reading": _is_locked_against(file, SHARED)}

    def look(role, patiently, *locks):
        return check.observe(minimal(export("Restricted", "/data", folder), *locks), "pid", role=role,
                             outside=lambda _running: seen(patiently))

    protected = look("protected", wait_until, export("Lock", "/data/file"))
    free = not _is_locked_against(file, EXCLUSIVE)
    control = look("control", lambda true: true())
    check.conclude(holds=protected.outside == {"writing": True, "reading": False} and free,
                   exposed=not any(control.outside.values()),
                   expected="the file locked against writers, and against nobody after the end")
