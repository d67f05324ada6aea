# SPDX-License-Identifier: Apache-2.0
"""The five sets of a process, as it sees them itself and as the host sees them; see capabilities(7)."""

from framework.process import namespace, status

from .table import CAPABILITIES

# Names of the sets inside (witness) and outside (proc(5)).
SETS = {"inheritable": "CapInh", "permitted": "CapPrm", "effective": "CapEff", "bounding": "CapBnd",
        "ambient": "CapAmb"}
NUMBERS = {capability.name: number for number, capability in enumerate(CAPABILITIES)}
NAMESPACES = ("user", "net", "ipc", "pid")


def outside(running):
    """Return the sets as the host sees them, and for which namespaces the node has its own."""
    fields = status(running.pid)
    sets = {name: fields[field] for name, field in SETS.items()}
    own = {kind: namespace(running.pid, kind) != namespace("self", kind) for kind in NAMESPACES}
    return {"sets": {**sets, "no_new_privs": int(fields["NoNewPrivs"])}, "own_namespaces": own}


def bits(sets, capability, names=tuple(SETS)):
    """Return for each named set of a dict of sets whether the capability is in it."""
    return [int(sets[name], 16) >> NUMBERS[capability.name] & 1 for name in names]


def where(run, capability):
    """Return in words which sets it is in, for the reason of a verdict."""
    bits_ = (bits(sets, capability) for sets in (run.inside["capability_sets"], run.outside["sets"]))
    names = [name for name, *either in zip(SETS, *bits_) if any(either)]
    return f"{capability.name} is in {' and '.join(names) or 'none of the sets'}"


def _everywhere(run, capability):
    """Return it for the five sets seen inside, then for those seen outside."""
    return bits(run.inside["capability_sets"], capability) + bits(run.outside["sets"], capability)


def is_absent(run, capability):
    """In none of the sets, the bounding set included: no exec brings it back."""
    return not any(_everywhere(run, capability))


def is_present(run, capability):
    """In all of the sets."""
    return all(_everywhere(run, capability))


def attributes_of(run, by_operation):
    """Whose user namespace the capability counts in is what was seen, not what was configured."""
    return {"proof": "operation" if by_operation else "mask",
            "object": "node" if run.outside["own_namespaces"]["user"] else "initial"}
