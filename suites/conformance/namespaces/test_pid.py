# SPDX-License-Identifier: Apache-2.0
"""Process ids, the list of processes, and signals; see pid_namespaces(7)."""

import os
import signal
import subprocess

from framework import export, minimal, verifies
from framework.process import descendants, status
from framework.running import LIMIT_SECONDS

from . import ITEM
from .identity import compare, conclude_both, is_own


def _start_victim(check):
    """Start a process of the check's caller on the host: whoever finds it may signal it."""
    victim = subprocess.Popen([str(check.build.witness), "--hold", "pid"], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, **check.caller.options())
    check.at_end(victim.stdin.close)
    check.at_end(victim.wait)
    check.at_end(victim.kill)
    return victim


def _numbers(pid):
    """Return the ids of a process, from the host's to that in the innermost namespace."""
    return [int(number) for number in status(pid)["NSpid"].split()]


def _inner(running):
    """Return the ids of all that runs below the launcher, each as in the payload's own namespace."""
    everybody = map(_numbers, descendants(running.process.pid))
    return sorted(numbers[-1] for numbers in everybody if len(numbers) > 1)


@verifies(ITEM + "pid", needs=("namespace.pid",))
def test_processes_of_the_host(check):
    """The node finds no process of the host and ends none; its own have other numbers than on the host."""
    def look(share, role):
        victim = _start_victim(check)

        def outside(running):
            return {**compare("pid")(running), "pids": _numbers(running.pid), "inner": _inner(running)}

        run = check.observe(minimal(share_pid=share), "pid", f"find_processes={victim.pid}",
                            f"end_process={victim.pid}", role=role, outside=outside)
        if run.inside["end_process"]["permitted"]:
            victim.wait(LIMIT_SECONDS)
        run.outside["victim"] = {"pid": victim.pid, "status": victim.poll()}
        return run

    own, shared = look("Disabled", "protected"), look("Enabled", "control")
    alive = {os.getpid(), shared.outside["victim"]["pid"]}
    conclude_both(check, own, shared,
                  isolated=own.inside["find_processes"] == own.outside["inner"] and is_own(own)
                  and own.inside["end_process"]["errno"] == "ESRCH"
                  and own.outside["victim"]["status"] is None
                  and own.outside["pids"][1:] == [own.inside["pid"]],
                  open=alive <= set(shared.inside["find_processes"]) and not is_own(shared)
                  and shared.outside["victim"]["status"] == -signal.SIGTERM
                  and shared.outside["pids"] == [shared.inside["pid"]],
                  expected="no process of the host found, none ended, and ids of the node's own")


@verifies(ITEM + "pid", needs=("namespace.pid", "namespace.mnt"))
def test_list_of_processes(check):
    """A /proc of the node lists the processes of the node alone; the host's, all."""
    def outside(running):
        return {**compare("pid")(running), "inner": _inner(running)}

    def look(node, role):
        run = check.observe(node, "directory=/proc", role=role, outside=outside)
        run.outside["listed"] = sorted(int(name) for name in run.inside["directory"] if name.isdigit())
        return run

    protected = look(minimal(export("Procfs", "/proc"), share_pid="Disabled"), "protected")
    control = look(None, "control")
    check.conclude(holds=protected.outside["listed"] == protected.outside["inner"] and is_own(protected),
                   exposed={1, os.getpid()} <= set(control.outside["listed"]) and not is_own(control),
                   expected="the node's own processes listed in /proc, and no other")
