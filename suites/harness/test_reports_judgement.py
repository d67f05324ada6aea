# SPDX-License-Identifier: Apache-2.0
"""What a recorded verdict is worth, and what several say together."""

from itertools import product

import pytest
from framework import verdict
from made_runs import TIME, made_launch, made_result
from tracing import judgement
from tracing.judgement import ORDER, acceptable, control_of, judge, worst

PROTECTED = made_launch("protected", {"inside": "own", "outside": "same"})
CONTROL = made_launch("control", {"inside": "host's", "outside": "changed"})
SAME_AS_PROTECTED = made_launch("control", PROTECTED["observation"])
STATUSES = ("supported", "unsupported", "restricted", "unknown", "absent")

# The worst of two verdicts: row and column of the table in the order of ORDER.
WORST_OF_TWO = """
pass         unsupported  restricted   launcher     inconclusive error        fail
unsupported  unsupported  restricted   launcher     inconclusive error        fail
restricted   restricted   restricted   launcher     inconclusive error        fail
launcher     launcher     launcher     launcher     inconclusive error        fail
inconclusive inconclusive inconclusive inconclusive inconclusive error        fail
error        error        error        error        error        error        fail
fail         fail         fail         fail         fail         fail         fail
"""
LAUNCHER = "unsupported by launcher"


@pytest.mark.parametrize("first, second, expected", [
    (*pair, LAUNCHER if verdict == "launcher" else verdict)
    for pair, verdict in zip(product(ORDER, ORDER), WORST_OF_TWO.split())])
def test_the_worst_of_two(first, second, expected):
    assert worst([first, second]) == expected


def test_the_table_is_whole():
    assert sorted(ORDER) == sorted(["pass", "fail", "unsupported", "restricted", LAUNCHER, "inconclusive",
                                    "error"])


def test_the_suites_have_the_same_verdicts():
    """They share no code; what one writes the other reads."""
    assert (verdict.VERDICTS, verdict.BACKED) == (ORDER, judgement.BACKED)
    assert (verdict.BEYOND, verdict.CONTROL) == (judgement.BEYOND, judgement.CONTROL)
    assert len(WORST_OF_TWO.split()) == len(ORDER) ** 2


def test_one_verdict_stands_and_none_proves_nothing():
    assert [worst([verdict]) for verdict in ORDER] == list(ORDER)
    assert worst([]) == "inconclusive"


@pytest.mark.parametrize("verdict, every_item, expected", [
    ("pass", True, True), ("unsupported", True, False), ("restricted", True, False),
    ("inconclusive", True, False), ("error", True, False), ("fail", True, False),
    ("pass", False, True), ("unsupported", False, True), ("restricted", False, True),
    (LAUNCHER, True, False), (LAUNCHER, False, False),
    ("inconclusive", False, False), ("error", False, False), ("fail", False, False),
])
def test_what_is_acceptable(verdict, every_item, expected):
    assert acceptable(verdict, every_item) is expected


def findings(**statuses):
    """Return probe findings by name and status; those that are `absent` are left out."""
    return {name: {"status": status} for name, status in statuses.items() if status != "absent"}


def backed_verdict(claimed, statuses):
    """The rule in other words: as claimed, refuted by a probe that supports all, or not proven."""
    if claimed in statuses:
        return claimed
    return "fail" if statuses and set(statuses) == {"supported"} else "inconclusive"


@pytest.mark.parametrize("claimed", ["unsupported", "restricted"])
@pytest.mark.parametrize("statuses", [(), *product(STATUSES), *product(STATUSES, STATUSES)], ids="-".join)
def test_only_a_finding_backs_a_check_that_did_not_run(claimed, statuses):
    known = findings(**{f"f{number}": status for number, status in enumerate(statuses)})
    named = [f"f{number}" for number in range(len(statuses))]
    judged = judge(made_result(TIME, claimed, probe=named, runs=[]), known)
    assert judged.verdict == backed_verdict(claimed, statuses)
    if judged.verdict != claimed:
        assert all(f"{name} is {status}" in judged.reason for name, status in zip(named, statuses))


def test_a_finding_that_is_not_named_backs_nothing():
    known = findings(named="absent", other="unsupported")
    assert judge(made_result(TIME, "unsupported", probe=["named"]), known).verdict == "inconclusive"
    assert judge(made_result(TIME, "unsupported", probe=["other"]), known).verdict == "unsupported"


@pytest.mark.parametrize("runs, behaved, reason", [
    ([PROTECTED, CONTROL], True, "the opposite"),
    ([PROTECTED], False, "no control was run"),
    ([], False, "no control was run"),
    ([CONTROL], False, "only the control was run"),
    ([PROTECTED, SAME_AS_PROTECTED], False, "shows the same"),
    ([PROTECTED, CONTROL, SAME_AS_PROTECTED], True, "the opposite"),
    ([PROTECTED, dict(SAME_AS_PROTECTED, stdout=PROTECTED["stdout"], status=1)], True, "the opposite"),
], ids=["both", "no control", "no runs", "control only", "same", "one differs", "status differs"])
def test_a_pass_needs_a_control_that_behaved(runs, behaved, reason):
    runs = [dict(run, stdout="") for run in runs]
    result = made_result(TIME, "pass", runs=runs)
    control = control_of(result)
    assert control["behaved"] is behaved and reason in control["reason"]
    assert control["observations"] == [run["observation"] for run in runs if run["role"] == "control"]
    assert judge(result, {}).verdict == ("pass" if behaved else "inconclusive")


def test_a_node_as_open_as_the_control_fails():
    result = made_result(TIME, "fail", runs=[PROTECTED, dict(PROTECTED, role="control")])
    assert control_of(result)["behaved"] and judge(result, {}).verdict == "fail"


@pytest.mark.parametrize("verdict", [LAUNCHER, "inconclusive", "error", "fail"])
@pytest.mark.parametrize("runs", [[], [PROTECTED], [PROTECTED, CONTROL]])
def test_a_verdict_that_proves_nothing_stands_as_it_is(verdict, runs):
    result = made_result(TIME, verdict, runs=runs)
    assert judge(result, {}).verdict == verdict and judge(result, {}).reason == result["reason"]
    assert control_of(result)["behaved"] is (verdict == "fail" and len(runs) == 2)
