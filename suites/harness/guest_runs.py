# SPDX-License-Identifier: Apache-2.0
"""Runs of redprobe in a guest, for the tests that are run there, as root.

Never on a machine that matters: groups are made in the root group of version 2, and sysctls of the
whole machine are set.
"""
import json
import subprocess
from pathlib import Path

import pytest

REDPROBE = "build/bin/redprobe"
GROUPS = Path("/sys/fs/cgroup")
USER = {"user": 1000, "group": 1000, "extra_groups": []}


def probe(*before, only=None, **options):
    """Return the features that redprobe finds.

    Args: the command that runs it, options of subprocess.run; only: areas, with commas between.
    """
    argv = [*before, REDPROBE, "--json", *(["--only", only] if only else [])]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True, **options)
    return json.loads(done.stdout)["features"]


def statuses(features, prefix):
    """Return the set of statuses of the features whose ids begin with `prefix`."""
    return {finding["status"] for name, finding in features.items() if name.startswith(prefix)}


def groups(path=GROUPS):
    """Return what a probe could have left in a group: child groups, and the enabled controllers."""
    return (sorted(child.name for child in path.iterdir() if child.is_dir()),
            (path / "cgroup.subtree_control").read_text().split())


@pytest.fixture(name="sysctl")
def restored_sysctl():
    """A function that sets a sysctl until the test ends."""
    before = {}

    def set_value(name, value):
        path = Path("/proc/sys", *name.split("."))
        before.setdefault(path, path.read_text())
        path.write_text(str(value))
    yield set_value
    for path, value in before.items():
        path.write_text(value)
