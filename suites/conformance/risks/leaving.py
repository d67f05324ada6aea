# SPDX-License-Identifier: Apache-2.0
"""Ways out of a namespace by setns(2): kinds, what tells that the host's was reached, and how it is tried."""

import os
import subprocess
import time
from dataclasses import dataclass
from typing import Callable

from cgroups.groups import MOUNT, Group, Member
from framework import export, host, minimal, witness
from framework.process import namespace
from framework.verdict import PROTECTED

from . import Powerless

HOSTS_PROCFS, OWN_PROCFS = export("Restricted", "/proc", "/proc"), export("Procfs", "/proc")
# A process stays where it is in the PID namespaces; its children are made elsewhere, pid_namespaces(7).
LINKS = {"pid": "pid_for_children"}
SECONDS_AHEAD = 1_000_000


@dataclass(frozen=True)
class Effect:
    """observation: of the witness; is_hosts: whether what it then saw is the host's."""

    observation: str
    is_hosts: Callable


def _net(check):
    name = host.listen_abstract(check)
    return Effect(f"connect_abstract={name}", lambda seen: seen["connect_abstract"]["permitted"])


def _ipc(check):
    return Effect(f"find_queue={host.make_queue(check)}", lambda seen: seen["find_queue"]["permitted"])


def _uts(_check):
    return Effect("host_name", lambda seen: seen["host_name"]["host"] == os.uname().nodename)


def _time(_check):
    return Effect("clocks", lambda seen: seen["clocks"]["monotonic"] <= time.monotonic())


def _mnt(check):
    file = check.scratch() / "file"
    file.write_text("the host's\n")
    return Effect(f"read_file={file}", lambda seen: seen["read_file"]["permitted"])


def _cgroup(check):
    """The launcher starts in a group of its own, at which the node's namespace is then rooted."""
    group = Group(MOUNT / host.fresh_name())
    group.path.mkdir()
    check.at_end(group.remove)
    check.caller = check.caller.as_a(Member, group.path)
    return Effect("cgroup", lambda seen: f"/{group.path.name}" in seen["cgroup"])


@dataclass(frozen=True)
class Kind:
    """A namespace that can be left. name: as in /proc/PID/ns; prepare: takes the Check, returns an Effect;
    config: what the node needs besides; capabilities: those that setns(2) asks for, all of them."""

    name: str
    prepare: Callable
    config: tuple = ()
    capabilities: tuple = ("cap_sys_admin",)

    def __str__(self):
        return self.name

    def too_few(self):
        """Return each choice of capabilities that lacks one."""
        return [{other: 1 for other in self.capabilities if other != name} for name in self.capabilities]


KINDS = (
    Kind("cgroup", _cgroup),
    Kind("ipc", _ipc),
    Kind("mnt", _mnt, capabilities=("cap_sys_admin", "cap_sys_chroot")),
    Kind("net", _net),
    Kind("time", _time, (("time_offsets", {"monotonic": SECONDS_AHEAD}),)),
    Kind("uts", _uts, (("hostname", "redproof-node"),)),
)


def target(check):
    """Return the pid of a process of the host, the caller's own and without capabilities.

    So nothing but the namespaces stands between it and the node, ptrace(2), "access mode checking".
    """
    process = subprocess.Popen(["sleep", "infinity"], **check.caller.as_a(Powerless).options())
    check.at_end(process.wait)
    check.at_end(process.kill)
    return process.pid


def apart(kind, *exports, **config):
    """Return a node that shares everything but this kind of namespace, and what `config` says.

    Without the filter, what is refused is refused for want of a capability.
    """
    if kind != "mnt":
        config = {f"share_{kind}": "Disabled", **config}
    return minimal(*exports, **{"share_all": "Enabled", "seccomp": "off", **config})


def attempt(check, kind, node, *words, role=PROTECTED):
    """Have the witness observe `words` in a node, before and after which the host looks at its namespace.

    Returns the Run; outside is {"before", "after", "host": namespaces, "seen": what the witness printed}.
    """
    link = LINKS.get(kind, kind)
    with check.start(node, witness("pid", "--", *words), role) as running:
        running.observe()
        before = namespace(running.pid, link)
        running.send("")
        seen = running.observe()
        running.outside = {"before": before, "after": namespace(running.pid, link),
                           "host": namespace("self", link), "seen": seen}
    return running.run


def left(run, effect=None):
    """Say whether the node left its namespace for the host's."""
    seen = run.outside
    return (seen["seen"]["join"]["permitted"] and seen["after"] == seen["host"] != seen["before"]
            and (effect is None or effect.is_hosts(seen["seen"])))


def stayed(run, call, error, effect=None, word="join"):
    """Say whether the node stayed in a namespace of its own, as `call` was refused with `error`."""
    seen = run.outside
    return (seen["seen"][word] == {"permitted": False, "call": call, "errno": error}
            and seen["after"] == seen["before"] != seen["host"]
            and not (effect and effect.is_hosts(seen["seen"])))
