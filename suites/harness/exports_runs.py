# SPDX-License-Identifier: Apache-2.0
"""What the tests of exports share: nodes with exports, and who they belong to."""
import json
import os

import pytest

from redwrap_runs import SYSTEM, USER, write_node

UID = {"root": 0, "user": 1000}


def export(mode, mount, path=None):
    """Return one entry of the section exports."""
    return {"mode": mode, "mount": str(mount), **({"path": str(path)} if path is not None else {})}


def with_exports(*exports, **settings):
    """Return the configuration of a node with /usr, /proc, /dev and /tmp, and these besides."""
    head, config = SYSTEM.split("config:\n")
    lines = [f"- {json.dumps(entry)}\n" for entry in exports]
    return head + "".join(lines) + "config:\n" + config + "".join(
        f"  {key}: {json.dumps(value)}\n" for key, value in settings.items())


def owner(caller):
    """Return the user who runs with these words before the command."""
    return UID["user" if caller == USER else "root"]


def owned_node(place, caller, *exports, **settings):
    """Make a node that belongs to the caller, as do its directories. Returns its directory."""
    node = write_node(place / "own", with_exports(*exports, **settings))
    for path in (node, *node.rglob("*")):
        os.chown(path, owner(caller), owner(caller))
    return node


@pytest.fixture(name="shared")
def shared_directory(place):
    """A directory of the host outside any node, into which everybody may write."""
    directory = place / "shared"
    directory.mkdir()
    directory.chmod(0o777)
    return directory
