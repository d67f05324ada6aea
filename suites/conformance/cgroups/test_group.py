# SPDX-License-Identifier: Apache-2.0
"""The group of a node: who is in it, and when it is gone."""

import os
import signal
import subprocess
from contextlib import suppress

from framework import export, minimal, nodes, verifies
from framework.nodes import witness
from framework.patience import wait_until
from framework.process import descendants, namespace
from framework.verdict import CONTROL, PROTECTED

from . import groups
from .groups import prepare

REQUIREMENT = "REDPAK.HRQ-R-RED-SET-ISO-PRO/"
NEEDS = ("cgroup.mode", "cgroup.controller.pids")
LIMITS = {"pids": {"max": 100}}
KINDS = ("ipc", "mnt", "net", "pid", "uts")


def _paths(pids):
    """Return the paths of the groups of those processes that have not ended meanwhile, each once."""
    paths = set()
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            paths.add(groups.path_of(pid))
    return sorted(paths)


def _members(running):
    """Return the processes of a node: who descends from the launcher and has a namespace of the payload."""
    def own(pid):
        return {namespace(pid, kind) for kind in KINDS}

    launcher = running.process.pid
    new, found = own(running.pid) - own(launcher), []
    for pid in descendants(launcher):
        with suppress(FileNotFoundError, ProcessLookupError):
            found += [pid] if own(pid) & new else []
    return found


@verifies(REQUIREMENT + "environment", needs=NEEDS)
def test_group_of_the_payload(check):
    """The node's processes, and no other, are in a group of its own."""
    _, base = prepare(check)

    def outside(running):
        return {"launcher": groups.path_of(running.process.pid), "node": _paths(_members(running))}

    def look(role, **config):
        return check.observe(minimal(**config, **base), "pid", role=role, outside=outside)

    protected, control = look(PROTECTED, cgroups=LIMITS), look(CONTROL)
    check.conclude(holds=(len(protected.outside["node"]) == 1
                          and protected.outside["launcher"] not in protected.outside["node"]),
                   exposed=control.outside["node"] == [control.outside["launcher"]],
                   expected="all of the node in one group, without the launcher")


FEW, MANY, CHILDREN = 8, 100, 20
# Both nodes and their launchers are in the group above.
ALL_OF_THEM = 16


def _look_at_two(check, place, extra=()):
    """Conclude on whether a node may have CHILDREN while another may have a FEW processes only.

    place: makes a node with that many processes in a group, by the number and the group's configuration;
    extra: options to start it with.
    """
    above, base = prepare(check, own=True)
    one, other = place(MANY, base), place(FEW, base)

    def look(most, role):
        above.write("pids.max", str(most))
        with check.start(one, witness("pid", "--", f"make_children={CHILDREN}"), role, extra=extra) as large:
            large.observe()
            with check.start(other, witness("pid"), role, extra=extra) as small:
                small.observe()
                large.send("")
                large.outside = large.observe()["make_children"]["permitted"]
        return large.run

    protected, control = look("max", PROTECTED), look(ALL_OF_THEM, CONTROL)
    check.conclude(holds=protected.outside, exposed=not control.outside,
                   expected=f"{CHILDREN} processes where another node may have {FEW}")


@verifies(REQUIREMENT + "environment", needs=NEEDS)
def test_groups_of_two_nodes(check):
    """What limits one of them does not limit the other: each has a group."""
    _look_at_two(check, lambda most, base: check.place(minimal(cgroups={"pids": {"max": most}}, **base)))


@verifies(REQUIREMENT + "environment", needs=NEEDS)
def test_groups_of_two_nodes_with_admin(check):
    """Also where it is the admin configuration that says the limit (weakness F9)."""
    def place(most, base):
        directory = check.place(minimal(**base))
        path = directory / nodes.ADMIN
        path.write_text(f"headers: {{alias: admin}}\nconfig: {{cgroups: {{pids: {{max: {most}}}}}}}\n",
                        encoding="utf-8")
        path.chmod(nodes.FILE_MODE)
        check.caller.own(path)
        return directory

    _look_at_two(check, place, check.launcher.native("--admin"))


def _bystander(check, group):
    """Start a process of the caller's in a group. Returns its pid."""
    process = subprocess.Popen(["sleep", "infinity"], **check.caller.options())
    check.at_end(process.wait)
    check.at_end(process.kill)
    group.write("cgroup.procs", str(process.pid))
    return process.pid


@verifies(REQUIREMENT + "bystanders", needs=NEEDS)
def test_processes_of_the_group_above(check):
    """They give way to a node, and are back at its end; so they are where it was refused (weakness F11)."""
    check.launcher.native("processes that give way to a node")
    above, base = prepare(check, own=True)
    bystander = _bystander(check, above)

    def where(_running=None):
        return groups.path_of(bystander)

    found = where()
    control = check.observe(minimal(cgroups=LIMITS, **base), "pid", role=CONTROL, outside=where)
    ended = where()
    impossible = export("RestrictedFile", "/data", check.scratch() / "missing")
    protected = check.run(minimal(impossible, cgroups=LIMITS, **base), witness("pid"))
    protected.observation["outside"] = {"ended": ended, "refused": where()}
    check.conclude(holds=set(protected.outside.values()) == {found} and check.refused(protected),
                   exposed=control.outside != found, expected=f"the process in {found}")


@verifies(REQUIREMENT + "shown", needs=NEEDS)
def test_a_node_that_is_shown(check):
    """No group is made for it, and no process gives way to it (weakness F10)."""
    shows = check.launcher.native("--dump-only")
    above, base = prepare(check, own=True)
    bystander, node = _bystander(check, above), minimal(cgroups=LIMITS, **base)

    def seen(_running=None):
        return {"groups": len(above.children()), "bystander": groups.path_of(bystander)}

    found = seen()
    protected = check.run(node, witness("pid"), extra=shows)
    protected.observation["outside"] = seen()
    control = check.observe(node, "pid", role=CONTROL, outside=seen)
    check.conclude(holds=protected.outside == found and (protected.status, protected.stderr) == (0, ""),
                   exposed=all(control.outside[name] != found[name] for name in found),
                   expected="groups and processes as they were")


def _look_afterwards(check, place, kill):
    """Run a node to its end, by SIGKILL of the launcher or without, and look for the groups that it had."""
    with check.start(place, witness("processors"), PROTECTED) as running:
        running.observe()
        group = groups.of(running)
        made = [group.path, *(child.path for child in group.children())]
        if kill:
            os.kill(running.process.pid, signal.SIGKILL)
        else:
            running.finish()
    # Who removes them for a launcher that is killed does so after it.
    wait_until(lambda: not _present(made))
    running.run.observation["outside"] = _present(made)
    return running.run


def _present(paths):
    return sorted(str(path) for path in paths if path.exists())


@verifies(REQUIREMENT + "destruction", needs=NEEDS)
def test_end_of_the_group(check):
    """The groups of a node go with its last process, also when the launcher is killed."""
    _, base = prepare(check)
    place = check.place(minimal(cgroups=LIMITS, **base))

    def outside(running):
        return _present([groups.of(running).path])

    protected = [_look_afterwards(check, place, kill) for kill in (False, True)]
    control = check.observe(place, "pid", role=CONTROL, outside=outside)
    check.conclude(holds=not any(run.outside for run in protected) and protected[0].status == 0,
                   exposed=len(control.outside) == 1, expected="no group left after the end")
