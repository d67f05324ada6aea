# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-PRO-PRO: the processes of a node as others see and reach them."""

from dataclasses import replace

from framework import minimal, verifies
from framework.caller import NEIGHBOUR
from framework.host import SECRET
from framework.nodes import witness
from framework.process import find_in_environment
from framework.verdict import CONTROL, PROTECTED

ITEM = "REDPAK.RKA-R-PRO-PRO/"
NODE = minimal(environ=[{"mode": "Static", "key": "SECRET", "value": SECRET}])
REACHED = {"signals": "find_process", "tracing": "trace_process", "environment": "read_file"}


@verifies(*(ITEM + name for name in REACHED), needs=("namespace.pid",))
def test_processes_reached_from_the_host(check):
    """Another user neither signals nor traces the payload, nor reads its environment; its own user does."""
    with check.start(NODE, witness("pid"), "node") as running:
        running.observe()
        pid = running.pid
        tries = [f"find_process={pid}", f"trace_process={pid},{find_in_environment(pid, SECRET)}",
                 f"read_file=/proc/{pid}/environ"]
        with check.acting(NEIGHBOUR):
            other = check.observe(None, *tries)
        own = check.observe(None, *tries, role=CONTROL)
    for item, errno in (("signals", "EPERM"), ("tracing", "EPERM"), ("environment", "EACCES")):
        check.conclude(ITEM + item, holds=other.inside[REACHED[item]] == {"permitted": False, "errno": errno},
                       exposed=own.inside[REACHED[item]]["permitted"], runs=[other, own],
                       expected=f"refused to another user ({errno}), permitted to the node's own")


@verifies(ITEM + "visible", ITEM + "hidden", needs=("namespace.pid",))
def test_processes_seen(check):
    """Any user of the host sees the payload; a neighbour node with a PID namespace of its own does not."""
    with check.start(NODE, witness("pid"), "node") as running:
        running.observe()
        pid = running.pid
        with check.acting(NEIGHBOUR):
            seen = check.observe(None, f"read_file=/proc/{pid}/cmdline", f"find_process={pid}", role=CONTROL)
        apart = check.observe(minimal(share_pid="Disabled"), f"find_process={pid}")
        shared = check.observe(minimal(share_pid="Enabled"), f"find_process={pid}", role=CONTROL)
    hidden = apart.inside["find_process"]["errno"] == "ESRCH"
    there = shared.inside["find_process"]["errno"] != "ESRCH"
    visible = seen.inside["read_file"]["permitted"] and seen.inside["find_process"]["errno"] == "EPERM"
    check.conclude(ITEM + "hidden", holds=hidden, exposed=there, runs=[apart, shared],
                   expected="the payload not to be found from a neighbour node")
    check.conclude(ITEM + "visible", holds=visible, exposed=hidden,
                   runs=[replace(seen, role=PROTECTED), replace(apart, role=CONTROL)],
                   expected="the payload's command line read by another user of the host")
