# SPDX-License-Identifier: Apache-2.0
"""Calls that pass by what a node is made of; it is the filter that refuses them."""

import socket
import threading
from types import SimpleNamespace

from framework import minimal, verifies

from .technique import CONTROL, SECRET, Technique, attempt, conclude, items

CALLS = (
    Technique("io-uring", "make_ring"),
    Technique("userfaultfd", "handle_faults"),
)
MACHINE = (
    Technique("vsock", "connect_machine={port}"),
)


def tell_on_vsock(check):
    """Have a service of the host tell the secret to whoever connects; see vsock(7). Returns its port."""
    server = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
    server.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
    server.listen()
    port = server.getsockname()[1]
    ended = threading.Event()

    def serve():
        with server:
            while True:
                with server.accept()[0] as connection:
                    if ended.is_set():
                        return
                    connection.sendall(SECRET.encode())

    def end():
        ended.set()
        with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as last:
            last.connect((1, port))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    check.at_end(thread.join)
    check.at_end(end)
    return port


def _try(check, techniques, **fields):
    stage = SimpleNamespace(fields=fields)
    conclude(check, techniques, [attempt(check, minimal(), techniques, stage),
                                 attempt(check, None, techniques, stage, CONTROL)])


@verifies(*items(CALLS), needs=("process.seccomp.errno",))
def test_calls(check):
    """As a node has it that says nothing of it; the control has no launcher."""
    _try(check, CALLS)


@verifies(*items(MACHINE), needs=("process.seccomp.errno", "kernel.modules"))
def test_sockets_of_the_machine(check):
    """Network namespaces do not know AF_VSOCK, which leads to services of the host and to its hypervisor."""
    _try(check, MACHINE, port=tell_on_vsock(check))
