# SPDX-License-Identifier: Apache-2.0
"""Many launches in a row leave no process, mount, cgroup, descriptor or file.

The variable LAUNCHES says how many. Three loops at once make them: root's, root's with limits, a user's.
"""
import os
import subprocess
import tempfile
import time
from contextlib import ExitStack
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
{more}config: {config}
"""
# It takes longer than all the rest, as it starts a shell.
COMMAND = "- {mode: Execfd, mount: /told, path: 'true'}\n"
LIMITED = "{cgroups: {pids: {max: 20}, mem: {max: 64M}}}"
LOOPS = (("root", "{}"), ("root", LIMITED), ("user", "{}"))
# How many launches a loop makes until what is left is looked at.
ROUND = 100
# One launch of ten has a command. It ends with the status of the first launch that fails.
LOOP = """\
redwrap=$1 node=$2 count=$3
while [ "$count" -gt 0 ]; do
    case $count in *0) with=-and-command ;; *) with= ;; esac
    "$redwrap" -r "$node$with" /noop || exit
    count=$((count - 1))
done
"""
# A launcher that leaves something once.
LEAKING = """\
#!/bin/sh
{redwrap} "$@" || exit
rmdir {kept}/once 2>/dev/null || exit 0
{leak}
"""
# What it leaves, and how that goes.
LEAKS = {"processes": ("sleep 600 >/dev/null 2>&1 & echo $! >{kept}/pid", "kill $(cat {kept}/pid)"),
         "mounts": ("mount -t tmpfs left /mnt", "umount /mnt"),
         "groups": ("mkdir /sys/fs/cgroup/left", "rmdir /sys/fs/cgroup/left"),
         "files": ("touch /dev/shm/left", "rm /dev/shm/left")}
# Each processor may keep back so many of a count, before and after; lib/percpu_counter.c.
UNCERTAIN = 2 * 32 * os.cpu_count()


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


def open_descriptions():
    """The open file descriptions of the whole system, which descriptors refer to; proc(5)."""
    return int(Path("/proc/sys/fs/file-nr").read_text(encoding="ascii").split()[0])


def make_loops(place, launcher):
    """Make the nodes, and return the words of the loops, which the count of launches is to follow."""
    script = place / "loop"
    script.write_text(LOOP, encoding="ascii")
    words = []
    for number, (caller, config) in enumerate(LOOPS):
        node = place / f"node{number}"
        for directory, more in ((node, ""), (Path(f"{node}-and-command"), COMMAND)):
            write_node(directory, NODE.format(noop=ROOT / "build/test/bench/noop", config=config, more=more))
            (directory / "data").mkdir()
        words.append((*CALLERS[caller], "sh", script, launcher, node))
    return words


def launch(loops, count):
    """Have each loop make so many launches, all at once; none may fail, or say anything."""
    with ExitStack() as stack:
        running = [stack.enter_context(subprocess.Popen(
            [str(word) for word in (*words, count)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)) for words in loops]
        assert [(loop.communicate()[0], loop.returncode) for loop in running] == [("", 0)] * len(loops)


def test_many_launches_leave_nothing(place, capsys):
    """Said every now and then: how many there have been."""
    loops = make_loops(place, REDWRAP)
    launch(loops, 10)
    before, descriptions, start = left(place), open_descriptions(), time.monotonic()
    done = 0
    while done < LAUNCHES:
        count = min(ROUND, -(-(LAUNCHES - done) // len(loops)))
        launch(loops, count)
        done += count * len(loops)
        assert left(place) == before
        assert open_descriptions() - descriptions <= UNCERTAIN
        with capsys.disabled():
            print(f"\n{done} launches, {done / (time.monotonic() - start):.1f} a second", flush=True)


@pytest.mark.parametrize("kind", LEAKS)
def test_what_one_launch_leaves_is_noticed(place, kind):
    """The control: a launcher that leaves something once."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as kept:
        leak, undo = (text.format(kept=kept) for text in LEAKS[kind])
        launcher = place / "redwrap"
        launcher.write_text(LEAKING.format(redwrap=REDWRAP, kept=kept, leak=leak), encoding="ascii")
        launcher.chmod(0o755)
        loops = make_loops(place, launcher)[:1]
        before = left(place)
        Path(kept, "once").mkdir()
        launch(loops, 3)
        after = left(place)
        assert run("sh", "-c", undo).returncode == 0
    assert after[kind] != before[kind]


def test_descriptors_that_stay_open_are_noticed():
    """The control: of this process, one for each of 500 launches."""
    before = open_descriptions()
    with ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(open("/dev/null", "rb"))
        assert open_descriptions() - before > UNCERTAIN
    assert open_descriptions() - before <= UNCERTAIN
