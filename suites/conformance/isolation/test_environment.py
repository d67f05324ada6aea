# SPDX-License-Identifier: Apache-2.0
"""All namespaces and capabilities together, for the initial process and for all that descends from it."""

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


@verifies(ITEM + "descendants", needs=NEEDS)
def test_descendants(check):
    """Children and grandchildren, in sessions of their own, are in the environment of the payload."""
    def outside(running):
        return {"host": environment("self"), "payload": environment(running.pid),
                "descendants": [environment(pid) for pid in descendants(running.pid)]}

    def look(node, role):
        return check.observe(node, "family", role=role, outside=outside)

    def all_are(run, name):
        found, wanted = run.outside["descendants"], run.outside[name]["namespaces"]
        return len(found) == 2 and all(seen["namespaces"] == wanted for seen in found)

    protected, control = look(minimal(), "protected"), look(None, "control")
    check.conclude(holds=all_are(protected, "payload") and not all_are(protected, "host")
                   and all(seen == protected.outside["payload"] for seen in protected.outside["descendants"]),
                   exposed=all_are(control, "host"),
                   expected="both in the namespaces of the payload, with its capabilities")
