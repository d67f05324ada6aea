# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-DAT-PRO: who gets at the data of a node, in memory and on disk."""

import os
from dataclasses import replace

from framework import export, minimal, verifies
from framework.caller import NEIGHBOUR
from framework.host import content
from framework.nodes import witness
from framework.rights import READ, set_list
from framework.verdict import CONTROL, PROTECTED

ITEM = "REDPAK.RKA-R-DAT-PRO/"
PLACE = "/data"


def _devices(pid):
    """Return the numbers of all file systems that a process has mounted; /proc/PID/mountinfo in proc(5)."""
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as file:
        return [line.split()[2] for line in file]


def _mounted_on_host(pid):
    """Say whether the file system of a node's data is mounted on the host."""
    number = os.stat(f"/proc/{pid}/root{PLACE}").st_dev
    return f"{os.major(number)}:{os.minor(number)}" in _devices("self")


def _made_and_looked_for(check, entry, folder, role):
    """Make a file in a node, look for it from host, neighbour node, and the node's next run.

    Returns the Run of the neighbour and that of the next start; outside of the first is the host's view.
    """
    place = check.place(minimal(entry))
    with check.start(place, witness(f"make_file={PLACE}/made"), role) as running:
        made = running.observe()["make_file"]["permitted"]
        host = {"made": made, "file": content(folder / "made"), "mounted": _mounted_on_host(running.pid)}
        neighbour = check.observe(minimal(entry), f"read_file={PLACE}/made", role=role,
                                  outside=lambda _: host)
    return neighbour, check.observe(place, f"read_file={PLACE}/made", role=role)


def _found(run):
    return run.inside["read_file"]["permitted"]


@verifies(*(ITEM + name for name in ("tmpfs-neighbour", "tmpfs-host", "tmpfs-discarded", "mounted-visible")),
          needs=("namespace.mnt",))
def test_data_seen_by_others(check):
    """What is in a tmpfs, nobody else sees or finds later; what is in a mounted part, everybody does."""
    folder = check.scratch(disk=True)
    memory, later = _made_and_looked_for(check, export("Tmpfs", PLACE), folder, PROTECTED)
    disk, disk_later = _made_and_looked_for(check, export("Public", PLACE, folder), folder, CONTROL)
    host, disk_host = memory.outside, disk.outside
    hidden = host["made"] and host["file"] is None and not host["mounted"]
    shown = disk_host["made"] and disk_host["file"] is not None and disk_host["mounted"]
    first, second = [memory, disk], [later, disk_later]
    check.conclude(ITEM + "tmpfs-neighbour", holds=host["made"] and not _found(memory), exposed=_found(disk),
                   runs=first, expected="the file not in a neighbour node")
    check.conclude(ITEM + "tmpfs-host", holds=hidden, exposed=shown, runs=first,
                   expected="neither the file nor its file system on the host")
    check.conclude(ITEM + "tmpfs-discarded", holds=host["made"] and not _found(later),
                   exposed=_found(disk_later), runs=second, expected="the file not in the node's next run")
    check.conclude(ITEM + "mounted-visible", holds=shown and _found(disk),
                   exposed=hidden and not _found(memory),
                   runs=[replace(disk, role=PROTECTED), replace(memory, role=CONTROL)],
                   expected="the file of a mounted part on the host and in a neighbour node")


@verifies(ITEM + "tmpfs-by-process", needs=("namespace.mnt",))
def test_data_in_memory_through_a_process(check):
    """The node's own user reads its tmpfs from the host through /proc/PID/root; another user does not."""
    with check.start(minimal(export("Tmpfs", PLACE)), witness(f"make_file={PLACE}/made"), "node") as running:
        running.observe()
        look = f"read_file=/proc/{running.pid}/root{PLACE}/made"
        own = check.observe(None, look)
        with check.acting(NEIGHBOUR):
            other = check.observe(None, look, role=CONTROL)
    check.conclude(holds=_found(own), exposed=other.inside["read_file"]["errno"] == "EACCES",
                   runs=[own, other],
                   expected="the file read by the node's own user, and refused to another (EACCES)")


@verifies(ITEM + "mounted-dac", ITEM + "mounted-acl", needs=("namespace.mnt",))
def test_data_on_disk_obey_modes_and_lists(check):
    """A file of somebody else in a mounted part is read as its mode, or its access list, says."""
    def look(mode, reader=None, role=PROTECTED):
        folder = check.scratch(disk=True, owner=NEIGHBOUR)
        file = folder / "file"
        file.write_text("somebody else's\n")
        NEIGHBOUR.own(file)
        file.chmod(mode)
        if reader:
            set_list(file, reader, READ)
        return check.observe(minimal(export("Public", PLACE, folder)), f"read_file={PLACE}/file",
                             f"make_file={PLACE}/made", role=role)

    closed, readable = look(0o600), look(0o644, role=CONTROL)
    others, own = look(0o600, NEIGHBOUR), look(0o600, check.caller, role=CONTROL)
    for item, protected, control in (("mounted-dac", closed, readable), ("mounted-acl", others, own)):
        refused = [protected.inside["read_file"]["errno"], protected.inside["make_file"]["errno"]]
        check.conclude(ITEM + item, holds=refused == ["EACCES", "EACCES"], exposed=_found(control),
                       runs=[protected, control], expected="the file and its directory refused (EACCES)")
