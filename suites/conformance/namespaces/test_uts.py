# SPDX-License-Identifier: Apache-2.0
"""Host name and NIS domain name; see uts_namespaces(7)."""

from framework import host, minimal, verifies

from . import ITEM
from .identity import compare, is_own, permitted


@verifies(ITEM + "uts", needs=("namespace.uts",))
def test_name_of_the_node(check):
    """A host name given to the node is seen in the node, and not on the host."""
    if check.caller.uid == 0:
        host.keep_names(check)

    def look(role, **config):
        return check.observe(minimal(**config), "host_name", role=role,
                             outside=compare("uts", names=host.names))

    protected = look("protected", share_uts="Disabled", hostname="redproof-node")
    control = look("control", share_uts="Enabled")
    check.conclude(holds=protected.inside["host_name"]["host"] == "redproof-node"
                   and protected.outside["names"]["host"] != "redproof-node" and is_own(protected),
                   exposed=control.inside["host_name"] == control.outside["names"] and not is_own(control),
                   expected="the node's host name in the node only")


@verifies(ITEM + "uts", needs=("namespace.uts",), callers=("root",))
def test_change_from_the_node(check):
    """A payload that may change the names changes the node's, not the host's."""
    host.keep_names(check)

    def look(share, role):
        node = minimal(share_user="Enabled", share_uts=share, capabilities={"cap_sys_admin": 1})
        return check.observe(node, "set_host_name=changed", "set_domain_name=changed", "host_name", role=role,
                             outside=compare("uts", names=host.names))

    changed = {"host": "changed", "domain": "changed"}
    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    done = [all(permitted(run, "set_host_name", "set_domain_name")) and run.inside["host_name"] == changed
            for run in (protected, control)]
    check.conclude(holds=done[0] and not changed.items() & protected.outside["names"].items(),
                   exposed=done[1] and control.outside["names"] == changed,
                   expected="the names changed in the node and not on the host")
