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
    Technique("proc-pid-mem", "read_memory_file={proc}/{pid}/mem,{address}"),
    Technique("proc-pid-environ", "read_secret={proc}/{pid}/environ"),
    Technique("proc-pid-root", "read_secret={proc}/{pid}/root{secret}"),
    Technique("proc-pid-cwd", "read_secret={proc}/{pid}/cwd/secret"),
    Technique("proc-pid-fd", "read_secret={proc}/{pid}/fd/0"),
    Technique("pidfd-getfd", "take_descriptor={pid}"),
    Technique("kcmp", "compare_process={pid}"),
)
# It is no capability that the node lacks, and no filter.
KEPT = {"capabilities": {"ALL": 1}, "seccomp": "off"}


@verifies(*items(INFLUENCE, ROBBERY), needs=("namespace.pid", "namespace.user", "process.pidfd"))
def test_processes_of_the_host(check):
    """In a PID namespace of its own the node finds none; in one that is shared it may not look into them.

    There the host's proc is exported, as not every launcher has a Procfs to offer.
    """
    def look(node, techniques, proc="/proc", role="protected"):
        victim = Victim(check)
        victim.fields["proc"] = proc
        return attempt(check, node, techniques, victim, role)

    everything, elsewhere = INFLUENCE + ROBBERY, "/outside"
    apart = minimal(export("Procfs", "/proc"), share_pid="Disabled", **KEPT)
    among = minimal(export("Restricted", elsewhere, "/proc"), share_pid="Enabled", share_user="Disabled",
                    **KEPT)
    conclude(check, everything, [look(apart, everything), look(among, ROBBERY, elsewhere),
                                 look(None, everything, role=CONTROL)])
