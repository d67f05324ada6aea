# SPDX-License-Identifier: Apache-2.0
"""The root of the control groups that the node sees; see cgroup_namespaces(7)."""

from pathlib import Path

from cgroups.groups import prepare
from framework import export, minimal, verifies

from . import ITEM
from .identity import compare, is_own

NEEDS = ("namespace.cgroup", "cgroup.mode", "cgroup.controller.pids")


@verifies(ITEM + "cgroup", needs=NEEDS)
def test_root_of_the_groups(check):
    """The node sees its group as the root, and no name of the host's groups."""
    _, base = prepare(check)

    def outside(running):
        path = Path(f"/proc/{running.pid}/cgroup").read_text(encoding="utf-8").strip()
        return {**compare("cgroup")(running), "path": path}

    def look(share, role):
        node = minimal(export("Procfs", "/proc"), share_cgroup=share, cgroups={"pids": {"max": 100}},
                       **base)
        return check.observe(node, "cgroup", role=role, outside=outside)

    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    check.conclude(holds=protected.inside["cgroup"] == "0::/" != protected.outside["path"]
                   and is_own(protected),
                   exposed=control.inside["cgroup"] == control.outside["path"] != "0::/"
                   and not is_own(control),
                   expected="the node's own group as the root of its groups")
