# SPDX-License-Identifier: Apache-2.0
"""A technique to get out, tried in nodes that hold and in one that does not.

Many are tried by one witness, one after the other, as a start costs more than an attempt. What counts is
the effect: what the host sees of it, or that the attempt read the secret, which it says itself.
"""

from dataclasses import dataclass
from typing import Callable, Optional

from framework.nodes import witness
from framework.verdict import CONTROL, PROTECTED

REQUIREMENT = "REDPAK.RKA-R-ESC-KER/"


@dataclass(frozen=True)
class Technique:
    """One row.

    name: of the item; attempt: the witness's, its argument with {fields} of the stage; effect: takes the
    stage and says whether the host sees it, None where the attempt itself tells; cve: number, or None.
    """

    name: str
    attempt: str
    effect: Optional[Callable] = None
    cve: Optional[str] = None

    @property
    def item(self):
        """Its full id."""
        return REQUIREMENT + self.name

    def succeeded(self, run):
        """Say whether it did in this Run: True, False, or None where it was not tried."""
        if self.name not in run.inside:
            return None
        return run.outside[self.name] if self.effect else run.inside[self.name]["permitted"]


def items(*tables):
    """Return the ids of the items of some tables of techniques."""
    return [technique.item for table in tables for technique in table]


def attempt(check, node, techniques, stage, role=PROTECTED):
    """Try techniques in a node, one after the other. Returns the Run.

    stage: object with the attribute `fields`, a dict for the arguments; effects are looked for on it.
    """
    words = [f"{each.name}:{each.attempt.format(**stage.fields)}" for each in techniques]
    with check.start(node, witness(*words), role) as running:
        running.observe()
        running.outside = {each.name: each.effect(stage) for each in techniques if each.effect}
    return running.run


def conclude(check, techniques, runs):
    """Record a verdict on each of the techniques, from the runs in which it was tried."""
    for each in techniques:
        tried = [run for run in runs if each.name in run.inside]
        outcomes = {role: [each.succeeded(run) for run in tried if run.role == role]
                    for role in (PROTECTED, CONTROL)}
        facts = {"technique": each.name, "attempt": each.attempt, "cve": each.cve}
        check.conclude(each.item, holds=not any(outcomes[PROTECTED]), exposed=all(outcomes[CONTROL]),
                       expected=f"{each.name} to have no effect beyond the node", runs=tried,
                       attributes={key: value for key, value in facts.items() if value})
