# SPDX-License-Identifier: Apache-2.0
"""What every adapter offers: it is told a node and a payload, and answers with a command line."""

from pathlib import Path


class LauncherError(Exception):
    """The launcher cannot be used; the message is one line."""


class Inexpressible(Exception):
    """The launcher has no words for something that the node asks for; the message says for what."""


def before_payload(argv, options):
    """Return `argv` with these options before the first word `--`."""
    end = argv.index("--")
    return [*argv[:end], *options, *argv[end:]]


class Launcher:
    """A launcher at `path`. A subclass is an adapter: it translates a node into the launcher's own terms.

    name: on command lines, and of the file where no path is given; label: in reports.
    """

    name = None

    def __init__(self, path, label=None):
        """label: what the user called it, by default the name."""
        self.path = Path(path)
        self.label = label or self.name

    def command(self, directory, payload, caller, scratch):
        """Return the argument list that runs `payload`, a list, in the node of `directory`.

        caller: the Caller that will run it; scratch: a function without arguments that returns a new
        directory of the caller's, gone with the check. Raises Inexpressible.
        """
        raise NotImplementedError

    def refuses(self, argv, status, said):
        """Say whether a run was no node at all.

        argv: what `command` returned; status: exit status; said: on standard error.
        """
        raise NotImplementedError

    def limited(self, group):
        """Return the directory of the group that holds the node's limits; `group`: the payload's, a Path."""
        return group

    def with_options(self, argv, options):
        """Return `argv`, which `command` returned, with further options of the launcher's own.

        Raises Inexpressible where its command line has no place for them.
        """
        raise Inexpressible(f"options on the command line: {' '.join(options)}")

    def opening(self, directory):
        """Return options that would show the payload what the node of `directory` exports.

        Raises Inexpressible for whoever has no such options.
        """
        raise Inexpressible("exports by options")

    def native(self, *words):
        """Return `words`, which only redwrap's command line or files know. Raises Inexpressible elsewhere."""
        raise Inexpressible(" ".join(words))

    def makes_root(self):
        """Raise Inexpressible where the root of a node is not of the launcher's making."""

    def companion(self, name):
        """Return the path of another command that comes with the launcher. Raises Inexpressible."""
        raise Inexpressible(f"the command {name}")
