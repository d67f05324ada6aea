# SPDX-License-Identifier: Apache-2.0
"""Interfaces, ports and abstract sockets, seen both ways; see network_namespaces(7)."""

import socket

from framework import host, minimal, verifies

from . import ITEM
from .identity import compare, conclude_both, is_own, permitted


def _interfaces():
    return [name for _, name in socket.if_nameindex()]


@verifies(ITEM + "net", needs=("namespace.net",))
def test_sockets_of_the_host(check):
    """The node reaches no port of the host, no abstract socket (CVE-2020-15257), and has its own loopback.

    A port that is in use on the host is free in the node.
    """
    port = host.listen_port(check)
    connect = [f"connect_abstract={host.listen_abstract(check)}", f"connect_port={port}"]

    def look(share, role):
        return check.observe(minimal(share_net=share), *connect, f"listen_port={port}", "interfaces",
                             role=role, outside=compare("net", interfaces=_interfaces))

    own, shared = look("Disabled", "protected"), look("Enabled", "control")
    reached = [permitted(run, "connect_abstract", "connect_port") for run in (own, shared)]
    conclude_both(check, own, shared,
                  isolated=not any(reached[0]) and own.inside["interfaces"] == ["lo"]
                  and own.inside["listen_port"]["permitted"] and is_own(own),
                  open=all(reached[1]) and not is_own(shared)
                  and shared.inside["listen_port"]["errno"] == "EADDRINUSE"
                  and shared.inside["interfaces"] == shared.outside["interfaces"],
                  expected="no socket of the host reached, the host's port free, and only lo in the node")


def _free_port():
    """Return a port of the loopback that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _is_reached(family, address):
    with socket.socket(family) as client:
        return client.connect_ex(address) == 0


@verifies(ITEM + "net", needs=("namespace.net",))
def test_sockets_of_the_node(check):
    """The host reaches neither a port nor an abstract socket that the node listens on."""
    def look(share, role):
        port, name = _free_port(), host.fresh_name()
        outside = compare("net", port=lambda: _is_reached(socket.AF_INET, ("127.0.0.1", port)),
                          abstract=lambda: _is_reached(socket.AF_UNIX, "\0" + name))
        return check.observe(minimal(share_net=share), f"listen_port={port}", f"listen_abstract={name}",
                             role=role, outside=outside)

    own, shared = look("Disabled", "protected"), look("Enabled", "control")
    listen = [all(permitted(run, "listen_port", "listen_abstract")) for run in (own, shared)]
    reached = [(run.outside["port"], run.outside["abstract"]) for run in (own, shared)]
    conclude_both(check, own, shared, isolated=listen[0] and not any(reached[0]) and is_own(own),
                  open=listen[1] and all(reached[1]) and not is_own(shared),
                  expected="no socket of the node reached from the host")
