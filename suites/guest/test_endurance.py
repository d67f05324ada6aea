# SPDX-License-Identifier: Apache-2.0
"""Many launches in a row leave no process, mount, cgroup, descriptor or file.

The variable LAUNCHES says how many.
"""
import os
from pathlib import Path

import pytest

from redwrap_runs import CALLERS, REDWRAP, ROOT, run, trusted_place, write_node

FIXTURES = (trusted_place,)
LAUNCHES = int(os.environ.get("LAUNCHES", "300"))
GROUPS = Path("/sys/fs/cgroup")
NODE = """\
headers: {{alias: endurance}}
exports:
- {{mode: Restricted, mount: /noop, path: {noop}}}
- {{mode: Procfs, mount: /proc}}
- {{mode: Devfs, mount: /dev}}
- {{mode: Tmpfs, mount: /tmp}}
- {{mode: Private, mount: /data, path: $NODE_PATH/data}}
- {{mode: Execfd, mount: /told, path: 'true'}}
config: {config}
"""
LIMITED = "{cgroups: {pids: {max: 20}, mem: {max: 64M}}}"
# Ends with the status of the first launch that fails; at last tells the descriptors of a shell.
LOOP = """\
redwrap=$1 node=$2 count=$3
while [ "$count" -gt 0 ]; do
    "$redwrap" -r "$node" /noop || exit
    count=$((count - 1))
done
ls /proc/self/fd
"""


def runs_a_program(process):
    """Whether a process is none of the kernel's own threads, and still there."""
    try:
        return bool(os.readlink(process / "exe"))
    except OSError:
        return False


def left(place):
    """What a launch could leave: processes, mounts, groups, files."""
    folders = (place, Path("/tmp"), Path("/run"), Path("/dev/shm"))
    return {"processes": sum(map(runs_a_program, Path("/proc").glob("[0-9]*"))),
            "mounts": Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines(),
            "groups": sorted(path for path in GROUPS.rglob("*") if path.is_dir()),
            "files": sorted(path for folder in folders for path in folder.rglob("*"))}


@pytest.mark.parametrize("caller, config", [("root", "{}"), ("root", LIMITED), ("user", "{}")],
                         ids=["root", "root-with-limits", "user"])
def test_many_launches_leave_nothing(place, caller, config):
    node = write_node(place / "node", NODE.format(noop=ROOT / "build/test/bench/noop", config=config))
    (node / "data").mkdir()
    script = place / "loop"
    script.write_text(LOOP, encoding="ascii")
    loop = (*CALLERS[caller], "sh", script, REDWRAP, node)
    descriptors = run(*loop, 1).stdout
    before = left(place)
    done = run(*loop, LAUNCHES, timeout=None)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", descriptors)
    assert left(place) == before
