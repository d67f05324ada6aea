# SPDX-License-Identifier: Apache-2.0
"""Processes of the host that belong to the node's own user: influenced, and robbed of what they hold."""

import signal

from framework import export, minimal, verifies

from .technique import CONTROL, Technique, attempt, conclude, items
from .victim import Victim

# Whoever has the same user may do this: it is the PID namespace alone that protects.
INFLUENCE = (
    Technique("kill-process", "signal_process={pid}", lambda it: it.has_pending(signal.SIGUSR1)),
    Technique("pidfd-send-signal", "signal_by_descriptor={pid}", lambda it: it.has_pending(signal.SIGUSR2)),
    Technique("set-priority", "lower_priority={pid}", lambda it: it.priority() == 5),
    Technique("prlimit", "limit_memory={pid}", lambda it: it.is_limited()),
    Technique("set-affinity", "choose_processor={pid}", lambda it: it.is_bound()),
)
# The kernel asks for the right to trace, which is none across user namespaces either.
ROBBERY = (
    Technique("ptrace", "trace_process={pid},{address}"),
    Technique("process-vm-readv", "read_memory={pid},{address}"),
    Technique("proc-pid-mem", "read_memory_file={pid},{address}"),
    Technique("proc-pid-environ", "read_secret=/proc/{pid}/environ"),
    Technique("proc-pid-root", "read_secret=/proc/{pid}/root{secret}"),
    Technique("proc-pid-cwd", "read_secret=/proc/{pid}/cwd/secret"),
    Technique("proc-pid-fd", "read_secret=/proc/{pid}/fd/0"),
    Technique("pidfd-getfd", "take_descriptor={pid}"),
    Technique("kcmp", "compare_process={pid}"),
)
# It is no capability that the node lacks, and no filter.
KEPT = {"capabilities": {"ALL": 1}, "seccomp": "off"}
PROC = export("Procfs", "/proc")


@verifies(*items(INFLUENCE, ROBBERY), needs=("namespace.pid", "namespace.user", "process.pidfd"))
def test_processes_of_the_host(check):
    """In a PID namespace of its own the node finds none; in one that is shared it may not look into them."""
    everything = INFLUENCE + ROBBERY
    apart = minimal(PROC, share_pid="Disabled", **KEPT)
    among = minimal(PROC, share_pid="Enabled", share_user="Disabled", **KEPT)
    runs = [attempt(check, apart, everything, Victim(check)),
            attempt(check, among, ROBBERY, Victim(check)),
            attempt(check, None, everything, Victim(check), CONTROL)]
    conclude(check, everything, runs)
