# SPDX-License-Identifier: Apache-2.0
"""What makes up the environment of a process, as the host sees it."""

from cgroups.groups import path_of
from framework.process import namespace, status

KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def environment(pid):
    """Return namespaces (kind to identity), group, capabilities (set to bits), no_new_privs of a process."""
    fields = status(pid)
    return {"namespaces": {kind: namespace(pid, kind) for kind in KINDS},
            "group": path_of(pid),
            "capabilities": {name: int(fields[name], 16) for name in SETS},
            "no_new_privs": int(fields["NoNewPrivs"])}


def own_namespaces(seen):
    """Return the set of kinds of namespaces in which an environment differs from the host's."""
    return {kind for kind in KINDS if seen["namespaces"][kind] != namespace("self", kind)}


def is_narrower(seen, wider):
    """Say whether an environment has more namespaces of its own than another, and fewer capabilities.

    Which ones is what the items of each requirement are about; here it counts that both are in use.
    """
    sets, wider_sets = seen["capabilities"], wider["capabilities"]
    return (own_namespaces(seen) > own_namespaces(wider) and seen["no_new_privs"] == 1
            and all(sets[name] != wider_sets[name] == sets[name] | wider_sets[name] for name in SETS))
