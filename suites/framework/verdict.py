# SPDX-License-Identifier: Apache-2.0
"""The verdict rule, and what is recorded of a check; assurance.md says what the words mean."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone

# The launcher has no words for what the node asks for.
BEYOND = "unsupported by launcher"
# From best to worst.
VERDICTS = ("pass", "unsupported", "restricted", BEYOND, "inconclusive", "error", "fail")
BACKED = ("unsupported", "restricted")
PROVING_NOTHING = ("inconclusive", "error", "fail")
CONTROL, PROTECTED = "control", "protected"
SHOWN = 400


@dataclass
class Run:
    """One run of a launcher. observation holds what was seen `inside` (by the payload) and `outside`."""

    role: str
    node: str
    command: list
    stdout: str
    stderr: str
    status: int
    observation: dict
    started: str
    ended: str

    @property
    def inside(self):
        """What the payload printed, None when that was no JSON."""
        return self.observation["inside"]

    @property
    def outside(self):
        """What `outside` returned, None without one."""
        return self.observation["outside"]


@dataclass
class Record:
    """A line of results.jsonl."""

    test: str
    items: list
    caller: str
    verdict: str
    reason: str
    attributes: dict = field(default_factory=dict)
    probe: list = field(default_factory=list)
    runs: list = field(default_factory=list)
    # Whether the control showed the opposite; None where the check did not come to judge it.
    exposed: bool | None = None

    def line(self):
        """Return the record as one line of JSON."""
        # No copy of all that was seen, as asdict makes one: in a guest that takes time.
        return json.dumps(vars(self), default=vars, allow_nan=False) + "\n"


def decide(holds, exposed, roles):
    """Return (verdict, what the reason begins with): the one place where runs become a verdict.

    holds: whether the protected node showed what the requirement demands; exposed: whether the control
    showed the opposite; roles: of the runs that this was seen in.
    """
    if CONTROL not in roles or not set(roles) - {CONTROL}:
        return "error", "a check needs a control and a protected run"
    if not exposed:
        return "inconclusive", "the control did not show the opposite of"
    return ("pass", "as expected") if holds else ("fail", "the requirement does not hold; expected")


def now():
    """Return the time of the record, UTC, ISO 8601."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def worst(verdicts):
    """Return the worst of some verdicts."""
    return max(verdicts, key=VERDICTS.index)


def shorten(text):
    """Return text that is short enough for a line; the results hold all of it."""
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def cut(value):
    """Return a value as JSON text that is short enough for a line."""
    return shorten(json.dumps(value))


def explain(record, expected, reproduce):
    """Return the message of a check that is not proven.

    It tells what was expected, what was seen inside and outside, and how to see it again.
    """
    lines = [f"{record.verdict}: {', '.join(record.items)}",
             f"  expected: {expected}" if expected else f"  {record.reason}"]
    for run in record.runs:
        lines += [f"  {run.role}: {shorten(' '.join(run.command))} (status {run.status})",
                  f"    inside:  {cut(run.inside)}", f"    outside: {cut(run.outside)}"]
        if run.stderr.strip():
            lines.append(f"    stderr:  {cut(run.stderr.strip())}")
    return "\n".join([*lines, f"  reproduce: {reproduce}"])
