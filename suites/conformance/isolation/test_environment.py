# SPDX-License-Identifier: Apache-2.0
"""All namespaces and capabilities together, for the initial process and for all that descends from it."""

from framework import minimal, verifies
from framework.process import descendants

from . import ITEM
from .environment import KINDS, environment, is_powerless, own_namespaces

NEEDS = tuple(f"namespace.{kind}" for kind in KINDS)
# The least that redwrap isolates: the mount namespace cannot be shared.
OPEN = {"share_all": "Enabled", "capabilities": {"cap_chown": 1, "cap_kill": 1}}


@verifies(ITEM + "environment", needs=NEEDS)
def test_initial_process(check):
    """A node that says nothing gives its initial process every namespace and takes every capability."""
    def look(node, role):
        return check.observe(node, "pid", role=role, outside=lambda running: environment(running.pid))

    protected, control = look(minimal(), "protected"), look(minimal(**OPEN), "control")
    user = ["user"] if check.caller.uid else []
    check.conclude(holds=own_namespaces(protected.outside) == list(KINDS) and is_powerless(protected.outside),
                   exposed=own_namespaces(control.outside) == sorted(["mnt"] + user)
                   and not is_powerless(control.outside),
                   expected="eight namespaces of its own, no capability in any set, no new privileges")


@verifies(ITEM + "descendants", needs=NEEDS)
def test_descendants(check):
    """Children and grandchildren, in sessions of their own, are in the same environment."""
    def outside(running):
        return {"payload": environment(running.pid),
                "descendants": [environment(pid) for pid in descendants(running.pid)]}

    def look(node, role):
        return check.observe(node, "family", role=role, outside=outside)

    protected, control = look(minimal(), "protected"), look(None, "control")
    check.conclude(holds=len(protected.outside["descendants"]) == 2
                   and all(seen == protected.outside["payload"] for seen in protected.outside["descendants"])
                   and own_namespaces(protected.outside["payload"]) == list(KINDS)
                   and is_powerless(protected.outside["payload"]),
                   exposed=len(control.outside["descendants"]) == 2
                   and not any(map(own_namespaces, control.outside["descendants"])),
                   expected="both in the namespaces of the payload, with as few capabilities")
