# SPDX-License-Identifier: Apache-2.0
"""Each capability dropped and kept: by the operation it permits, and in all five sets.

A set is looked at for the capability in question only, so that one which is wrongly kept fails its own
item and no other; test_masks_* then see that none comes or goes with another.
"""

from dataclasses import replace

from framework import Claim, each_verifies, minimal, verifies
from framework.process import namespace, status
from framework.verdict import CONTROL, PROTECTED

from .table import CAPABILITIES, INITIAL

ITEM = "REDPAK.HRQ-R-RED-MAN-LIN-CAP/"
# Names of the sets inside (witness) and outside (proc(5)).
SETS = {"inheritable": "CapInh", "permitted": "CapPrm", "effective": "CapEff", "bounding": "CapBnd",
        "ambient": "CapAmb"}
NUMBERS = {capability.name: number for number, capability in enumerate(CAPABILITIES)}
NAMESPACES = ("user", "net", "ipc", "pid")


def _item(capability):
    return ITEM + capability.name


def _claim(capability):
    needs = [f"capability.{capability.name}"]
    if capability.object != INITIAL:
        needs += ["namespace.user"] + [f"namespace.{capability.owner}"] * bool(capability.owner)
    return Claim((_item(capability),), tuple(needs))


def _callers(capability):
    return ("root",) if capability.object == INITIAL else ("root", "user")


def _config(user_namespace, owner=None):
    """Everything is shared but what the operation needs, so that no other protection is judged here.

    Without nested_userns no process could be made as cap_checkpoint_restore has it, by clone3.
    """
    config = {"share_all": "Enabled", "share_user": "Enabled" if user_namespace == INITIAL else "Disabled",
              "nested_userns": "Enabled"}
    return {**config, f"share_{owner}": "Disabled"} if owner else config


def _outside(running):
    """Return the sets as the host sees them, and for which namespaces the node has its own."""
    fields = status(running.pid)
    sets = {name: fields[field] for name, field in SETS.items()}
    own = {kind: namespace(running.pid, kind) != namespace("self", kind) for kind in NAMESPACES}
    return {"sets": {**sets, "no_new_privs": int(fields["NoNewPrivs"])}, "own_namespaces": own}


def _sets(run):
    """Return the dicts of sets, seen inside and outside."""
    return run.inside["capability_sets"], run.outside["sets"]


def _bits(run, capability):
    """Return for each of the ten sets whether the capability is in it."""
    return [int(sets[name], 16) >> NUMBERS[capability.name] & 1 for sets in _sets(run) for name in SETS]


def _is_absent(run, capability):
    """In none of the sets, the bounding set included: no exec brings it back."""
    return not any(_bits(run, capability))


def _is_present(run, capability):
    return all(_bits(run, capability))


def _attributes(run, by_operation):
    """Whose user namespace the capability counts in is what was seen, not what was configured."""
    return {"proof": "operation" if by_operation else "mask",
            "object": "node" if run.outside["own_namespaces"]["user"] else "initial"}


@each_verifies("capability", [(row, _claim(row), _callers(row)) for row in CAPABILITIES])
def test_operation(check, capability):
    """Without the capability the operation is refused, with it alone it works.

    It is the capability's lack that refuses it, and not the seccomp filter, which is on only where the
    operation has to work.
    """
    material = capability.prepare(check)
    tried = capability.operation and material is not None
    name = capability.name
    observations = ["capability_sets"]
    config, exports = _config(capability.object, capability.owner), ()
    if tried:
        observations.append(f"{name}={material.argument}" if material.argument else name)
        config, exports = {**config, **material.config}, material.exports

    def look(kept, role, **off):
        node = minimal(*exports, capabilities=kept, **config, **off)
        return check.observe(node, *observations, role=role, outside=_outside)

    dropped, kept = look({}, PROTECTED, seccomp="off"), look({name: 1}, CONTROL)
    # Without a namespace of the node's own, the operation would be about an object of the host.
    owner = capability.owner
    tried = tried and (not owner or all(run.outside["own_namespaces"][owner] for run in (dropped, kept)))
    refused, works = _is_absent(dropped, capability), _is_present(kept, capability)
    expected = f"when {name} is dropped, it is in none of the five sets"
    if tried:
        refused = refused and dropped.inside[name] == {"permitted": False, "errno": capability.refusal}
        works = works and kept.inside[name]["permitted"]
        expected += f" and its operation is refused ({capability.refusal or 'ignored'})"
    attributes = _attributes(kept, tried)
    check.conclude(holds=refused, exposed=works, expected=expected, runs=[dropped, kept],
                   attributes=attributes)
    check.conclude(holds=works, exposed=refused, expected=f"when {name} is kept, it is in all five and works",
                   runs=[replace(kept, role=PROTECTED), replace(dropped, role=CONTROL)],
                   attributes=attributes)


def _conclude_masks(check, user_namespace):
    """Keep every second capability, then the others: each comes with one half only."""
    def look(remainder):
        chosen = {name: int(number % 2 == remainder) for name, number in NUMBERS.items()}
        node = minimal(capabilities=chosen, **_config(user_namespace))
        return check.observe(node, "capability_sets", outside=_outside)

    halves = look(0), look(1)
    for number, capability in enumerate(CAPABILITIES):
        kept, dropped = replace(halves[number % 2], role=CONTROL), halves[1 - number % 2]
        check.conclude(_item(capability), holds=_is_absent(dropped, capability),
                       exposed=_is_present(kept, capability),
                       expected="the capability in none of the five sets, though others are kept",
                       runs=[dropped, kept], attributes=_attributes(kept, False))


@verifies(*map(_item, CAPABILITIES), callers=("root",))
def test_masks_initial(check):
    """In the initial user namespace."""
    _conclude_masks(check, INITIAL)


@verifies(*map(_item, CAPABILITIES), needs=("namespace.user",))
def test_masks_node(check):
    """In a user namespace of the node's own."""
    _conclude_masks(check, "node")
