# SPDX-License-Identifier: Apache-2.0
"""Verdicts that hold: what a recorded verdict is worth, and what several of them say together.

This is the one place of these rules; README.md shows them as a table.
"""

from dataclasses import dataclass

from .evidence import canonical

# The launcher has no words for what the check's node asks for: nothing is known, and so nothing proven.
BEYOND = "unsupported by launcher"
# From best to worst. A refutation stands whatever else broke, so nothing is worse than fail.
ORDER = ("pass", "unsupported", "restricted", BEYOND, "inconclusive", "error", "fail")
NOT_PROVEN = "inconclusive"
BACKED = ("unsupported", "restricted")
CONTROL = "control"


@dataclass(frozen=True)
class Judgement:
    """The verdict that holds for one result, and the reason in one line."""

    verdict: str
    reason: str


def judge(result, findings):
    """Return the Judgement of one recorded result.

    result: a record of results.jsonl, of the right shape; findings: the features of that kernel's probe,
    a dict of id to finding. A claim that nothing backs is not believed:

    * `unsupported` and `restricted` stand only if a finding that the result names has that very status.
      If every finding named says `supported` they become fail, otherwise (none named, unknown to the
      probe, another status) inconclusive.
    * `pass` stands only with a control that behaved (see control_of); otherwise it becomes inconclusive.
    """
    verdict, reason = result["verdict"], result["reason"]
    if verdict in BACKED:
        return _judge_backed(result, findings)
    control = control_of(result)
    if verdict == "pass" and not control["behaved"]:
        return Judgement(NOT_PROVEN, f"recorded as pass, but {control['reason']}; {reason}".rstrip("; "))
    return Judgement(verdict, reason)


def _judge_backed(result, findings):
    verdict = result["verdict"]
    named = {name: findings[name]["status"] if name in findings else "absent" for name in result["probe"]}
    if verdict in named.values():
        return Judgement(verdict, result["reason"])
    said = ", ".join(f"{name} is {status}" for name, status in named.items()) or "no probe finding is named"
    supported = bool(named) and all(status == "supported" for status in named.values())
    return Judgement("fail" if supported else NOT_PROVEN,
                     f"recorded as {verdict}, but {said}; {result['reason']}".rstrip("; "))


def control_of(result):
    """Say what the control of a result showed.

    Returns {"behaved": bool, "reason": one line, "observations": [...]}, the observations of every run
    whose role is `control`. A control behaved when there is one beside a protected run and the check found
    that it showed the opposite; for a pass something recorded must tell the two apart.
    """
    controls = [run for run in result["runs"] if run["role"] == CONTROL]
    others = [run for run in result["runs"] if run["role"] != CONTROL]
    if not controls:
        behaved, reason = False, "no control was run"
    elif not others:
        behaved, reason = False, "only the control was run"
    elif result["exposed"] is None:
        behaved, reason = False, f"the check came to no decision ({result['verdict']})"
    elif not result["exposed"]:
        behaved, reason = False, "the control did not show the opposite"
    elif result["verdict"] == "pass" and _shown(controls) == _shown(others):
        behaved, reason = False, "the control shows the same as the protected node"
    else:
        behaved, reason = True, "the control showed the opposite of what the requirement demands"
    return {"behaved": behaved, "reason": reason, "observations": [run["observation"] for run in controls]}


def _shown(runs):
    """Return the set of all that runs showed, in a comparable form."""
    return {canonical([run[key] for key in ("observation", "status", "stdout")]) for run in runs}


def worst(verdicts):
    """Return the worst verdict by ORDER; without any, nothing is proven."""
    return max(verdicts, key=ORDER.index, default=NOT_PROVEN)


def acceptable(verdict, every_item):
    """Say whether an item's verdict is good enough for a kernel.

    every_item: True where each item must pass; False where a probe finding may stand for a pass.
    """
    return verdict == "pass" or (not every_item and verdict in BACKED)
