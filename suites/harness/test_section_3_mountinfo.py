# SPDX-License-Identifier: Apache-2.0
"""rednode.md 3: the mountinfo of the host is never read; as strace(1) sees the processes of a launch."""
import re

import pytest

from exports_runs import export, owned_node
from redwrap_runs import REDWRAP, each_caller, run, trusted_place

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, trusted_place)
MAKING = r"(?:clone3?|fork|vfork)\(.*= (?:\d+ /\* )?(\d+)(?: in strace.s PID NS \*/)?$"
LISTING = r'open(?:at2?)?\(.*"[^"]*(mountinfo|mounts|mountstats)"'


def whole_calls(path):
    """Yield (process, call with its result) in the order in which calls began."""
    calls, begun = [], {}
    for line in path.read_text(encoding="utf-8").splitlines():
        process, text = line.split(None, 1)
        if text.endswith("<unfinished ...>"):
            begun[process] = len(calls)
        elif text.startswith("<... "):
            calls[begun.pop(process)][1] += text.partition(" resumed>")[2]
            continue
        calls.append([process, text.removesuffix(" <unfinished ...>")])
    return calls


def listings(calls):
    """Return for each opening of a list of mounts (process, whether it is in a mount namespace made here)."""
    parents = {}
    for index, (process, text) in enumerate(calls):
        made = re.match(MAKING, text)
        if made:
            parents[made[1]] = (process, index)

    def inside(process, until):
        own = any(other == process and "unshare(" in text and "CLONE_NEWNS" in text
                  for other, text in calls[:until])
        if own or process not in parents:
            return own
        parent, index = parents[process]
        return "CLONE_NEWNS" in calls[index][1] or inside(parent, index)

    return [(process, inside(process, index)) for index, (process, text) in enumerate(calls)
            if re.match(LISTING, text)]


def traced(trace, *words):
    """The listings of the processes of a command."""
    done = run("strace", "-f", "-o", trace, "--decode-pids=pidns", "-e",
               "trace=process,open,openat,openat2,unshare", *words)
    assert done.returncode == 0 and " / " in done.stdout, done.stderr
    return listings(whole_calls(trace))


@pytest.mark.parametrize("exports, readers", [
    ((), 1), ((export("Restricted", "/sys"), export("Public", "/host", "/")), 2)])
def test_the_mountinfo_of_the_host_is_never_read(place, caller, exports, readers):
    """The payload reads that of the node; redwrap does to find what is writable, in the node's namespace."""
    node, trace = owned_node(place, caller, *exports), place / "trace"
    seen = traced(trace, *caller, REDWRAP, "-r", node, "--", "/bin/cat", "/proc/self/mountinfo")
    assert [inside for _, inside in seen] == [True] * readers


def test_a_reading_of_the_mountinfo_of_the_host_is_noticed(place):
    """The control: before a namespace is made, by the one who makes it and by a child of somebody else."""
    script = "cat /proc/self/mountinfo; (cat /proc/mounts); unshare -m cat /proc/self/mountinfo; :"
    seen = traced(place / "trace", "sh", "-c", script)
    assert [inside for _, inside in seen] == [False, False, True]
