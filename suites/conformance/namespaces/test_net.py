# SPDX-License-Identifier: Apache-2.0
"""Interfaces, ports and abstract sockets; see network_namespaces(7)."""

import socket

from framework import host, minimal, verifies

from . import ITEM
from .identity import compare, is_own, permitted


def _interfaces():
    return [name for _, name in socket.if_nameindex()]


@verifies(ITEM + "net", needs=("namespace.net",))
def test_sockets_of_the_host(check):
    """The node reaches no port of the host, no abstract socket (CVE-2020-15257), and has its own loopback."""
    connect = [f"connect_abstract={host.listen_abstract(check)}", f"connect_port={host.listen_port(check)}"]

    def look(share, role):
        return check.observe(minimal(share_net=share), *connect, "interfaces", role=role,
                             outside=compare("net", interfaces=_interfaces))

    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    reached = [permitted(run, "connect_abstract", "connect_port") for run in (protected, control)]
    check.conclude(holds=not any(reached[0]) and protected.inside["interfaces"] == ["lo"]
                   and is_own(protected),
                   exposed=all(reached[1]) and not is_own(control)
                   and control.inside["interfaces"] == control.outside["interfaces"],
                   expected="no socket of the host to be reached, and only lo in the node")
