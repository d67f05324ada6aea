# SPDX-License-Identifier: Apache-2.0
"""Ways out of a node's control group, to the resources of the host."""

from types import SimpleNamespace

from cgroups import groups
from framework import export, minimal, verifies

from .technique import CONTROL, Technique, attempt, conclude, items

NEEDS = ("cgroup.mode", "cgroup.controller.pids")
MANY, LIMIT = 40, 20
BOMB = (Technique("fork-bomb", f"make_children={MANY}"),)
LEFT = (
    Technique("clone-into-group", "clone_into={groups}"),
)
LIFTED = (
    Technique("lift-own-limits", "lift_limits=/mnt,pids.max,max", lambda it: it.is_lifted()),
)
ALL = {"capabilities": {"ALL": 1}, "seccomp": "off", "nested_userns": "Enabled",
       "cgroups": {"pids": {"max": LIMIT}}}


@verifies(*items(BOMB), needs=NEEDS)
def test_fork_bomb(check):
    """More processes than the node may have."""
    stage = SimpleNamespace(fields={})
    _, base = groups.prepare(check)
    node = minimal(cgroups={"pids": {"max": LIMIT}}, **base)
    conclude(check, BOMB, [attempt(check, node, BOMB, stage), attempt(check, None, BOMB, stage, CONTROL)])


@verifies(*items(LEFT), needs=(*NEEDS, "namespace.cgroup", "process.clone_into_cgroup"), callers=("root",))
def test_leave_the_group(check):
    """The host's groups are exported; root, with every capability, has a child born in the root group.

    A read-only mount keeps nobody from that, but a control group namespace does.
    """
    _, base = groups.prepare(check, own=True)
    stage = SimpleNamespace(fields={"groups": groups.MOUNT})

    def look(share, role="protected"):
        node = minimal(export("Public", groups.MOUNT), export("Procfs", "/proc"), share_all="Enabled",
                       share_pid="Disabled", share_cgroup=share, **ALL, **base)
        return attempt(check, node, LEFT, stage, role)

    conclude(check, LEFT, [look("Disabled"), look("Enabled", CONTROL)])


@verifies(*items(LIFTED), needs=(*NEEDS, "namespace.cgroup"), callers=("root",))
def test_lift_limits(check):
    """Root, with every capability, mounts a cgroup2 and writes to each group from its own upwards."""
    group, base = groups.prepare(check, own=True)

    def is_lifted():
        limits = [file.read_text().strip() for file in group.path.rglob("pids.max")]
        return str(LIMIT) not in limits

    def look(share, role="protected"):
        node = minimal(export("Procfs", "/proc"), export("Anonymous", "/mnt"), share_all="Enabled",
                       share_pid="Disabled", share_cgroup=share, **ALL, **base)
        return attempt(check, node, LIFTED, SimpleNamespace(fields={}, is_lifted=is_lifted), role)

    conclude(check, LIFTED, [look("Disabled"), look("Enabled", CONTROL)])
