# SPDX-License-Identifier: Apache-2.0
"""System V and POSIX message queues, seen both ways; see ipc_namespaces(7)."""

from framework import host, minimal, verifies

from . import ITEM
from .identity import compare, is_own, permitted


@verifies(ITEM + "ipc", needs=("namespace.ipc",))
def test_queues_of_the_host(check):
    """The node does not find the queues of the host."""
    find = [f"find_queue={host.make_queue(check)}", f"find_posix_queue={host.make_posix_queue(check)}"]

    def look(share, role):
        return check.observe(minimal(share_ipc=share), *find, role=role, outside=compare("ipc"))

    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    found = [permitted(run, "find_queue", "find_posix_queue") for run in (protected, control)]
    check.conclude(holds=not any(found[0]) and is_own(protected),
                   exposed=all(found[1]) and not is_own(control),
                   expected="no queue of the host to be found in a node with an IPC namespace of its own")


@verifies(ITEM + "ipc", needs=("namespace.ipc",))
def test_queues_of_the_node(check):
    """The host does not find the queues of the node."""
    def look(share, role):
        key, name = host.fresh_key(), "/" + host.fresh_name()
        check.at_end(host.remove_queue, key)
        check.at_end(host.remove_posix_queue, name)
        return check.observe(minimal(share_ipc=share), f"make_queue={key}", f"make_posix_queue={name}",
                             role=role, outside=compare("ipc", queue=lambda: host.has_queue(key),
                                                        posix_queue=lambda: host.has_posix_queue(name)))

    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    seen = [(run.outside["queue"], run.outside["posix_queue"]) for run in (protected, control)]
    made = [all(permitted(run, "make_queue", "make_posix_queue")) for run in (protected, control)]
    check.conclude(holds=made[0] and not any(seen[0]) and is_own(protected),
                   exposed=made[1] and all(seen[1]),
                   expected="no queue that the node made to be found on the host")
