# SPDX-License-Identifier: Apache-2.0
"""Block I/O under contention: two nodes read and write files of the root disk, past the page cache."""

import os

from framework import export, minimal, verifies
from framework.verdict import CONTROL, PROTECTED

from . import ITEM
from .groups import ROOT, prepare
from .tolerance import MEBIBYTE, SHARE, is_near
from .working import race, share

NEEDS = ("cgroup.mode", "cgroup.controller.io")
RIVAL, CONTROL_RIVAL = "rival", "rival of the control"
PLACE = "/disk"
FILE_SIZE = 4 * MEBIBYTE
WEIGHT, RIVALS_WEIGHT = 400, 100
LIMIT = MEBIBYTE
READ, WRITTEN = "rbytes", "wbytes"


def _directory(check):
    """Return a directory of the caller's on the disk with a file in it, each block of it written."""
    directory = check.scratch(disk=True)
    file = directory / "file"
    with open(file, "wb") as stream:
        stream.write(b"\1" * FILE_SIZE)
        stream.flush()
        os.fsync(stream.fileno())
    os.chown(file, check.caller.uid, check.caller.gid)
    return directory


def _device(directory):
    """Return the number of the device that a file is on, as "MAJOR:MINOR"."""
    number = os.stat(directory).st_dev
    return f"{os.major(number)}:{os.minor(number)}"


def _compete(check, base, limits, phases):
    """Let nodes transfer at the same time; limits: dict of role to a section io. Returns the Runs by role."""
    nodes = {role: minimal(export("Public", PLACE, _directory(check)), share_all="Enabled",
                           cgroups={"io": io}, **base) for role, io in limits.items()}
    device = _device("/")
    idle = {READ: 0, WRITTEN: 0}
    steps = [(f"{observation}={PLACE}/file", key, enough) for observation, key, enough in phases]
    return race(check, nodes, steps, lambda group: group.nested("io.stat").get(device, idle))


@verifies(ITEM + "io.max", needs=(*NEEDS, "cgroup.item.io.max"))
def test_io_max(check):
    """A node with limits reads and writes a fraction of what its rival does in the same time."""
    _, base = prepare(check)
    device = _device("/")
    plain = {"max": f"{device} rbps=max wbps=max"}
    limited = {"max": f"{device} rbps={LIMIT} wbps={LIMIT}"}
    phases = [("read_pages", READ, 8 * MEBIBYTE), ("write_pages", WRITTEN, 8 * MEBIBYTE)]
    runs = (_compete(check, base, {PROTECTED: limited, RIVAL: plain}, phases)
            | _compete(check, base, {CONTROL: plain, CONTROL_RIVAL: plain}, phases))
    shares = {role: [share(runs, role, rival, key) for key in (READ, WRITTEN)]
              for role, rival in ((PROTECTED, RIVAL), (CONTROL, CONTROL_RIVAL))}
    check.conclude(holds=all(got * SHARE < 1 / SHARE for got in shares[PROTECTED]),
                   exposed=all(is_near(got, 1) for got in shares[CONTROL]),
                   expected="far fewer bytes read and written than by the rival, which has no limit",
                   attributes={"shares": shares})


def _switch_on_cost(check, device):
    """Have io.cost divide the device's time, by a model in which any operation takes a millisecond.

    io.weight has no effect without; Documentation/admin-guide/cgroup-v2.rst, IO Interface Files.
    """
    rates = " ".join(f"{way}bps={400 * MEBIBYTE} {way}seqiops=1000 {way}randiops=1000" for way in "rw")
    check.at_end(ROOT.write, "io.cost.qos", f"{device} enable=0")
    ROOT.write("io.cost.model", f"{device} ctrl=user model=linear {rates}")
    ROOT.write("io.cost.qos", f"{device} enable=1 ctrl=user min=100 max=100")


@verifies(ITEM + "io.weight", needs=(*NEEDS, "cgroup.item.io.weight"))
def test_io_weight(check):
    """A node with four times the weight reads four times as much."""
    _, base = prepare(check)
    _switch_on_cost(check, _device("/"))
    plain = {"weight": RIVALS_WEIGHT}
    phases = [("read_pages", READ, 6 * MEBIBYTE)]
    runs = (_compete(check, base, {PROTECTED: {"weight": WEIGHT}, RIVAL: plain}, phases)
            | _compete(check, base, {CONTROL: plain, CONTROL_RIVAL: plain}, phases))
    ratio = WEIGHT / RIVALS_WEIGHT
    weighted, equal = share(runs, PROTECTED, RIVAL, READ), share(runs, CONTROL, CONTROL_RIVAL, READ)
    check.conclude(holds=is_near(weighted, ratio), exposed=is_near(equal, 1),
                   expected=f"{ratio} times the rival's bytes; with equal weights as many",
                   attributes={"weighted": weighted, "equal": equal})
