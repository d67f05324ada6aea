# SPDX-License-Identifier: Apache-2.0
"""Block I/O under contention: two nodes read and write files of the root disk, past the page cache."""

import os

from framework import export, minimal, verifies
from framework.verdict import CONTROL, PROTECTED

from . import ITEM
from .groups import ROOT, prepare
from .tolerance import DEVICE_SHARE, LIMITED, MEBIBYTE, UNDIVIDED, is_near
from .working import race, share

NEEDS = ("cgroup.mode", "cgroup.controller.io")
RIVAL, CONTROL_RIVAL = "rival", "rival of the control"
PLACE = "/disk"
FILE_SIZE = 4 * MEBIBYTE
WEIGHT, RIVALS_WEIGHT = 400, 100
# Bytes in a second.
LIMIT = MEBIBYTE // 16
# Operations in a second, of both together: so few that both always have some waiting.
RATE = 300
READ, WRITTEN = "rbytes", "wbytes"


def _directory(check):
    """Return a directory of the caller's on the disk with a file in it, each block of it written."""
    directory = check.scratch(disk=True)
    file = directory / "file"
    with open(file, "wb") as stream:
        stream.write(b"\1" * FILE_SIZE)
        stream.flush()
        os.fsync(stream.fileno())
    check.caller.own(file)
    return directory


def _device(directory):
    """Return the number of the device that a file is on, as "MAJOR:MINOR"."""
    number = os.stat(directory).st_dev
    return f"{os.major(number)}:{os.minor(number)}"


def _compete(check, base, limits, work, keys, enough):
    """Let nodes transfer at the same time; limits: dict of role to a section io. Returns the Runs by role."""
    nodes = {role: minimal(export("Public", PLACE, _directory(check)), share_all="Enabled",
                           cgroups={"io": io}, **base) for role, io in limits.items()}
    device = _device("/")

    def counters(group):
        # The kernel shows no line for a device that was not used.
        counted = group.nested("io.stat").get(device, {})
        return {key: counted.get(key, 0) for key in keys}

    return race(check, nodes, f"{work}={PLACE}/file", counters, keys, enough)


@verifies(ITEM + "io.max", needs=(*NEEDS, "cgroup.item.io.max"))
def test_io_max(check):
    """A node with limits reads and writes a fraction of what its rival does in the same time."""
    _, base = prepare(check)
    device = _device("/")
    plain = {"max": f"{device} rbps=max wbps=max"}
    limited = {"max": f"{device} rbps={LIMIT} wbps={LIMIT}"}
    keys = READ, WRITTEN

    def compete(role, rival, limits):
        runs = _compete(check, base, {role: limits, rival: plain}, "transfer_pages", keys, 4 * MEBIBYTE)
        return {key: share(runs, role, rival, key) for key in keys}

    slow, free = compete(PROTECTED, RIVAL, limited), compete(CONTROL, CONTROL_RIVAL, plain)
    check.conclude(holds=all(got < LIMITED for got in slow.values()),
                   exposed=all(got > UNDIVIDED for got in free.values()),
                   expected="far fewer bytes read and written than by the rival, which has no limit",
                   attributes={"limited": slow, "unlimited": free})


def _switch_on_cost(check, device):
    """Have io.cost divide the device's time, by a model that makes it slower than any guest is.

    io.weight has no effect without; Documentation/admin-guide/cgroup-v2.rst, IO Interface Files.
    """
    rates = " ".join(f"{way}bps={400 * MEBIBYTE} {way}seqiops={RATE} {way}randiops={RATE}" for way in "rw")
    check.at_end(ROOT.write, "io.cost.qos", f"{device} enable=0")
    ROOT.write("io.cost.model", f"{device} ctrl=user model=linear {rates}")
    ROOT.write("io.cost.qos", f"{device} enable=1 ctrl=user min=100 max=100")


@verifies(ITEM + "io.weight", needs=(*NEEDS, "cgroup.item.io.weight"))
def test_io_weight(check):
    """A node with four times the weight reads four times as much."""
    _, base = prepare(check)
    _switch_on_cost(check, _device("/"))
    plain = {"weight": RIVALS_WEIGHT}

    def compete(role, rival, limits):
        runs = _compete(check, base, {role: limits, rival: plain}, "read_pages", [READ], 3 * MEBIBYTE // 2)
        return share(runs, role, rival, READ)

    weighted = compete(PROTECTED, RIVAL, {"weight": WEIGHT})
    equal = compete(CONTROL, CONTROL_RIVAL, plain)
    ratio = WEIGHT / RIVALS_WEIGHT
    check.conclude(holds=is_near(weighted, ratio, DEVICE_SHARE), exposed=is_near(equal, 1),
                   expected=f"{ratio} times the rival's bytes; with equal weights as many",
                   attributes={"weighted": weighted, "equal": equal})
