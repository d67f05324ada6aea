# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-PRO-CON: leaving a namespace by setns(2), with and without capabilities and procfs."""

from dataclasses import replace

from framework import Claim, each_verifies, export, verifies
from framework.mounts import mount, unmount
from framework.verdict import CONTROL, PROTECTED

from .leaving import HOSTS_PROCFS, KINDS, OWN_PROCFS, apart, attempt, left, stayed, target

ITEM = "REDPAK.RKA-R-PRO-CON/"
MS_BIND = 4096


def _claim(form, *needs):
    def claim(kind):
        return Claim(tuple(ITEM + name.format(kind) for name in form),
                     (f"namespace.{kind}", "namespace.pid", *needs))
    return claim


def _rows(claim, callers):
    return [(kind, claim(kind), callers) for kind in KINDS]


def _conclude_both(check, item, refused, works, runs, works_runs, expected):
    """Conclude what is refused and, the other way round, what works: each is the other's control."""
    check.conclude(item, holds=refused, exposed=works, runs=[*runs, *works_runs], expected=expected)
    turned = [replace(run, role=PROTECTED) for run in works_runs]
    turned += [replace(run, role=CONTROL) for run in runs]
    check.conclude(item, holds=works, exposed=refused, runs=turned, expected=expected)


@each_verifies("kind", _rows(_claim(("setns-{}", "setns-{}-procfs")), ("root",)))
def test_leaving(check, kind):
    """With the capabilities and the host's procfs the node leaves; without either it does not."""
    effect, pid = kind.prepare(check), target(check)
    join = f"join={kind}:/proc/{pid}/ns/{kind}"

    def look(capabilities, role=PROTECTED, procfs=HOSTS_PROCFS):
        node = apart(kind.name, procfs, share_pid="Disabled", capabilities=capabilities, **dict(kind.config))
        return attempt(check, kind.name, node, join, effect.observation, role=role)

    weak = [look(capabilities) for capabilities in kind.too_few()]
    enough = dict.fromkeys(kind.capabilities, 1)
    strong, blind = look(enough, CONTROL), look(enough, procfs=OWN_PROCFS)
    leaves = left(strong, effect)
    refused = all(stayed(run, "setns", "EPERM", effect) for run in weak)
    _conclude_both(check, f"{ITEM}setns-{kind}", refused, leaves, weak, [strong],
                   f"the host's namespace joined with {', '.join(kind.capabilities)}, EPERM without one")
    check.conclude(f"{ITEM}setns-{kind}-procfs", holds=stayed(blind, "open", "ENOENT", effect),
                   exposed=leaves, runs=[blind, strong],
                   expected="no process of the host to be found in the node's own procfs")


@each_verifies("kind", _rows(_claim(("setns-{}-userns",), "namespace.user"), ("root", "user")))
def test_a_user_namespace_holds(check, kind):
    """In a user namespace of its own the node joins a child's namespace, and none of the host's."""
    kind.prepare(check)
    pid = target(check)

    def look(word, role):
        node = apart(kind.name, HOSTS_PROCFS, share_pid="Disabled", share_user="Disabled",
                     capabilities={"ALL": 1}, nested_userns="Enabled", **dict(kind.config))
        return attempt(check, kind.name, node, word, role=role)

    protected = look(f"join={kind}:/proc/{pid}/ns/{kind}", PROTECTED)
    control = look(f"join_child={kind}", CONTROL)
    check.conclude(holds=stayed(protected, "open", "EACCES"), exposed=_joined_child(control),
                   expected="with all capabilities the host's namespace refused (EACCES), a child's joined")


def _joined_child(run):
    seen = run.outside
    return seen["seen"]["join_child"]["permitted"] and seen["before"] != seen["after"] != seen["host"]


@verifies(ITEM + "setns-pid", needs=("namespace.pid",), callers=("root",))
def test_no_way_up_the_pid_namespaces(check):
    """With every capability, and the host's procfs, the parent PID namespace cannot be joined."""
    pid = target(check)

    def look(word, role):
        node = apart("pid", HOSTS_PROCFS, capabilities={"ALL": 1}, nested_userns="Enabled")
        return attempt(check, "pid", node, word, role=role)

    protected, control = look(f"join=pid:/proc/{pid}/ns/pid", PROTECTED), look("join_child=pid", CONTROL)
    check.conclude(holds=stayed(protected, "setns", "EINVAL"), exposed=_joined_child(control),
                   expected="the parent's PID namespace refused (EINVAL), a child's joined",
                   attributes={"errno": "EINVAL"})


@verifies(ITEM + "setns-user", needs=("namespace.user",))
def test_no_way_up_the_user_namespaces(check):
    """Neither the own user namespace can be joined nor, by a file that was handed over, the host's.

    The control has no launcher: in a chroot(2), as a launcher may have made, no child has a user namespace.
    """
    handed = check.scratch() / "user"
    handed.touch()
    mount("/proc/self/ns/user", handed, flags=MS_BIND)
    check.at_end(unmount, handed)

    def look(word):
        node = apart("user", export("RestrictedFile", "/user", handed), OWN_PROCFS, capabilities={"ALL": 1},
                     share_pid="Disabled")
        return attempt(check, "user", node, word)

    own, hosts = look("join=user:/proc/self/ns/user"), look("join=user:/user")
    control = attempt(check, "user", None, "join_child=user", role=CONTROL)
    check.conclude(holds=stayed(own, "setns", "EINVAL") and stayed(hosts, "setns", "EPERM"),
                   exposed=_joined_child(control),
                   expected="the own user namespace refused (EINVAL), the host's (EPERM), a child's joined",
                   attributes={"errno": "EINVAL EPERM"})


@verifies(ITEM + "procfs-of-the-node", ITEM + "procfs-of-the-host", needs=("namespace.pid",),
          callers=("root",))
def test_which_procfs_shows_the_host(check):
    """The procfs of an own PID namespace shows its processes alone; the host's shows those of the host."""
    pid = target(check)

    def look(procfs, role):
        node = apart("pid", procfs, capabilities={"ALL": 1})
        return check.observe(node, "directory=/proc", role=role)

    own, hosts = look(OWN_PROCFS, PROTECTED), look(HOSTS_PROCFS, CONTROL)
    hidden = str(pid) not in own.inside["directory"]
    shown = str(pid) in hosts.inside["directory"]
    check.conclude(ITEM + "procfs-of-the-node", holds=hidden, exposed=shown, runs=[own, hosts],
                   expected="no process of the host in the node's own procfs")
    check.conclude(ITEM + "procfs-of-the-host", holds=shown, exposed=hidden,
                   expected="the host's processes",
                   runs=[replace(hosts, role=PROTECTED), replace(own, role=CONTROL)])


@verifies(ITEM + "pid-information", needs=("namespace.pid", "namespace.uts"), callers=("root",))
def test_a_number_is_enough(check):
    """No procfs is needed where the PID namespace is shared: pidfd_open(2) takes a number."""
    pid = target(check)

    def look(share, role):
        node = apart("uts", share_pid=share, hostname="redproof-node", capabilities={"cap_sys_admin": 1})
        return attempt(check, "uts", node, f"join_process=uts:{pid}", role=role)

    protected, control = look("Disabled", PROTECTED), look("Enabled", CONTROL)
    seen = control.outside
    check.conclude(holds=stayed(protected, "pidfd_open", "ESRCH", word="join_process"),
                   exposed=seen["seen"]["join_process"]["permitted"] and seen["after"] == seen["host"],
                   expected="without procfs, joined by its number where that is known, and ESRCH elsewhere")
