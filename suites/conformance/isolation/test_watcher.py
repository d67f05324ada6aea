# SPDX-License-Identifier: Apache-2.0
"""SIGKILL of the launcher where no PID namespace ends with it: a watcher ends the group (rednode.md 10)."""

import os
import signal

from cgroups.groups import ASIDE, MOUNT, path_of, prepare
from framework import minimal, verifies
from framework.patience import wait_until
from framework.process import command_line, descendants, namespace

from . import ITEM
from .test_lifetime import DAEMON, processes_in


def _daemon(running):
    """Return the pid of the daemon once its parents have ended: it leads no session, and is not in theirs."""
    def daemons():
        same = [pid for pid in descendants(running.process.pid) if command_line(pid) == DAEMON]
        return [pid for pid in same if len(same) == 1
                and os.getsid(pid) not in (pid, os.getsid(running.process.pid))]

    wait_until(daemons)
    daemon, = daemons()
    return daemon


def _kill_launcher(running):
    """Kill the launcher and its init, as the end of redwrap does."""
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()


@verifies(ITEM + "destruction", needs=("cgroup.mode", "cgroup.controller.pids"))
def test_nothing_left_of_a_shared_pid_namespace(check):
    """A daemon in a group below the node's ends with the launcher, and the groups are removed."""
    base, config = prepare(check)

    def groups():
        return sorted(group.path.name for group in base.children() if group.path.name != ASIDE)

    before = groups()
    with check.start(minimal(share_pid="Enabled", cgroups={"pids": {"max": 100}}, **config), DAEMON,
                     role="protected") as running:
        running.observe()
        daemon = _daemon(running)
        identity = namespace(daemon, "mnt")
        instance = MOUNT / path_of(daemon).lstrip("/")
        for group in (instance / "below", instance / "below/deeper"):
            group.mkdir()
            check.caller.own(group)
        (instance / "below/deeper/cgroup.procs").write_text(str(daemon))
        made = len(groups()) - len(before)
        _kill_launcher(running)
        wait_until(lambda: not processes_in(identity) and groups() == before)
        running.outside = {"made": made, "processes": len(processes_in(identity)),
                           "groups": groups() == before}
    protected = running.run
    with check.start(minimal(share_pid="Enabled"), DAEMON, role="control") as running:
        running.observe()
        daemon = _daemon(running)
        _kill_launcher(running)
        running.send("?")
        running.outside = {"answer": running.observe()}
        os.kill(daemon, signal.SIGKILL)
    control = running.run
    check.conclude(holds=protected.outside == {"made": 1, "processes": 0, "groups": True},
                   exposed=control.outside == {"answer": "alive"},
                   expected="neither processes nor groups, where without a group a daemon goes on")
