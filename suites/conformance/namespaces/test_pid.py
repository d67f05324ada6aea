# SPDX-License-Identifier: Apache-2.0
"""Process ids and signals; see pid_namespaces(7)."""

import os

from framework import minimal, verifies
from framework.process import status

from . import ITEM
from .identity import compare, is_own


def _sees(run):
    """A process of somebody else is there when the signal is refused; when it is not there, ESRCH."""
    return run.inside["find_process"]["errno"] != "ESRCH"


@verifies(ITEM + "pid", needs=("namespace.pid",))
def test_processes_of_the_host(check):
    """The node finds no process of the host, and its own ids are others than the host's."""
    def outside(running):
        numbers = [int(pid) for pid in status(running.pid)["NSpid"].split()]
        return {**compare("pid")(running), "pids": numbers}

    def look(share, role):
        return check.observe(minimal(share_pid=share), "pid", f"find_process={os.getpid()}", role=role,
                             outside=outside)

    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    check.conclude(holds=not _sees(protected) and is_own(protected)
                   and protected.outside["pids"][1:] == [protected.inside["pid"]],
                   exposed=_sees(control) and control.outside["pids"] == [control.inside["pid"]],
                   expected="no process of the host to be found, and ids of the node's own")
