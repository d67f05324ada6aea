# SPDX-License-Identifier: Apache-2.0
"""Tests that need a guest: where their nodes and groups are made; what a test leaves there is its error."""
import os
import sys
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))

from group_runs import CONTROLLERS, MOUNT, UID, delegate, remove_tree  # noqa: E402
from redwrap_runs import trusted_place  # noqa: E402,F401


@pytest.fixture(name="new_group")
def new_groups():
    """A function that makes a group below the root group, given to a user."""
    made = []
    wanted = " ".join(f"+{name}" for name in CONTROLLERS)
    (MOUNT / "cgroup.subtree_control").write_text(wanted, encoding="utf-8")

    def make(uid=0):
        group = MOUNT / f"test-{uuid.uuid4().hex[:8]}"
        group.mkdir()
        made.append(group)
        if uid:
            delegate(group, uid)
        return group

    yield make
    for group in made:
        remove_tree(group)


@pytest.fixture(name="caller", params=UID)
def each_caller(request):
    """Who starts the node."""
    return request.param


@pytest.fixture(name="base")
def own_base(new_group, caller):
    """A group that is delegated to the caller, with nobody in it."""
    return new_group(UID[caller])


@pytest.fixture(name="stranger")
def other_process():
    """A process that is no ancestor of redwrap, to be put into groups; ends with the test."""
    pid = os.fork()
    if pid == 0:
        os.execlp("sleep", "sleep", "600")
    yield pid
    os.kill(pid, 9)
    os.waitpid(pid, 0)
