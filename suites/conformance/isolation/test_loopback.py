# SPDX-License-Identifier: Apache-2.0
"""The one interface of a network namespace that is new; see netdevice(7)."""

from framework import minimal, verifies
from framework.caller import Caller
from framework.libc import LIBC, checked

from . import ITEM

CLONE_NEWNET = 0x40000000
PORT = 1024


class Alone(Caller):
    """A caller in a network namespace that nobody has done anything for."""

    def become(self):
        """Make it, then take the identity."""
        checked(LIBC.unshare(CLONE_NEWNET))
        super().become()


@verifies(ITEM + "loopback", needs=("namespace.net",))
def test_loopback(check):
    """A port that a program of the node listens on is reached by another one."""
    def look(node, role):
        return check.observe(node, f"listen_port={PORT}", f"connect_port={PORT}", role=role)

    protected = look(minimal(share_net="Disabled"), "protected")
    check.caller = check.caller.as_a(Alone)
    control = look(None, "control")
    check.conclude(holds=all(seen["permitted"] for seen in protected.inside.values()),
                   exposed=control.inside["listen_port"]["permitted"]
                   and control.inside["connect_port"]["errno"] == "ENETUNREACH",
                   expected="the port reached over the loopback")
