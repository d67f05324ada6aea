# SPDX-License-Identifier: Apache-2.0
"""Mounts, seen both ways; see mount_namespaces(7). It cannot be shared: the control has no launcher."""

from framework import export, minimal, verifies
from framework.caller import CALLERS
from framework.mounts import mount, unmount
from framework.nodes import witness
from framework.process import mount_points

from . import ITEM
from .identity import compare, is_own, permitted

ROOT_ITEM = "REDPAK.HRQ-R-RED-ALW-RED-FIL-ROO/mount-namespace"
ITEMS = ITEM + "mnt", ROOT_ITEM
# What can be shared, is not, and is.
SHARES = ({}, {"share_all": "Enabled"})


def _folder(check):
    """Return a directory of the host with one below it; its mount is shared, as a host has it."""
    folder = check.scratch()
    (folder / "below").mkdir()
    (folder / "below").chmod(0o777)
    return folder


def _conclude(check, **verdict):
    for item in ITEMS:
        check.conclude(item, **verdict)


@verifies(*ITEMS, needs=("namespace.mnt",))
def test_mounts_of_the_host(check):
    """A mount made on the host while the node runs is not seen in the node, whatever the node shares.

    Nor is it where it was made below a part of the host that the node has.
    """
    folder = _folder(check)
    below = folder / "below"

    def look(node, role):
        with check.start(node, witness("pid", "--", f"directory={below}"), role) as running:
            running.observe()
            mount("redproof", below, "tmpfs")
            try:
                (below / "later").touch()
                running.send("")
                running.outside = {**compare("mnt")(running), "seen": str(below) in mount_points(running.pid),
                                   "listed": running.observe()["directory"]}
            finally:
                unmount(below)
        return running.run

    def blind(run):
        return is_own(run) and not run.outside["seen"] and run.outside["listed"] == []

    protected = [look(minimal(export("Public", folder), **share), "protected") for share in SHARES]
    control = look(None, "control")
    _conclude(check, holds=all(map(blind, protected)),
              exposed=control.outside["seen"] and control.outside["listed"] == ["later"]
              and not is_own(control),
              expected="a mount namespace of the node's own, without later mounts of the host")


@verifies(*ITEMS, needs=("namespace.mnt",))
def test_mounts_of_the_node(check):
    """A mount made by the payload is not seen on the host, even below a part of the host that it has.

    The control's caller is root: without a launcher nobody else may mount.
    """
    folder = _folder(check)
    below = folder / "below"

    def outside(running):
        return {**compare("mnt")(running), "node_has": str(below) in mount_points(running.pid),
                "host_has": str(below) in mount_points("self")}

    def look(node, role):
        return check.observe(node, f"mount_tmpfs={below}", role=role, outside=outside)

    protected = [look(minimal(export("Public", folder), **share, capabilities={"cap_sys_admin": 1}),
                      "protected") for share in SHARES]
    with check.acting(CALLERS["root"]):
        control = look(None, "control")
    unmount(below)
    _conclude(check, holds=all(permitted(run, "mount_tmpfs") == [True] and run.outside["node_has"]
                               and not run.outside["host_has"] for run in protected),
              exposed=permitted(control, "mount_tmpfs") == [True] and control.outside["host_has"],
              expected="the payload's mount in the node and not on the host")


def _conclude_refused(check, protected, control):
    _conclude(check, holds=all(map(check.refused, protected)),
              exposed=control.status == 0 and bool(control.stdout),
              expected="no payload in a node that is to join a mount namespace")


@verifies(*ITEMS, needs=("namespace.mnt",))
def test_no_key_for_joining(check):
    """There is no key by which a node could join a mount namespace."""
    path = "/proc/self/ns/mnt"
    protected = [check.run(minimal(**share), witness("pid")) for share in ({"share_mnt": path},
                                                                           {"share_mount": path})]
    _conclude_refused(check, protected, check.run(minimal(), witness("pid"), "control"))


@verifies(*ITEMS, needs=("namespace.mnt", "namespace.net", "namespace.ipc"), callers=("root",))
def test_no_joining_by_another_key(check):
    """The path of a mount namespace is refused where that of another namespace is expected."""
    def look(role, **shares):
        return check.run(minimal(share_user="Enabled", **shares), witness("pid"), role)

    protected = [look("protected", **{f"share_{kind}": "/proc/self/ns/mnt"}) for kind in ("net", "ipc")]
    control = look("control", share_net="/proc/self/ns/net", share_ipc="/proc/self/ns/ipc")
    _conclude_refused(check, protected, control)
