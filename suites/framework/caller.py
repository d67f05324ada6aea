# SPDX-License-Identifier: Apache-2.0
"""Who starts a node: root, or an ordinary user of the guest."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """An identity to start the launcher with. A subclass may have supplementary groups, given by number."""

    name: str
    uid: int
    gid: int
    groups = ()

    def options(self):
        """Return the keywords that make subprocess.Popen start a program with this identity; only root can.

        Whoever has it already needs none, and then Popen spares itself the fork of a big process; but a
        subclass has more to do in `become` than to change ids.
        """
        mine = (os.getresuid(), os.getresgid(), tuple(os.getgroups()))
        same = type(self) is Caller and mine == ((self.uid,) * 3, (self.gid,) * 3, self.groups)
        return {} if same else {"preexec_fn": self.become}

    def as_a(self, kind, *fields):
        """Return a Caller of the class `kind`, with the same identity and further fields."""
        return kind(self.name, self.uid, self.gid, *fields)

    def own(self, path):
        """Give this caller a file of the host; of a link the link itself."""
        os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def become(self):
        """Take this identity for good. To be called by root, between fork and exec."""
        os.setgroups(self.groups)
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)


CALLERS = {caller.name: caller for caller in (Caller("root", 0, 0), Caller("user", 1000, 1000))}
# Somebody else, who starts nothing: the owner of files and processes that are not the caller's.
NEIGHBOUR = Caller("neighbour", 1001, 1001)
