# SPDX-License-Identifier: Apache-2.0
"""System V and POSIX message queues, seen both ways; see ipc_namespaces(7)."""

from framework import host, minimal, verifies

from . import ITEM
from .identity import compare, conclude_both, is_own, permitted


@verifies(ITEM + "ipc", needs=("namespace.ipc",))
def test_queues(check):
    """The node does not find the queues of the host, nor the host those of the node."""
    find = [f"find_queue={host.make_queue(check)}", f"find_posix_queue={host.make_posix_queue(check)}"]
    found, made = ("find_queue", "find_posix_queue"), ("make_queue", "make_posix_queue")

    def look(share, role):
        key, name = host.fresh_key(), "/" + host.fresh_name()
        check.at_end(host.remove_queue, key)
        check.at_end(host.remove_posix_queue, name)
        outside = compare("ipc", queue=lambda: host.has_queue(key),
                          posix_queue=lambda: host.has_posix_queue(name))
        return check.observe(minimal(share_ipc=share), *find, f"make_queue={key}", f"make_posix_queue={name}",
                             role=role, outside=outside)

    def seen(run):
        return [*permitted(run, *found), run.outside["queue"], run.outside["posix_queue"]]

    own, shared = look("Disabled", "protected"), look("Enabled", "control")
    conclude_both(check, own, shared,
                  isolated=not any(seen(own)) and all(permitted(own, *made)) and is_own(own),
                  open=all(seen(shared)) and all(permitted(shared, *made)) and not is_own(shared),
                  expected="no queue of the host found in the node, and none of the node on the host")
