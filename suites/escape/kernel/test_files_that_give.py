# SPDX-License-Identifier: Apache-2.0
"""Files that give more than their content: device files, and programs with rights of their own."""

import os
import shutil
import struct
from pathlib import Path
from types import SimpleNamespace

from framework import export, minimal, verifies
from framework.caller import CALLERS

from . import objects
from .technique import CONTROL, Technique, attempt, conclude, items

DEVICES = (
    Technique("exported-disk", "read_some={devices}/{disk}"),
    Technique("exported-kernel-log", "read_secret={devices}/kmsg"),
    Technique("mknod-in-volatile-area", "make_device_in={volatile},{number}"),
    Technique("mknod-in-export", "make_device_in={writable},{number}"),
)
PROGRAMS = (
    Technique("set-user-id-program", "gain_by_program={programs}/set-user-id"),
    Technique("file-capability", "gain_by_program={programs}/capability"),
)
SPARE = "/dev/redproof/spare"
# struct vfs_cap_data of linux/capability.h, version 2, effective.
CAPABILITY = struct.pack("<5I", 0x02000001, 1 << 7, 0, 0, 0)  # CAP_SETUID


@verifies(*items(DEVICES), needs=("namespace.mnt",), callers=("root",))
def test_device_files(check):
    """Root, with every capability in the initial user namespace, has their names: every mount is nodev."""
    volatile, writable = check.scratch(disk=True), check.scratch(disk=True)
    disk, elsewhere = Path(SPARE).resolve(), "/outside"
    number = disk.stat().st_rdev
    objects.say_secret()

    def look(node, devices, role="protected"):
        fields = {"devices": devices, "disk": disk.relative_to("/dev"), "volatile": volatile,
                  "writable": writable, "number": f"{os.major(number)},{os.minor(number)}"}
        return attempt(check, node, DEVICES, SimpleNamespace(fields=fields), role)

    node = minimal(export("Public", elsewhere, "/dev"), export("Tmpfs", volatile), export("Public", writable),
                   share_all="Enabled", capabilities={"ALL": 1}, seccomp="off")
    protected = look(node, elsewhere)
    for made in writable.iterdir():
        made.unlink()
    conclude(check, DEVICES, [protected, look(None, "/dev", CONTROL)])


@verifies(*items(PROGRAMS), needs=("namespace.mnt", "capability.file"), callers=("user",))
def test_programs(check):
    """An exported program that would make root of whoever starts it."""
    folder = check.scratch(disk=True, owner=CALLERS["root"])
    for name in ("set-user-id", "capability"):
        shutil.copy(check.build.witness, folder / name)
    (folder / "set-user-id").chmod(0o4755)
    os.setxattr(folder / "capability", "security.capability", CAPABILITY)
    stage = SimpleNamespace(fields={"programs": folder})
    node = minimal(export("Restricted", folder), seccomp="off")
    conclude(check, PROGRAMS, [attempt(check, node, PROGRAMS, stage),
                               attempt(check, None, PROGRAMS, stage, CONTROL)])
