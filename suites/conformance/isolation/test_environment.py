# SPDX-License-Identifier: Apache-2.0
"""All namespaces and capabilities together, for the initial process and for all that descends from it."""

from cgroups.groups import prepare
from framework import minimal, verifies
from framework.process import descendants

from . import ITEM
from .environment import KINDS, environment, is_narrower

NEEDS = tuple(f"namespace.{kind}" for kind in KINDS)
# As little isolation as a node can have.
OPEN = {"share_all": "Enabled", "capabilities": {"ALL": 1}}


@verifies(ITEM + "environment", needs=NEEDS)
def test_initial_process(check):
    """The initial process of a node gets namespaces of its own and loses capabilities, unless it shares."""
    def look(node, role):
        return check.observe(node, "pid", role=role, outside=lambda running: environment(running.pid))

    protected, control = look(minimal(), "protected"), look(minimal(**OPEN), "control")
    check.conclude(holds=is_narrower(protected.outside, control.outside),
                   exposed=not is_narrower(control.outside, protected.outside)
                   and all(control.outside["capabilities"].values()),
                   expected="more namespaces of its own and fewer capabilities than a node that shares all")


@verifies(ITEM + "descendants", needs=(*NEEDS, "cgroup.mode", "cgroup.controller.pids"))
def test_descendants(check):
    """Children and grandchildren, in sessions of their own, are in the environment of the payload."""
    _, base = prepare(check)

    def outside(running):
        return {"host": environment("self"), "payload": environment(running.pid),
                "descendants": [environment(pid) for pid in descendants(running.pid)]}

    def look(node, role):
        return check.observe(node, "family", role=role, outside=outside)

    def all_are(run, name):
        wanted = run.outside[name]
        return [(seen["namespaces"], seen["group"]) for seen in run.outside["descendants"]] == [
            (wanted["namespaces"], wanted["group"])] * 2

    protected = look(minimal(cgroups={"pids": {"max": 100}}, **base), "protected")
    control = look(None, "control")
    host, payload = protected.outside["host"], protected.outside["payload"]
    check.conclude(holds=all_are(protected, "payload") and payload["group"] != host["group"]
                   and payload["namespaces"] != host["namespaces"]
                   and all(seen == payload for seen in protected.outside["descendants"]),
                   exposed=all_are(control, "host" if check.caller.uid == 0 else "payload")
                   and control.outside["payload"]["namespaces"] == control.outside["host"]["namespaces"],
                   expected="both in the namespaces and the group of the payload, with its capabilities")
