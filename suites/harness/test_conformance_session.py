# SPDX-License-Identifier: Apache-2.0
"""Sessions of the conformance framework, begun to end, over a sample suite: what is recorded for what."""

import os
import tempfile
from pathlib import Path

import pytest
from conformance_sample import run_suite

RUN_BOTH = """
    check.observe(minimal(), "capability_sets")
    check.observe(minimal(), "capability_sets", role="control")
"""
CONCLUDE = "    check.conclude(**SEEN)\n"
ROOT_ONLY = '@verifies(IPC, callers=("root",))'
HANG = "check.run(minimal(), ['sleep', 'infinity'], limit=1"


def needing(finding):
    return f'@verifies(IPC, needs=("{finding}",), callers=("root",))'


# name: (decorator, body, verdicts of the records)
CASES = {
    "held": (ROOT_ONLY, RUN_BOTH + CONCLUDE, "pass"),
    "not_held": (ROOT_ONLY, RUN_BOTH + "    check.conclude(**{**SEEN, 'holds': False})", "fail"),
    "not_exposed": (ROOT_ONLY, RUN_BOTH + "    check.conclude(**{**SEEN, 'exposed': False})",
                    "inconclusive"),
    "no_conclusion": (ROOT_ONLY, RUN_BOTH, "error"),
    "no_control": (ROOT_ONLY, "    check.observe(minimal(), 'capability_sets')\n" + CONCLUDE, "error"),
    "no_protected": (ROOT_ONLY,
                     "    check.observe(minimal(), 'capability_sets', role='control')\n" + CONCLUDE, "error"),
    "no_run": (ROOT_ONLY, CONCLUDE, "error"),
    "exception": (ROOT_ONLY, "    assert 1 == 2", "error"),
    "no_observation": (ROOT_ONLY, "    check.observe(minimal(), 'no_such_observation')", "error"),
    "refused": (ROOT_ONLY, "    check.observe(minimal(hostname='refuse'), 'capability_sets')", "fail"),
    "refused_early": (ROOT_ONLY, "    check.observe(minimal(hostname='refuse'), 'capability_sets', "
                      "outside=lambda running: 1)", "fail"),
    "control_refused": (ROOT_ONLY, "    check.observe(minimal(hostname='refuse'), 'capability_sets', "
                        "role='control')", "inconclusive"),
    "who_spoke_was_not_refused": (ROOT_ONLY, """
    silent, spoke = (check.run(minimal(), ["sh", "-c", f"{said} exit 125"]) for said in ("", "echo x;"))
    assert check.refused(silent) and not check.refused(spoke)
""" + RUN_BOTH + CONCLUDE, "pass"),
    "hang": (ROOT_ONLY, f"    {HANG})", "inconclusive"),
    "silent": (ROOT_ONLY, f"    {HANG}, outside=lambda running: 1)", "inconclusive"),
    "clean_up_broke": (ROOT_ONLY, "    check.at_end(open, '/nowhere/at/all')\n" + RUN_BOTH + CONCLUDE,
                       "pass error"),
    "not_claimed": (ROOT_ONLY, RUN_BOTH + "    check.conclude(UTS, **SEEN)", "error"),
    "one_of_two": ('@verifies(IPC, UTS, callers=("root",))', RUN_BOTH + "    check.conclude(IPC, **SEEN)",
                   "pass error"),
    "need_here": (needing("here"), RUN_BOTH + CONCLUDE, "pass"),
    "need_unclear": (needing("unclear"), RUN_BOTH + CONCLUDE, "pass"),
    "need_missing": (needing("missing"), RUN_BOTH + CONCLUDE, "unsupported"),
    "need_forbidden": (needing("forbidden"), RUN_BOTH + CONCLUDE, "restricted"),
    "need_unheard_of": (needing("unheard-of"), RUN_BOTH + CONCLUDE, "error"),
}


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """One session over all cases."""
    tests = (f"{decorator}\ndef test_{name}(check):\n{body}\n"
             for name, (decorator, body, _) in CASES.items())
    return run_suite(tmp_path_factory.mktemp("session"), "".join(tests))


@pytest.mark.parametrize("name", CASES)
def test_what_happens_decides_the_verdict(session, name):
    verdicts = CASES[name][2].split()
    assert session.verdicts()[f"test_{name}[root]"] == verdicts
    assert f"/{len(CASES)}] {verdicts[-1]} test_sample.py::test_{name}[root]\n" in session.stdout


def test_all_are_counted(session):
    assert session.status == 1
    # The one whose clean-up broke has passed and failed.
    passed = sum(verdicts.split()[0] == "pass" for _, _, verdicts in CASES.values()) - 1
    assert f"{passed} passed, 2 skipped" in session.stdout
    assert f"[{len(CASES)}/{len(CASES)}] " in session.stdout
    assert session.session["collected"] == len(CASES) and session.session["ended"]
    assert set(session.session["binaries"]) == {"redprobe", "redwrap", "witness"}


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("need_")])
def test_a_finding_that_is_needed_is_named(session, name):
    (record,) = (record for record in session.records if f"test_{name}[" in record["test"])
    (finding,) = record["probe"]
    assert finding.replace("-", "_") == name[len("need_"):]
    assert record["verdict"] == "pass" or finding in record["reason"]


def test_a_record_holds_the_evidence(session):
    record = session.records[0]
    assert record["caller"] == "root" and record["attributes"] == {}
    assert [run["role"] for run in record["runs"]] == ["protected", "control"]
    run = record["runs"][0]
    assert run["status"] == 0 and run["started"] < run["ended"]
    assert "alias: conformance" in run["node"] and run["command"][-1] == "capability_sets"
    assert set(run["observation"]["inside"]["capability_sets"]) >= {"bounding", "ambient"}


def test_a_failure_shows_how_to_see_it_again(session):
    for part in ("expected: whatever", "inside:", "outside:"):
        assert part in session.stdout
    commands = {line.partition("reproduce: ")[2] for line in session.stdout.splitlines()} - {""}
    # The launcher is the sample's own; a path would be shown with its name.
    assert "python3 -m pytest 'suites/test_sample.py::test_not_held[root]' --launcher redwrap" in commands


def test_the_user_is_the_user():
    """Also in the record, whoever else starts what."""
    body = """
    def ids(role):
        return [check.run(minimal(), ["id", option], role).stdout.strip() for option in ("-u", "-G")]

    with check.acting(CALLERS["root"]):
        roots = ids("control")
    users = ids("protected")
    check.caller = CALLERS["root"]
    check.conclude(holds=users == ["1000"] * 2, exposed=roots == ["0"] * 2, expected="the user's ids alone")
"""
    head = 'from framework.caller import CALLERS\n@verifies(IPC, callers=("user",))\ndef test_it(check):'
    # The folder of tmp_path is closed to other users.
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        outcome = run_suite(Path(directory), head + body)
    assert outcome.verdicts() == {"test_it[user]": ["pass"]}, outcome.stdout
    assert outcome.status == 0 and [record["caller"] for record in outcome.records] == ["user"]


def test_nothing_is_left_on_the_host(tmp_path):
    body = f"""
    open({str(tmp_path / "where")!r}, "w").write(str(check.scratch()))
    raise ValueError
"""
    run_suite(tmp_path, f"{ROOT_ONLY}\ndef test_it(check):{body}")
    assert not os.path.exists((tmp_path / "where").read_text())


@pytest.mark.parametrize("options, chosen", [
    (("--item", "REDPAK.HRQ-R-RED-LEV-ALL-LIN-NAM/uts"), ["test_uts[root]"]),
    (("--requirement", "REDPAK.HRQ-R-RED-LEV-ALL-LIN-NAM"), ["test_ipc[root]", "test_uts[root]"]),
])
def test_only_what_is_asked_for_runs(tmp_path, options, chosen):
    tests = "".join(f'@verifies({name.upper()}, callers=("root",))\ndef test_{name}(check):\n'
                    + RUN_BOTH + CONCLUDE for name in ("ipc", "uts"))
    outcome = run_suite(tmp_path, tests, *options)
    assert list(outcome.verdicts()) == chosen
    assert outcome.session["collected"] == len(chosen)


def test_only_what_failed_runs_again(tmp_path):
    """What passed, or was kept from running, is left out."""
    names = ["held", "not_held", "hang", "exception", "need_missing"]
    tests = "".join(f"{CASES[name][0]}\ndef test_{name}(check):\n{CASES[name][1]}\n" for name in names)
    first = run_suite(tmp_path / "first", tests)
    assert len(first.verdicts()) == len(names)
    again = run_suite(tmp_path / "again", tests, "--failed", str(tmp_path / "first" / "results"))
    assert list(again.verdicts()) == [f"test_{name}[root]" for name in ("not_held", "hang", "exception")]
    assert again.session["collected"] == 3


HANGING = """
    def hang():
        while True:
            try:
                time.sleep(3600)
            except Exception:
                pass
"""


def test_a_check_that_hangs_in_itself_is_cut_and_the_session_goes_on(tmp_path):
    bodies = {"itself": HANGING + "    hang()\n",
              "its_end": HANGING + "    check.at_end(hang)\n" + RUN_BOTH + CONCLUDE,
              "not_at_all": RUN_BOTH + CONCLUDE}
    tests = "import time\n" + "".join(f"{ROOT_ONLY}\ndef test_{name}(check):\n{body}\n"
                                      for name, body in bodies.items())
    outcome = run_suite(tmp_path, tests, "--limit", "5")
    assert outcome.verdicts() == {"test_itself[root]": ["inconclusive"], "test_not_at_all[root]": ["pass"],
                                  "test_its_end[root]": ["pass", "inconclusive"]}
    assert outcome.records[0]["reason"] == "CheckCut: the check did not end within 5 s and was cut"
    assert outcome.status == 1 and outcome.session["ended"]


@pytest.mark.parametrize("tests, said", [
    ('@verifies("REDPAK.HRQ-R-RED-LEV-ALL-LIN-NAM/tyme")\ndef test_it(check):\n    pass\n', "tyme"),
    ("@verifies()\ndef test_it(check):\n    pass\n", "verifies nothing"),
    ("def test_it(check):\n    pass\n", "verifies nothing"),
])
def test_what_verifies_nothing_registered_is_refused(tmp_path, tests, said):
    outcome = run_suite(tmp_path, tests)
    assert outcome.status == 4 and outcome.session is None
    assert said in outcome.stderr


@pytest.mark.parametrize("options, said", [
    (("--launcher", "nosuch"), "no launcher 'nosuch'"),
    (("--launcher", "redwrap:/nowhere"), "/nowhere is not there"),
    (("--build", "/nowhere"), "/nowhere/test/witness is missing"),
    (("--failed", "/nowhere"), "--failed /nowhere: no results of a session"),
])
def test_a_session_that_cannot_begin_says_why(tmp_path, options, said):
    outcome = run_suite(tmp_path, '@verifies(IPC)\ndef test_it(check):\n    pass\n', *options)
    assert outcome.status == 4 and outcome.session is None
    assert said in outcome.stderr
