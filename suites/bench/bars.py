# SPDX-License-Identifier: Apache-2.0
"""What is timed, what must come out, and the arithmetic between the two."""
import random
import statistics
import subprocess
from dataclasses import dataclass

MOUNTS = 400
# How long one timing may take, in seconds.
LIMIT = 600
# A round times each group once, in random order; groups of many launches take part in every tenth.
ROUNDS = 500
LONG_EVERY = 10


@dataclass(frozen=True)
class Group:
    """What is timed as one: `launches` starts of a launcher, `width` at once, among `mounts` extra mounts."""

    name: str
    launcher: str
    mounts: int = 0
    launches: int = 1
    width: int = 1


GROUPS = (
    Group("redwrap", "redwrap"),
    Group("redwrap, chain of four", "redwrap, chain"),
    Group("redwrap, 400 mounts", "redwrap", mounts=MOUNTS),
    Group("redwrap, 8 at once", "redwrap", launches=40, width=8),
    Group("bubblewrap", "bubblewrap"),
    Group("bubblewrap, 400 mounts", "bubblewrap", mounts=MOUNTS),
    Group("bubblewrap, 8 at once", "bubblewrap", launches=40, width=8),
    Group("crun", "crun"),
    Group("crun, user shared", "crun, user shared"),
)


@dataclass(frozen=True)
class Bar:
    """A demand: `value` over `base` (nothing: `unit`) is at most, or at least, `limit` (None: only told).

    Both name a group, for the median time of one launch, or a fact: "pss" or "calls" of redwrap.
    """

    text: str
    value: str
    base: str
    limit: float | None
    at_least: bool = False
    unit: float = 1

    def met_by(self, measured):
        """Tell whether a measured value meets it; None, not measured, does not."""
        if measured is None or self.limit is None:
            return measured is not None
        return measured >= self.limit if self.at_least else measured <= self.limit

    @property
    def sign(self):
        """The relation, for people."""
        return ">=" if self.at_least else "<="


BARS = (
    Bar("time of a launch / bubblewrap's", "redwrap", "bubblewrap", 0.5),
    Bar("time of a launch / crun's", "redwrap", "crun", 0.35),
    Bar("memory of the launcher, KiB (PSS)", "pss", "", 200),
    Bar("system calls of a launch", "calls", "", 300),
    Bar("time among 400 more mounts / without them", "redwrap, 400 mounts", "redwrap", 1.7),
    Bar("launches a second, 8 at once / bubblewrap's", "bubblewrap, 8 at once", "redwrap, 8 at once", 2,
        at_least=True),
    Bar("time of a chain of four nodes / one node's", "redwrap, chain of four", "redwrap", 1.25),
)


def schedule(groups, rounds, seed):
    """Return the numbers of the groups in the order in which to time them."""
    dice = random.Random(seed)
    order = []
    for turn in range(rounds):
        part = [number for number, group in enumerate(groups)
                if group.launches == 1 or turn % LONG_EVERY == 0]
        dice.shuffle(part)
        order += part
    return order


class TimingError(Exception):
    """The stopwatch failed."""


def time_groups(stopwatch, groups, words, order, crowd=("0", "/tmp"), run=None):
    """Time groups. Returns a dict of group name to samples in nanoseconds a launch.

    @words: a dict of launcher to its command. @order: as of schedule(). @crowd: how many mounts are extra and
    below which directory. @run: runs the words of the stopwatch in another place, and returns what
    subprocess.run() does; it has the order already.
    """
    argv = [str(stopwatch), *crowd]
    for group in groups:
        where = "crowded" if group.mounts else "plain"
        argv += [where, str(group.launches), str(group.width), *words[group.launcher], ";"]
    if run:
        done = run(argv)
    else:
        done = subprocess.run(argv, input="\n".join(map(str, order)), text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=LIMIT)
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        raise TimingError(f"the stopwatch ended with status {done.returncode}: {last}")
    return sort_samples(groups, order, [int(line) for line in done.stdout.split()])


def sort_samples(groups, order, nanoseconds):
    """Return a dict of group name to its samples, in nanoseconds of one launch."""
    if len(order) != len(nanoseconds):
        raise ValueError(f"{len(nanoseconds)} samples where {len(order)} were ordered")
    samples = {group.name: [] for group in groups}
    for number, duration in zip(order, nanoseconds):
        samples[groups[number].name].append(duration / groups[number].launches)
    return samples


def summary(samples):
    """Return the quartiles of some samples as a dict; `median` is the one in the middle."""
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return {"low_quartile": low, "median": median, "high_quartile": high}


def measured(bar, values):
    """Return what came out for a bar, None when a part of it was not measured.

    `values` is a dict of group name to median, and of "pss" and "calls" to redwrap's.
    """
    value, base = values.get(bar.value), values.get(bar.base) if bar.base else bar.unit
    return None if value is None or base is None else value / base
