# SPDX-License-Identifier: Apache-2.0
"""The seam between checks and the launcher under test: how it is told to run a node."""

from pathlib import Path

from .build import is_executable


class LauncherError(Exception):
    """The launcher cannot be used; the message is one line."""


class Redwrap:
    """A launcher with redwrap's command line, which reads a node as it is on disk."""

    def __init__(self, path):
        self.path = path

    def command(self, directory, payload):
        """Return the argument list that runs `payload`, a list, in the node of `directory`."""
        return [str(self.path), "--redpath", str(directory), "--", *payload]


LAUNCHERS = {"redwrap": Redwrap}


def choose(text, build):
    """Return the launcher that `text`, NAME or NAME:PATH, names; without PATH it is the build's own.

    Raises LauncherError when there is none of that name or it cannot be executed.
    """
    name, _, path = text.partition(":")
    if name not in LAUNCHERS:
        raise LauncherError(f"no launcher {name!r}; there is {', '.join(LAUNCHERS)}")
    # Runs start in the root directory.
    path = Path(path or build.redwrap).resolve()
    if not is_executable(path):
        raise LauncherError(f"the launcher {path} is not there or not executable; run make")
    return LAUNCHERS[name](path)
