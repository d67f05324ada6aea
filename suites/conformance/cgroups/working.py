# SPDX-License-Identifier: Apache-2.0
"""Nodes at work: the witness doing one step after the other, and two nodes that compete."""

import time
from contextlib import ExitStack

from framework.nodes import witness
from framework.running import RunCut, RunError

from . import groups

POLL_SECONDS = 0.02


def command(*steps):
    """Return the command in which the witness takes steps, each a list of observations.

    It writes a line after each, and waits for one before the next and at the end.
    """
    words = list(steps[0])
    for step in steps[1:]:
        words += ["--", *step]
    return witness(*words)


def walk(check, node, *steps, role, outside):
    """Have the witness take steps, each a list of observations, in a node. Returns the Run.

    outside(group): returns what is recorded as seen from outside after the last step.
    """
    with check.start(node, command(*steps), role) as running:
        inside = running.observe()
        for _ in steps[1:]:
            inside |= next_step(running)
        running.outside = outside(groups.of(running))
    return with_inside(running, inside)


def next_step(running):
    """Let the witness go on, and return what it then observed."""
    running.send("")
    return running.observe()


def with_inside(running, inside):
    """Return the finished run of a Running, with all that was seen inside instead of its first line."""
    running.run.observation["inside"] = inside
    return running.run


def race(check, nodes, phases, counters, prepare=None):
    """Have nodes do the same work at the same time, and count what each gets of it.

    nodes: dict of role to Node; phases: list of (observation, key, enough): the witness does the work of
    `observation` until all nodes together have `enough` more of the counter `key`; counters(group):
    returns the counters of a group as a dict; prepare(running): called before the first phase.
    Returns a dict of role to Run; outside are {"counters": the last ones, "got": {key: difference}}.
    """
    words = command(["processors"], *([observation] for observation, _, _ in phases))
    with ExitStack() as stack:
        runners = {role: stack.enter_context(check.start(node, words, role)) for role, node in nodes.items()}
        inside = {role: running.observe() for role, running in runners.items()}
        places = {role: groups.of(running) for role, running in runners.items()}
        for running in runners.values():
            running.outside = {"got": {}}
            if prepare:
                prepare(running)
        for _, key, enough in phases:
            _compete(runners, places, counters, key, enough)
            for role, running in runners.items():
                inside[role] |= running.observe()
        for role, running in runners.items():
            running.outside["counters"] = counters(places[role])
    return {role: with_inside(running, inside[role]) for role, running in runners.items()}


def share(runs, one, other, key):
    """Return the ratio of what two roles of a race got of a counter."""
    return runs[one].outside["got"][key] / max(1, runs[other].outside["got"][key])


def _compete(runners, places, counters, key, enough):
    """Run one phase, and add to each runner's `got`."""
    before = {role: counters(place)[key] for role, place in places.items()}
    _send_all(runners)
    while True:
        got = {role: counters(place)[key] - before[role] for role, place in places.items()}
        if sum(got.values()) >= enough:
            break
        _check_all(runners)
        time.sleep(POLL_SECONDS)
    _send_all(runners)
    for role, running in runners.items():
        running.outside["got"][key] = got[role]


def _send_all(runners):
    for running in runners.values():
        running.send("")


def _check_all(runners):
    for role, running in runners.items():
        if running.process.poll() is not None:
            raise RunError(f"the {role} node ended while it worked, with status {running.status}")
        if time.monotonic() > running.deadline:
            raise RunCut(f"the work was not done within {running.limit} s")
