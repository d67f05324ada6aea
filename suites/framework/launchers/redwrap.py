# SPDX-License-Identifier: Apache-2.0
"""redwrap, and whatever has its command line: a node is its own language."""

from ..build import is_executable
from .base import Inexpressible, Launcher, before_payload

# The status of a node that could not be set up; rednode.md, section 8.
REFUSED = 125


class Redwrap(Launcher):
    """It reads the node as it is on disk, so there is nothing to translate."""

    name = "redwrap"

    def command(self, directory, payload, caller, scratch):
        """See Launcher."""
        return [str(self.path), "--redpath", str(directory), "--", *payload]

    def refuses(self, argv, status, said):
        """See Launcher."""
        return status == REFUSED

    def limited(self, group):
        """See Launcher. The node's group is above that of the running instance."""
        return group.parent

    def with_options(self, argv, options):
        """See Launcher."""
        return before_payload(argv, options)

    def opening(self, directory):
        """See Launcher. The node that is named last is the one that runs."""
        return ["--redpath", str(directory)]

    def native(self, *words):
        """See Launcher."""
        return list(words)

    def companion(self, name):
        """See Launcher. It is installed beside redwrap."""
        path = self.path.with_name(name)
        if not is_executable(path):
            raise Inexpressible(f"the command {name}")
        return str(path)
