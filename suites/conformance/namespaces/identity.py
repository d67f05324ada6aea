# SPDX-License-Identifier: Apache-2.0
"""Whether a node's namespace is the host's, as the host sees it, and what follows for the item."""

from dataclasses import replace

from framework.process import namespace
from framework.verdict import CONTROL, PROTECTED


def compare(kind, **more):
    """Return a function for `outside` that tells whether the node has a namespace of its own.

    kind: as in /proc/PID/ns; more: further functions without arguments, each called while the node runs.
    """
    def outside(running):
        seen = {"node": namespace(running.pid, kind), "host": namespace("self", kind)}
        return {**seen, **{name: function() for name, function in more.items()}}
    return outside


def is_own(run):
    """Say whether the node of this run had a namespace of its own."""
    return run.outside["node"] != run.outside["host"]


def permitted(run, *names):
    """Return whether each of these attempts of the witness was permitted."""
    return [run.inside[name]["permitted"] for name in names]


def conclude_both(check, own, shared, *, isolated, open, expected, runs=()):
    """Conclude that a namespace of the node's own isolates, and that one that is shared does not.

    own, shared: the Runs of a node with a namespace of its own, and of one with the host's: each is the
    other's control; isolated: whether the first showed what it must, and was its own; open: whether the
    second showed the opposite, in the host's; expected: of the first; runs: others that it was seen in.
    """
    check.conclude(holds=isolated, exposed=open, expected=expected, runs=[own, shared, *runs],
                   attributes={"namespace": "new"})
    check.conclude(holds=open, exposed=isolated, expected=f"when it is shared, not {expected}",
                   runs=[replace(shared, role=PROTECTED), replace(own, role=CONTROL), *runs],
                   attributes={"namespace": "shared"})
