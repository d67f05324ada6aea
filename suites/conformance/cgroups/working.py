# SPDX-License-Identifier: Apache-2.0
"""Nodes at work: the witness doing one step after the other, in one node or in several that compete."""

import time
from contextlib import ExitStack, contextmanager

from framework import export, minimal
from framework.nodes import witness
from framework.running import RunCut, RunError

from . import groups

POLL_SECONDS = 0.02


class Worker:
    """A witness that takes steps in a node, and writes a line after each.

    running: the Running; group: the node's Group; inside: all that the witness has observed so far; run:
    the recorded Run, once the node has ended.
    """

    def __init__(self, running):
        """Wait for the first step to be taken."""
        self.running = running
        self.inside = running.observe()
        self.group = groups.of(running)
        self.run = None

    def go(self):
        """Have the next step begin, or the work of this one end."""
        self.running.send("")

    def take(self):
        """Wait until the step is taken."""
        self.inside |= self.running.observe()

    def until(self, condition):
        """Wait until condition(group) is true; raises as `check` does."""
        while not condition(self.group):
            self.check()
            time.sleep(POLL_SECONDS)

    def check(self):
        """Raise RunError when the node has ended, RunCut when it takes too long."""
        if self.running.process.poll() is not None:
            raise RunError(f"a node ended while it worked, with status {self.running.status}")
        if time.monotonic() > self.running.deadline:
            raise RunCut(f"the work was not done within {self.running.limit} s")


@contextmanager
def at_work(check, nodes, *steps):
    """Have the witness take steps, each a list of observations, in several nodes at once.

    nodes: dict of role to Node or to the directory of one. They are started one after the other: a start
    may move what is in the group of its launcher (rednode.md, section 7). Yields a dict of role to Worker,
    all of which have taken the first step.
    """
    words = list(steps[0])
    for step in steps[1:]:
        words += ["--", *step]
    workers = {}
    with ExitStack() as stack:
        for role, node in nodes.items():
            workers[role] = Worker(stack.enter_context(check.start(node, witness(*words), role)))
        yield workers
    for worker in workers.values():
        worker.run = worker.running.run
        worker.run.observation["inside"] = worker.inside


def walk(check, node, *steps, role, outside):
    """Have the witness take steps in a node, without a break. Returns the Run.

    outside(group): returns what is recorded as seen from outside after the last step.
    """
    with at_work(check, {role: node}, *steps) as workers:
        worker = workers[role]
        for _ in steps[1:]:
            worker.go()
            worker.take()
        worker.running.outside = outside(worker.group)
    return worker.run


def race(check, nodes, work, counters, keys, enough, largest_step=1, prepare=None):
    """Have nodes do the same work at the same time, and count what each gets.

    nodes: dict of role to Node; work: an observation of the witness that goes on until a line comes;
    counters(group): returns what is counted of a group, as a dict; keys: those of it that tell how far the
    work is: all nodes together shall get `enough`, counted from when all have begun, and no step of the
    count shall be more than the part `largest_step` of it; prepare(running): called before the work begins.
    Returns a dict of role to Run; outside is what its group got, as a dict.
    """
    with at_work(check, nodes, ["processors"], [work]) as workers:
        racers = list(workers.values())
        for worker in racers:
            if prepare:
                prepare(worker.running)
            idle = _sum(counters(worker.group), keys)
            worker.go()
            worker.until(lambda group: _sum(counters(group), keys) > idle)
        _measure(racers, counters, keys, enough, largest_step)
        for worker in racers:
            worker.go()
        for worker in racers:
            worker.take()
    return {role: worker.run for role, worker in workers.items()}


def _measure(workers, counters, keys, enough, largest_step):
    before = [counters(worker.group) for worker in workers]
    total = largest = 0
    while total < max(enough, largest / largest_step):
        time.sleep(POLL_SECONDS)
        for worker, start in zip(workers, before):
            worker.check()
            now = counters(worker.group)
            worker.running.outside = {key: now[key] - start[key] for key in now}
        last, total = total, sum(_sum(worker.running.outside, keys) for worker in workers)
        largest = max(largest, total - last)


def _sum(counters, keys):
    return sum(counters[key] for key in keys)


def share(runs, one, other, key):
    """Return the ratio of what two roles of a race got of a counter."""
    return runs[one].outside[key] / max(1, runs[other].outside[key])


def memory_node(base, **limits):
    """Return a Node with limits of memory, in which the witness can see where its own is.

    base: what `groups.prepare` returned for nodes; limits: the section mem of cgroups.
    """
    return minimal(export("Procfs", "/proc"), share_all="Enabled", share_pid="Disabled",
                   cgroups={"mem": limits}, **base)
