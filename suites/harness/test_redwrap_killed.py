# SPDX-License-Identifier: Apache-2.0
"""SIGKILL of redwrap before its node is tied to it, as strace(1) holds processes: none begins, none stays."""
import os
import re
import signal

import pytest

from redwrap_runs import (MINIMAL, REDWRAP, SYSTEM, assert_error, init_of, run, runs, started, trusted_place,
                          wait_until, write_node)

# pytest finds fixtures by their being here.
FIXTURES = (trusted_place,)
MADE = re.compile(r"^\d+ +(?:clone3\(|<\.\.\. clone3 resumed>).* = (\d+)$", re.MULTILINE)
# By its first prctl(2) each process ties itself to redwrap; by its first write(2) redwrap lets others begin.
HOLD = ("inject=write:delay_enter=150000:when=1", "inject=prctl:delay_enter=300000:when=1")


@pytest.fixture(name="joined")
def other_processes():
    """The PID namespace of others; yields the path of its file."""
    words = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "sh", "-c",
             "echo ready; exec sleep 60")
    with started(*words) as process:
        assert process.stdout.readline() == "ready\n"
        yield f"/proc/{init_of(process.pid)}/ns/pid"


def launch(node, trace, made):
    """Start a node and kill redwrap when so many processes are made, if any.

    Returns (whether the payload began, the processes that are left; they are ended).
    """
    options = [word for option in ("trace=prctl,write,clone3,execve", *HOLD) for word in ("-e", option)]
    with started("strace", "-f", "-o", trace, *options, REDWRAP, "-r", node, "--", "/bin/true") as process:
        if made:
            wait_until(lambda: len(MADE.findall(trace.read_text(encoding="utf-8"))) >= made)
            os.kill(int(trace.read_text(encoding="utf-8").split()[0]), signal.SIGKILL)
        process.wait()
    said = trace.read_text(encoding="utf-8")
    left = [pid for pid in {int(line.split()[0]) for line in said.splitlines()} if runs(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return 'execve("/bin/true"' in said, left


@pytest.mark.parametrize("call, number, reason", [
    ("pivot_root", 1, "the builder ended too early"), ("sethostname", 1, "its init was killed"),
    ("setns", 2, "the helper ended too early")])
def test_who_is_killed_is_said(place, joined, call, number, reason):
    """Whoever makes so many of this call is; control: nobody."""
    config = f"{MINIMAL}config: {{share_user: {joined[:-3]}user, share_pid: {joined}, set-user: '0'}}\n"
    node = write_node(place / "node", config if call == "setns" else SYSTEM)

    def start(*options):
        return run("strace", "-f", "-o", place / "trace", *options, REDWRAP, "-r", node, "--", "/bin/true")

    assert_error(start("-e", f"inject={call}:signal=KILL:when={number}"), 125, reason)
    assert start().returncode == 0


@pytest.mark.parametrize("user, made", [("Enabled", 1), ("Disabled", 1), ("Disabled", 2)])
@pytest.mark.parametrize("pid", [True, False])
def test_a_node_whose_redwrap_was_killed_does_not_begin(place, joined, user, made, pid):
    """Its init exists, or who builds it, or both; control: of one that was not killed it begins."""
    shares = f"config: {{share_user: {user}{f', share_pid: {joined}' if pid else ''}}}\n"
    node = write_node(place / "node", MINIMAL + shares)
    trace = place / "trace"
    trace.touch()
    assert launch(node, trace, made) == (False, [])
    assert launch(node, trace, 0) == (True, [])
