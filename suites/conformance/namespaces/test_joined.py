# SPDX-License-Identifier: Apache-2.0
"""Namespaces that are joined by path: those of another node, the neighbour; see setns(2).

Root joins by a file that the namespace is pinned to, an ordinary user by /proc. The user's node joins the
user namespace too, as the others belong to it (rednode.md, section 5).
"""

from contextlib import contextmanager
from dataclasses import dataclass

from cgroups.groups import prepare
from framework import Claim, each_verifies, export, host, minimal, verifies
from framework.caller import CALLERS
from framework.mounts import mount, unmount
from framework.nodes import witness
from framework.patience import wait_until
from framework.process import command_line, descendants, namespace, status

from . import ITEM
from .clocks import OFFSETS, are_between, now
from .identity import permitted

MS_BIND = 4096
KINDS = ("net", "ipc", "uts", "pid")
HOST_NAME = "redproof-neighbour"
# So many that no process of another namespace has the number of one that was made after them.
NUMBERS_USED = 12


@dataclass
class Neighbour:
    """A node that is running. paths: dict of kind to the path of its namespace."""

    running: object
    paths: dict

    def shares(self, *kinds):
        """Return the keys of a node that joins its namespaces of these kinds."""
        return {f"share_{kind}": self.paths[kind] for kind in kinds}

    def identities(self):
        """Return what its namespaces are: dict of kind to identity."""
        return {kind: namespace(self.running.pid, kind) for kind in self.paths}


def _pin(check, path):
    pinned = check.scratch() / "namespace"
    pinned.touch()
    mount(path, pinned, flags=MS_BIND)
    check.at_end(unmount, pinned)
    return str(pinned)


@contextmanager
def _neighbour(check, kinds, *observations, **config):
    """Start a node with namespaces of its own; yields a Neighbour.

    That further user namespaces are not forbidden matters to bwrap, which does it by one that owns nothing.
    """
    node = minimal(nested_userns="Enabled", **config)
    with check.start(node, witness(*observations), "neighbour") as running:
        running.observe()
        paths = {kind: f"/proc/{running.pid}/ns/{kind}" for kind in kinds}
        if check.caller.uid == 0:
            paths = {kind: _pin(check, path) for kind, path in paths.items()}
        yield Neighbour(running, paths)


def _with_user(check, *kinds):
    """Return these kinds and, for an ordinary user, the user namespace."""
    return kinds if check.caller.uid == 0 else ("user", *kinds)


def _identities(running):
    return {kind: namespace(running.pid, kind) for kind in (*KINDS, "user", "time", "cgroup")}


def _is_in(run, identities, *kinds):
    """Say whether a node was in the neighbour's namespaces of these kinds."""
    return all(run.outside[kind] == identities[kind] for kind in kinds)


def _last(neighbour):
    """Return the neighbour's youngest process: (pid on the host, in its own namespace)."""
    pid = max(descendants(neighbour.running.pid))
    return pid, int(status(pid)["NSpid"].split()[-1])


def _found(run):
    """Return for each kind whether the run found what the neighbour has there: lists of booleans."""
    return {"net": permitted(run, "connect_abstract"),
            "ipc": permitted(run, "find_queue", "find_posix_queue"),
            "uts": [run.inside["host_name"]["host"] == HOST_NAME],
            "pid": [*permitted(run, "end_process"), run.outside["ended"]]}


def _rows():
    for kind in KINDS:
        yield kind, Claim((ITEM + kind,), ("namespace.user", f"namespace.{kind}")), tuple(CALLERS)


@each_verifies("kind", _rows())
def test_joined(check, kind):
    """Who joins one namespace finds there what the neighbour made; who joins none, nothing."""
    key, queue, socket = host.fresh_key(), "/" + host.fresh_name(), host.fresh_name()
    make = [*(f"{number}:find_process=1" for number in range(NUMBERS_USED)), "family",
            f"make_queue={key}", f"make_posix_queue={queue}", f"listen_abstract={socket}"]
    kinds = _with_user(check, kind)
    with _neighbour(check, kinds, *make, hostname=HOST_NAME) as neighbour:
        victim, number = _last(neighbour)
        identities = neighbour.identities()

        def look(role, *joined):
            run = check.observe(minimal(**neighbour.shares(*joined)), f"connect_abstract={socket}",
                                f"find_queue={key}", f"find_posix_queue={queue}", "host_name",
                                f"end_process={number}", role=role, outside=_identities)
            if run.inside["end_process"]["permitted"]:
                wait_until(lambda: not command_line(victim))
            run.outside["ended"] = not command_line(victim)
            return run

        control, run = look("control"), look("protected", *kinds)
        check.conclude(holds=all(_found(run)[kind]) and _is_in(run, identities, kind),
                       exposed=not any(_found(control)[kind]) and not _is_in(control, identities, kind),
                       runs=[run, control], attributes={"namespace": "joined"},
                       expected=f"what the neighbour has in its {kind} namespace found by who joins that")


@verifies(ITEM + "time", needs=("namespace.user", "namespace.time"))
def test_joined_clocks(check):
    """Who joins the time namespace of a neighbour reads its clocks."""
    before = now()

    def outside(running):
        return {**_identities(running), "clocks": now()}

    with _neighbour(check, _with_user(check, "time"), "pid", time_offsets=OFFSETS) as neighbour:
        identities = neighbour.identities()
        joined, control = (check.observe(minimal(**shares), "clocks", role=role, outside=outside)
                           for role, shares in (("protected", neighbour.shares(*neighbour.paths)),
                                                ("control", {})))
    check.conclude(holds=are_between(joined, before, OFFSETS) and _is_in(joined, identities, "time"),
                   exposed=are_between(control, before, {}) and not _is_in(control, identities, "time"),
                   attributes={"namespace": "joined"}, expected="the clocks of the neighbour")


@verifies(ITEM + "user", needs=("namespace.user", "namespace.uts"))
def test_joined_power(check):
    """Who joins the user namespace of a neighbour has his capabilities over what the neighbour made.

    The control joins what was made, too, but not the user namespace; no ordinary user can do that.
    """
    kinds = ("user", "uts")

    def look(role, *joined):
        node = minimal(**neighbour.shares(*joined), capabilities={"cap_sys_admin": 1})
        return check.observe(node, f"set_host_name={role}", "host_name", role=role, outside=_identities)

    with _neighbour(check, kinds, "pid", "--", "host_name", hostname=HOST_NAME) as neighbour:
        identities = neighbour.identities()
        control = look("control", *(("uts",) if check.caller.uid == 0 else ()))
        joined = look("protected", *kinds)
        neighbour.running.send("")
        changed = neighbour.running.observe()["host_name"]["host"]
    powerless = control.inside["set_host_name"]["errno"] == "EPERM" or not _is_in(control, identities, "uts")
    check.conclude(holds=_is_in(joined, identities, *kinds) and changed == "protected"
                   and permitted(joined, "set_host_name") == [True],
                   exposed=powerless and not _is_in(control, identities, "user"),
                   attributes={"namespace": "joined"}, expected="the neighbour's host name changed")


@verifies(ITEM + "cgroup",
          needs=("namespace.user", "namespace.cgroup", "cgroup.mode", "cgroup.controller.pids"))
def test_joined_root_of_the_groups(check):
    """Who joins the cgroup namespace of a neighbour sees its own group from there: outside of that root."""
    _, base = prepare(check)
    proc, limits = export("Procfs", "/proc"), {"cgroups": {"pids": {"max": 100}}, **base}

    def look(role, shares):
        return check.observe(minimal(proc, **shares), "cgroup", role=role, outside=_identities)

    with _neighbour(check, _with_user(check, "cgroup"), "pid", **limits) as neighbour:
        identities = neighbour.identities()
        joined, control = look("protected", neighbour.shares(*neighbour.paths)), look("control", {})
    check.conclude(holds=joined.inside["cgroup"].startswith("0::/..")
                   and _is_in(joined, identities, "cgroup"),
                   exposed=control.inside["cgroup"] == "0::/" and not _is_in(control, identities, "cgroup"),
                   attributes={"namespace": "joined"}, expected="a group beside the root of the neighbour's")
