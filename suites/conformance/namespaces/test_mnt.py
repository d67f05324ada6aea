# SPDX-License-Identifier: Apache-2.0
"""Mounts, seen both ways; see mount_namespaces(7). It cannot be shared: the control has no launcher."""

from framework import export, minimal, verifies
from framework.mounts import mount, unmount
from framework.process import mount_points

from . import ITEM
from .identity import compare, is_own, permitted

ROOT_ITEM = "REDPAK.HRQ-R-RED-ALW-RED-FIL-ROO/mount-namespace"
SHARES = ("Disabled", "Enabled")


@verifies(ITEM + "mnt", ROOT_ITEM, needs=("namespace.mnt",))
def test_mounts_of_the_host(check):
    """A mount made on the host while the node runs is not seen in the node, whatever the node shares."""
    folder = check.scratch()

    def outside(running):
        mount("redproof", folder, "tmpfs")
        try:
            return {**compare("mnt")(running), "seen": str(folder) in mount_points(running.pid)}
        finally:
            unmount(folder)

    protected = [check.observe(minimal(share_all=share), "pid", outside=outside) for share in SHARES]
    control = check.observe(None, "pid", role="control", outside=outside)
    for item in (ITEM + "mnt", ROOT_ITEM):
        check.conclude(item, holds=all(is_own(run) and not run.outside["seen"] for run in protected),
                       exposed=control.outside["seen"] and not is_own(control),
                       expected="a mount namespace of the node's own, without later mounts of the host")


@verifies(ITEM + "mnt", ROOT_ITEM, needs=("namespace.mnt",), callers=("root",))
def test_mounts_of_the_node(check):
    """A mount made by the payload is not seen on the host."""
    folder = check.scratch()

    def outside(running):
        return {**compare("mnt")(running),
                "node_has": str(folder) in mount_points(running.pid),
                "host_has": str(folder) in mount_points("self")}

    def look(node, role):
        return check.observe(node, f"mount_tmpfs={folder}", role=role, outside=outside)

    knobs = {"capabilities": {"cap_sys_admin": 1}}
    protected = [look(minimal(export("Anonymous", folder), share_all=share, **knobs), "protected")
                 for share in SHARES]
    control = look(None, "control")
    unmount(folder)
    for item in (ITEM + "mnt", ROOT_ITEM):
        check.conclude(item, holds=all(permitted(run, "mount_tmpfs") == [True] and run.outside["node_has"]
                                       and not run.outside["host_has"] for run in protected),
                       exposed=permitted(control, "mount_tmpfs") == [True] and control.outside["host_has"],
                       expected="the payload's mount in the node and not on the host")
