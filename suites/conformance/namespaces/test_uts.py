# SPDX-License-Identifier: Apache-2.0
"""Host name and NIS domain name, seen both ways; see uts_namespaces(7)."""

from framework import host, minimal, verifies
from framework.nodes import witness

from . import ITEM
from .identity import compare, conclude_both, is_own, permitted

CHANGED = {"host": "changed", "domain": "changed"}


@verifies(ITEM + "uts", needs=("namespace.uts",))
def test_name_of_the_node(check):
    """A host name given to the node is seen in the node, and not on the host."""
    def look(role, **config):
        return check.observe(minimal(**config), "host_name", role=role,
                             outside=compare("uts", names=host.names))

    protected = look("protected", share_uts="Disabled", hostname="redproof-node")
    control = look("control", share_uts="Enabled")
    check.conclude(holds=protected.inside["host_name"]["host"] == "redproof-node"
                   and protected.outside["names"]["host"] != "redproof-node" and is_own(protected),
                   exposed=control.inside["host_name"] == control.outside["names"] and not is_own(control),
                   expected="the node's host name in the node only")


@verifies(ITEM + "uts", needs=("namespace.uts",))
def test_change_on_the_host(check):
    """Names that the host is given while the node runs are not the node's."""
    host.keep_names(check)
    before = host.names()

    def look(share, role):
        host.set_names(*before.values())
        with check.start(minimal(share_uts=share), witness("host_name", "--", "host_name"), role) as running:
            seen = [running.observe()["host_name"]]
            host.set_names(*CHANGED.values())
            running.send("")
            seen.append(running.observe()["host_name"])
            running.outside = {**compare("uts", names=host.names)(running), "seen": seen}
        return running.run

    own, shared = look("Disabled", "protected"), look("Enabled", "control")
    seen = [run.outside["seen"] for run in (own, shared)]
    conclude_both(check, own, shared,
                  isolated=seen[0][0] == seen[0][1] != CHANGED and is_own(own)
                  and own.outside["names"] == CHANGED,
                  open=seen[1] == [before, CHANGED] and not is_own(shared),
                  expected="the names of the node as they were")


@verifies(ITEM + "uts", needs=("namespace.uts",), callers=("root",))
def test_change_from_the_node(check):
    """A payload that may change the names changes the node's, not the host's."""
    host.keep_names(check)

    def look(share, role):
        node = minimal(share_user="Enabled", share_uts=share, capabilities={"cap_sys_admin": 1})
        return check.observe(node, "set_host_name=changed", "set_domain_name=changed", "host_name", role=role,
                             outside=compare("uts", names=host.names))

    own, shared = look("Disabled", "protected"), look("Enabled", "control")
    done = [all(permitted(run, "set_host_name", "set_domain_name")) and run.inside["host_name"] == CHANGED
            for run in (own, shared)]
    conclude_both(check, own, shared, isolated=done[0] and not CHANGED.items() & own.outside["names"].items(),
                  open=done[1] and shared.outside["names"] == CHANGED,
                  expected="the names changed in the node and not on the host")
