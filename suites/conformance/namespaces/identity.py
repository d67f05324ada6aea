# SPDX-License-Identifier: Apache-2.0
"""Whether a node's namespace is the host's, as the host sees it."""

from framework.process import namespace


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
