# SPDX-License-Identifier: Apache-2.0
"""What leads from node to node, or to the host, unless a namespace is the node's own."""

import os
import socket
import threading
from types import SimpleNamespace

from framework import export, host, minimal, verifies
from framework.caller import CALLERS
from framework.host import SECRET

from . import keys, objects
from .technique import CONTROL, Technique, attempt, conclude, items

SOCKETS = (
    Technique("descriptor-by-abstract-socket", "receive_from_abstract={abstract}", cve="CVE-2020-15257"),
    Technique("descriptor-by-socket-path", "receive_from_path={path}"),
)
PACKETS = (
    Technique("forge-packet", "forge_packet={port}", lambda it: it.heard()),
)
MEMORY = (
    Technique("shared-memory", "attach_memory={key}"),
    Technique("posix-shared-memory", "read_secret=/dev/shm/{name}"),
)
KEYS = (
    Technique("session-keyring", "read_session_key={key}"),
    Technique("user-keyring", "read_user_key={key}"),
    Technique("persistent-keyring", "read_persistent_key={key}"),
)


class Giver:
    """A service of the host on a UNIX socket: whoever connects gets a directory with a secret."""

    def __init__(self, check, address, folder):
        """address: a path, or with a zero byte before it an abstract name."""
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        check.at_end(os.close, self._folder)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(address)
        self._server.listen()
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        check.at_end(thread.join)
        check.at_end(self._server.shutdown, socket.SHUT_RDWR)

    def _serve(self):
        with self._server:
            try:
                while True:
                    with self._server.accept()[0] as connection:
                        socket.send_fds(connection, [b"."], [self._folder])
            except OSError:
                # It was shut down.
                return


@verifies(*items(SOCKETS), needs=("namespace.net",))
def test_descriptors_by_sockets(check):
    """SCM_RIGHTS brings what no mount shows; the file system of the node and its network stand before it."""
    folder, name = check.scratch(), host.fresh_name()
    (folder / "secret").write_text(SECRET)
    path = folder / "socket"
    Giver(check, str(path), folder)
    path.chmod(0o666)
    Giver(check, f"\0{name}", folder)
    stage = SimpleNamespace(fields={"abstract": name, "path": path})
    conclude(check, SOCKETS, [attempt(check, minimal(share_net="Disabled"), SOCKETS, stage),
                              attempt(check, None, SOCKETS, stage, CONTROL)])


@verifies(*items(PACKETS), needs=("namespace.net",), callers=("root",))
def test_packets(check):
    """Root with every capability may forge packets, but in the network of the node."""
    listener = objects.Listener(check, socket.AF_INET, socket.SOCK_DGRAM, address=("127.0.0.1", 0))
    listener.fields = {"port": listener.socket.getsockname()[1]}

    def look(net, role="protected"):
        node = minimal(share_all="Enabled", share_net=net, capabilities={"ALL": 1}, seccomp="off")
        return attempt(check, node, PACKETS, listener, role)

    conclude(check, PACKETS, [look("Disabled"), look("Enabled", CONTROL)])


@verifies(*items(MEMORY), needs=("namespace.ipc",))
def test_shared_memory(check):
    """Anybody may read it who finds it: by its key, or in /dev/shm."""
    name = host.fresh_name()
    with open(f"/dev/shm/{name}", "x", encoding="utf-8") as file:
        file.write(SECRET)
    check.at_end(os.unlink, f"/dev/shm/{name}")
    key = objects.make_shared_memory(check, 0o666, CALLERS["root"])
    stage = SimpleNamespace(fields={"key": key, "name": name})
    node = minimal(export("Devfs", "/dev"), share_ipc="Disabled")
    conclude(check, MEMORY, [attempt(check, node, MEMORY, stage),
                             attempt(check, None, MEMORY, stage, CONTROL)])


@verifies(*items(KEYS), needs=("namespace.user",))
def test_keyrings(check):
    """Keyrings know users and sessions: the node is a session and a user namespace of its own."""
    key = host.fresh_name()
    check.caller = check.caller.as_a(keys.KeyHolder, key)
    stage = SimpleNamespace(fields={"key": key})
    conclude(check, KEYS, [attempt(check, minimal(share_user="Disabled", seccomp="off"), KEYS, stage),
                           attempt(check, None, KEYS, stage, CONTROL)])
