# SPDX-License-Identifier: Apache-2.0
"""How much of the host's memory a node takes by its files (weakness W20)."""

from framework import export, minimal, verifies

from . import conclude, items, permitted


@verifies(*items("fill-the-root"), needs=("namespace.mnt",))
def test_the_root_is_bounded(check):
    """By a quarter of memory; the control is a tmpfs as the kernel bounds it: by half."""
    check.launcher.makes_root()
    protected = check.observe(minimal(), "allocate=/file")
    control = check.observe(minimal(export("Tmpfs", "/data")), "allocate=/data/file", role="control")
    conclude(check, "fill-the-root", "W20", holds=protected.inside["allocate"]["errno"] == "ENOSPC",
             exposed=permitted(control, "allocate"), expected="no space for more than a quarter of memory")
