# SPDX-License-Identifier: Apache-2.0
"""redprobe against those who answer a part of its questions, natively; its cgroup area in a guest."""
import subprocess
import tempfile
from pathlib import Path

from . import bars

TOOLS = {"bpftool": "bpftool", "lxc-checkconfig": "lxc-checkconfig"}
FEW = "namespace,capability"
ROUNDS = 100
# cgroup version 2 alone, where a scratch group is made. Emulated: only the ratio means something.
GUEST = "debian-6.12"
GUEST_ROUNDS = 20
GUEST_STOPWATCH = "/redproof/build/test/bench/stopwatch"
GUEST_REDPROBE = "/redproof/build/bin/redprobe"
MILLISECOND = 1e6

NATIVE = tuple(bars.Group(name, name) for name in (
    "redprobe", f"redprobe --only {FEW}", "bpftool feature probe", "lxc-checkconfig"))
INSIDE = tuple(bars.Group(name, name) for name in (
    "in a guest: cgroup area", "in a guest: other areas"))

BARS = (
    bars.Bar("a whole probe, ms", "redprobe", "", 10, unit=MILLISECOND),
    bars.Bar(f"--only {FEW}, ms", NATIVE[1].name, "", 3, unit=MILLISECOND),
    bars.Bar("time of a probe / bpftool feature probe's", "redprobe", "bpftool feature probe", 0.15),
    bars.Bar("time of a probe / lxc-checkconfig's", "redprobe", "lxc-checkconfig", 0.1),
    bars.Bar("cgroup area / other areas, in a guest", INSIDE[0].name, INSIDE[1].name, None),
)


def native_words(redprobe, tools):
    """Return a dict of group name to the words of its command; `tools` as command.find_tools."""
    words = {"redprobe": [str(redprobe)], NATIVE[1].name: [str(redprobe), "--only", FEW]}
    if tools["bpftool"]:
        words["bpftool feature probe"] = [tools["bpftool"], "feature", "probe", "kernel"]
    if tools["lxc-checkconfig"]:
        words["lxc-checkconfig"] = [tools["lxc-checkconfig"]]
    return words


def inside_words(areas):
    """Return the same for the guest; `areas` are all that redprobe has."""
    others = ",".join(area for area in areas if area != "cgroup")
    return {INSIDE[0].name: [GUEST_REDPROBE, "--only", "cgroup"],
            INSIDE[1].name: [GUEST_REDPROBE, "--only", others]}


def areas_of(redprobe):
    """Return the areas of redprobe, in its order."""
    listed = subprocess.run([redprobe, "--list"], check=True, text=True, stdout=subprocess.PIPE).stdout
    return list(dict.fromkeys(line.partition(".")[0] for line in listed.splitlines()))


def guest_runner(redvm, order):
    """Return a function that runs the words of a stopwatch in the guest; `order` goes to it as a file."""
    def run(argv):
        with tempfile.TemporaryDirectory(prefix="redproof-bench-") as directory:
            (Path(directory) / "order").write_text(order, encoding="ascii")
            return subprocess.run([redvm, "run", GUEST, "--input", directory, "--", "sh", "-c",
                                   'exec "$@" </input/order', "sh", *argv],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return run


def measure(build, redvm, tools, seed):
    """Time all of them. Returns a list of (groups, dict of group name to samples)."""
    redprobe = build / "bin/redprobe"
    words = native_words(redprobe, tools)
    groups = [group for group in NATIVE if group.launcher in words]
    order = bars.schedule(groups, ROUNDS, seed)
    native = bars.time_groups(build / "test/bench/stopwatch", groups, words, order)
    order = bars.schedule(INSIDE, GUEST_ROUNDS, seed)
    inside = bars.time_groups(GUEST_STOPWATCH, INSIDE, inside_words(areas_of(redprobe)), order,
                              run=guest_runner(redvm, "\n".join(map(str, order))))
    return [(groups, native), (INSIDE, inside)]
