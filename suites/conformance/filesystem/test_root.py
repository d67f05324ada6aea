# SPDX-License-Identifier: Apache-2.0
"""The root of a node is new, and the host's is not to be reached; see pivot_root(2)."""

import os

from framework import export, minimal, verifies

from . import TMPFS_MAGIC

ITEM = "REDPAK.HRQ-R-RED-ALW-RED-FIL-ROO/root"


def _root_of(running):
    """The device and inode of the payload's root, and of the host's."""
    seen = {"node": os.stat(f"/proc/{running.pid}/root/"), "host": os.stat("/")}
    return {name: [status.st_dev, status.st_ino] for name, status in seen.items()}


# What some launchers give every root, whatever is exported.
GIVEN = {"dev"}


@verifies(ITEM, needs=("namespace.mnt",))
def test_new_root(check):
    """The root holds what is exported and nothing else, whatever the node shares."""
    names = sorted(os.listdir("/"))
    observations = ("directory=/", "filesystem=/")
    protected = [check.observe(minimal(export("Anonymous", "/data"), **share), *observations,
                               outside=_root_of) for share in ({}, {"share_all": "Enabled"})]
    control = check.observe(None, *observations, role="control", outside=_root_of)
    check.conclude(holds=all(set(run.inside["directory"]) - GIVEN == {"data", "witness"}
                             and run.inside["filesystem"]["magic"] == TMPFS_MAGIC
                             and run.outside["node"] != run.outside["host"] for run in protected),
                   exposed=control.inside["directory"] == names
                   and control.outside["node"] == control.outside["host"],
                   expected="a tmpfs of the node's own that holds its exports alone")


@verifies(ITEM, needs=("namespace.mnt",), callers=("root",))
def test_climbing_out(check):
    """No file of the host is reached by its path, nor by climbing out of the root with a second chroot."""
    folder = check.scratch(disk=True)
    marker = folder / "marker"
    marker.write_text("marker\n")

    def look(node, role):
        return check.observe(node, f"read_file={marker}", f"climb_out={marker}", role=role, outside=_root_of)

    protected = look(minimal(capabilities={"cap_sys_chroot": 1}), "protected")
    control = look(None, "control")
    ways = ("read_file", "climb_out")
    check.conclude(holds=all(protected.inside[way]["errno"] == "ENOENT" for way in ways),
                   exposed=all(control.inside[way]["permitted"] for way in ways),
                   expected="the marker on the host's disk not to be found")
