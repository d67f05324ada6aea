# SPDX-License-Identifier: Apache-2.0
"""What the header of an x86 kernel image tells: Linux Documentation/arch/x86/boot.rst."""
import os
import struct

from .errors import MachineError

#: Magic; offset of the version's text.
HEADER_MAGIC = (0x202, b"HdrS")
HEADER_SECTORS = 0x1f1  # setup_sects, then syssize at 0x1f4
HEADER_VERSION = 0x20E
HEADER_VERSION_BASE = 0x200


def release_of(file, name):
    """Return the release that a kernel image's header tells; MachineError when it is no x86 kernel image."""
    file.seek(0)
    head = file.read(0x10000)
    offset, magic = HEADER_MAGIC
    if head[offset:offset + len(magic)] != magic:
        raise MachineError(f"cannot run {name}: it is not a Linux kernel image for x86 (bzImage); "
                           "give the file arch/x86/boot/bzImage of a build, or a vmlinuz")
    start, = struct.unpack_from("<H", head, HEADER_VERSION)
    text = head[HEADER_VERSION_BASE + start:].partition(b"\0")[0] if start else b""
    return text.decode("ascii", "replace").partition(" ")[0]


def expect_whole(file, name):
    """Raise MachineError when a kernel image is shorter than its header says."""
    file.seek(HEADER_SECTORS)
    sectors, paragraphs = struct.unpack("<B2xI", file.read(7))
    # No number of sectors stands for four.
    if file.seek(0, os.SEEK_END) < ((sectors or 4) + 1) * 512 + paragraphs * 16:
        raise MachineError(f"cannot run {name}: the kernel image is cut short; copy it again")
