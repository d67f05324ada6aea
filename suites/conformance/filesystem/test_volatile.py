# SPDX-License-Identifier: Apache-2.0
"""Volatile areas: tmpfs that the node writes to, and that ends with it."""

import os
from pathlib import Path

from framework import export, minimal, verifies
from framework.host import MADE, content

from . import TMPFS_MAGIC

ITEM = "REDPAK.HRQ-R-RED-MOU-VOL-ARE-USI-TMP/"
PLACE = "/data"
MEBIBYTE = 1 << 20


VOLATILE = minimal(export("Tmpfs", PLACE))


@verifies(ITEM + "tmpfs", needs=("namespace.mnt",))
def test_tmpfs(check):
    """A Tmpfs export is a tmpfs of the node's own and can be written to; a part of the disk is none."""
    def outside(running):
        place = f"/proc/{running.pid}/root{PLACE}"
        devices = [os.stat(point).st_dev for point in ("/", "/tmp", "/run", "/dev/shm")]
        return {"content": content(Path(place, "made")), "own": os.stat(place).st_dev not in devices}

    def look(node, role):
        return check.observe(node, f"make_file={PLACE}/made", f"filesystem={PLACE}", role=role,
                             outside=outside)

    protected = look(VOLATILE, "protected")
    control = look(minimal(export("Public", PLACE, check.scratch(disk=True))), "control")
    check.conclude(holds=protected.inside["make_file"]["permitted"]
                   and protected.outside["content"] == MADE
                   and protected.inside["filesystem"]["magic"] == TMPFS_MAGIC and protected.outside["own"],
                   exposed=control.inside["make_file"]["permitted"]
                   and control.inside["filesystem"]["magic"] != TMPFS_MAGIC,
                   expected="a tmpfs of the node's own that can be written to")


@verifies(ITEM + "volatile", needs=("namespace.mnt",))
def test_volatile(check):
    """What one run wrote, the host does not see and the next run of the same node does not find."""
    folder = check.scratch(disk=True)

    def look_twice(node, role):
        place = check.place(node)
        return [check.observe(place, f"{attempt}={PLACE}/made", role=role,
                              outside=lambda running: content(folder / "made"))
                for attempt in ("make_file", "read_file")]

    made, found = look_twice(VOLATILE, "protected")
    control_made, control_found = look_twice(minimal(export("Public", PLACE, folder)), "control")
    check.conclude(holds=made.inside["make_file"]["permitted"] and made.outside is None
                   and found.inside["read_file"]["errno"] == "ENOENT",
                   exposed=control_made.outside == MADE
                   and control_found.inside["read_file"]["permitted"],
                   expected="the file neither on the host nor in the next run")


@verifies(ITEM + "bounded", needs=("namespace.mnt", "mount.tmpfs.size"))
def test_bounded(check):
    """The root and a volatile area take as much as the node's limit lets them, and no more."""
    little, much = MEBIBYTE, 4 * MEBIBYTE
    places = {"root": "/filled", "area": f"{PLACE}/filled"}

    def look(limit, role):
        words = [f"{name}-{size}:fill_file={place},{size}" for name, place in places.items()
                 for size in (little, much)]
        return check.observe(minimal(export("Tmpfs", PLACE), tmpfs_size=limit), *words, role=role)

    def filled(run, size):
        return [run.inside[f"{name}-{size}"] for name in places]

    full = {"permitted": False, "errno": "ENOSPC"}
    protected, control = look("2M", "protected"), look("8M", "control")
    check.conclude(holds=all(seen["permitted"] for seen in filled(protected, little))
                   and all(seen == full for seen in filled(protected, much)),
                   exposed=all(seen["permitted"] for seen in filled(control, little) + filled(control, much)),
                   expected=f"{little} bytes written and {much} refused (ENOSPC), where there are 2 MiB")
