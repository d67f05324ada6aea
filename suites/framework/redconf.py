# SPDX-License-Identifier: Apache-2.0
"""The command that comes with redwrap and makes and shows nodes; see redconf(1)."""

from .caller import CALLERS
from .verdict import PROTECTED

TEMPLATE = "headers: {alias: template}\nconfig: {umask: 027}\n"


def redconf(check, *words, umask=None, role=PROTECTED):
    """Run redconf, by no launcher, and return the Run.

    umask: octal digits, by default the harness's own. Raises Inexpressible for a launcher without one.
    """
    command = [check.launcher.companion("redconf"), *map(str, words)]
    if umask:
        command = ["/bin/sh", "-c", 'umask "$0" && exec "$@"', umask, *command]
    return check.run(None, command, role=role)


def creation(check, node):
    """Return the words with which redconf makes the directory `node` a node, by templates of root's."""
    folder = check.scratch(owner=CALLERS["root"])
    for name in ("normal", "admin"):
        (folder / name).write_text(TEMPLATE, encoding="utf-8")
        (folder / name).chmod(0o644)
    return "create", "--config", folder / "normal", "--config-adm", folder / "admin", "--alias", "made", node
