# SPDX-License-Identifier: Apache-2.0
"""Each capability dropped and kept: by the operation it permits, and in all five sets.

A set is looked at for the capability in question only, so that one which is wrongly kept fails its own
item and no other; test_sets.py then sees that none comes or goes with another.
"""

from dataclasses import dataclass, replace

from framework import Claim, each_verifies, minimal
from framework.caller import CALLERS
from framework.verdict import CONTROL, PROTECTED

from . import ITEM
from .sets import attributes_of, is_absent, is_present, outside, where
from .table import CAPABILITIES, INITIAL, Capability

USER = CALLERS["user"]


@dataclass(frozen=True)
class Trial:
    """A capability, and whether root has the payload run as an ordinary user."""

    capability: Capability
    as_user: bool = False

    def __str__(self):
        return f"{self.capability}-payload" if self.as_user else str(self.capability)


def _claim(capability):
    needs = [f"capability.{capability.name}"]
    if capability.object != INITIAL:
        needs += ["namespace.user"] + [f"namespace.{capability.owner}"] * bool(capability.owner)
    return Claim((ITEM + capability.name,), tuple(needs))


def _rows():
    """Those over objects of the initial user namespace are tried by root's node, with either payload."""
    for capability in CAPABILITIES:
        claim = _claim(capability)
        if capability.object != INITIAL:
            yield Trial(capability), claim, ("root", "user")
            continue
        yield Trial(capability), claim, ("root",)
        if capability.operation and capability.as_user:
            yield Trial(capability, as_user=True), claim, ("root",)


def _config(trial):
    """Everything is shared but what the operation needs, so that no other protection is judged here.

    Without nested_userns no process could be made as cap_checkpoint_restore has it, by clone3.
    """
    capability = trial.capability
    config = {"share_all": "Enabled", "nested_userns": "Enabled",
              "share_user": "Enabled" if capability.object == INITIAL else "Disabled"}
    if capability.owner:
        config[f"share_{capability.owner}"] = "Disabled"
    if trial.as_user:
        config.update({"set-user": USER.uid, "set-group": USER.gid})
    return config


@each_verifies("trial", _rows())
def test_operation(check, trial):
    """Without the capability the operation is refused, with it alone it works.

    It is the capability's lack that refuses it, and not the seccomp filter, which is on only where the
    operation has to work.
    """
    capability = trial.capability
    material = capability.prepare(check, USER if trial.as_user else check.caller)
    tried = capability.operation and material is not None
    name = capability.name
    observations = ["capability_sets"]
    config, exports = _config(trial), ()
    if tried:
        observations.append(f"{name}={material.argument}" if material.argument else name)
        config, exports = {**config, **material.config}, material.exports

    def look(kept, role, **off):
        node = minimal(*exports, capabilities=kept, **config, **off)
        return check.observe(node, *observations, role=role, outside=outside)

    dropped, kept = look({}, PROTECTED, seccomp="off"), look({name: 1}, CONTROL)
    # Without a namespace of the node's own, the operation would be about an object of the host.
    owner = capability.owner
    tried = tried and (not owner or all(run.outside["own_namespaces"][owner] for run in (dropped, kept)))
    refused, works = is_absent(dropped, capability), is_present(kept, capability)
    lacking = not is_present(dropped, capability)
    absent = f"when {name} is dropped, it is in none of the five sets"
    present = f"when {name} is kept, it is in all five sets"
    if tried:
        without = dropped.inside[name] == {"permitted": False, "errno": capability.refusal}
        refused, lacking = refused and without, lacking and without
        works = works and kept.inside[name]["permitted"]
        absent += f" and its operation is refused ({capability.refusal or 'ignored'})"
        present += " and its operation works"
    attributes = attributes_of(kept, tried)
    check.conclude(holds=refused, exposed=works, expected=absent, runs=[dropped, kept],
                   seen=f"dropped, {where(dropped, capability)}", attributes=attributes)
    check.conclude(holds=works, exposed=lacking, expected=present, attributes=attributes,
                   seen=f"kept, {where(kept, capability)}",
                   runs=[replace(kept, role=PROTECTED), replace(dropped, role=CONTROL)])
