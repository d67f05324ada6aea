# SPDX-License-Identifier: Apache-2.0
"""Mounting on the host: mount(2) and umount2(2), as guests have no program for it."""

import ctypes
import os
from pathlib import Path

from .libc import LIBC, checked
from .process import mount_points

MNT_DETACH = 2


def mount(source, target, fstype=None, flags=0, options=None):
    """Mount; the arguments are those of mount(2), None for NULL. Raises OSError."""
    texts = [None if text is None else os.fsencode(text) for text in (source, target, fstype, options)]
    checked(LIBC.mount(*texts[:3], ctypes.c_ulong(flags), texts[3]), target)


def unmount(target):
    """Take away the mount at `target`, also if it is busy. Raises OSError."""
    checked(LIBC.umount2(os.fsencode(target), MNT_DETACH), target)


def unmount_below(directory):
    """Take away all mounts at and below a directory. Raises OSError."""
    points = [point for point in mount_points("self") if Path(point).is_relative_to(directory)]
    for point in reversed(points):
        unmount(point)
