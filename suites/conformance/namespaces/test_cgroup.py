# SPDX-License-Identifier: Apache-2.0
"""The root of the control groups that the node sees; see cgroup_namespaces(7)."""

from cgroups.groups import path_of, prepare
from framework import export, minimal, verifies

from . import ITEM
from .identity import compare, conclude_both, is_own

NEEDS = ("namespace.cgroup", "cgroup.mode", "cgroup.controller.pids")


@verifies(ITEM + "cgroup", needs=NEEDS)
def test_root_of_the_groups(check):
    """The node sees its group as the root, and no name of the host's groups."""
    _, base = prepare(check)

    def outside(running):
        return {**compare("cgroup")(running), "path": "0::" + path_of(running.pid)}

    def look(share, role):
        node = minimal(export("Procfs", "/proc"), share_cgroup=share, cgroups={"pids": {"max": 100}},
                       **base)
        return check.observe(node, "cgroup", role=role, outside=outside)

    own, shared = look("Disabled", "protected"), look("Enabled", "control")
    conclude_both(check, own, shared,
                  isolated=own.inside["cgroup"] == "0::/" != own.outside["path"] and is_own(own),
                  open=shared.inside["cgroup"] == shared.outside["path"] != "0::/" and not is_own(shared),
                  expected="the node's own group as the root of its groups")
