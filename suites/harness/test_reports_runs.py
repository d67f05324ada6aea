# SPDX-License-Identifier: Apache-2.0
"""Reading runs: what is missing, malformed or contradictory is a problem that names file and line."""

import json

import pytest
from made_runs import ITEMS, TIME, all_but, made_record, made_result, made_run, made_session
from tracing.runs import load_run, load_runs


def load(folder):
    """Load a run with the registered items."""
    return load_run(folder, ITEMS)


def only_problem(folder):
    """Return the one problem of a run; it must be one line."""
    (problem,) = load(folder).problems
    assert "\n" not in problem
    return problem


def test_a_good_run_has_no_problem(tmp_path):
    run = load(made_run(tmp_path))
    assert run.problems == [] and len(run.results) == len(ITEMS)
    assert run.findings["namespace.time"]["status"] == "supported"


def test_some_tests_failing_is_no_problem_of_the_machinery(tmp_path):
    assert load(made_run(tmp_path, results=all_but(TIME, made_result(TIME, "fail")))).problems == []


@pytest.mark.parametrize("changes, words", [
    ({"outcome": "timeout", "status": None, "error": "still busy"}, "outcome is timeout: still busy"),
    ({"outcome": "panic", "status": None}, "outcome is panic"),
    ({"outcome": "silent", "status": None}, "outcome is silent"),
    ({"outcome": "failed", "status": None}, "outcome is failed"),
    ({"outcome": "vanished"}, "it.outcome is 'vanished'"),
    *[({"status": status}, f"exit status {status}") for status in (2, 3, 4, 5, 127, 137, None)],
    ({"status": 1}, "contradicts"),
    ({"status": True}, "it.status is bool"),
    ({"every_item": "yes"}, "it.every_item is str"),
    ({"schema": "redproof.run/2"}, "it.schema is"),
    ({"kernel": {"id": "debian-6.1"}}, "it.kernel has no 'package'"),
    ({"kernel": dict(made_record("other")["kernel"])}, "is of kernel 'other'"),
    ({"kernel": dict(made_record("debian-6.1")["kernel"], digest=None)}, "has no digest on record"),
])
def test_a_run_record_that_proves_no_run(tmp_path, changes, words):
    folder = made_run(tmp_path, record=made_record("debian-6.1", **changes))
    problem = only_problem(folder)
    assert words in problem and str(folder / "run.json") in problem


@pytest.mark.parametrize("changes, words", [
    ({"ended": None}, "has no end"),
    ({"kernel": {"release": "5.0", "version": "", "machine": ""}}, "kernel is of release 5.0"),
    ({"probe": {"schema": "redproof.probe/1", "kernel": {"release": "5.0"}, "features": {}}},
     "probe is of release 5.0"),
    ({"probe": {"schema": "redproof.probe/1", "kernel": {"release": "6.1.0-made-up"},
                "features": {"x": {"status": "maybe"}}}}, "it.probe.features.x.status is 'maybe'"),
    ({"binaries": {"redwrap": 3}}, "it.binaries.redwrap is int"),
])
def test_a_session_that_fits_no_run(tmp_path, changes, words):
    session = made_session(**{"collected": len(ITEMS), **changes})
    folder = made_run(tmp_path, session=session)
    problem = only_problem(folder)
    assert words in problem and str(folder / "session.json") in problem


@pytest.mark.parametrize("collected", [len(ITEMS) - 1, len(ITEMS) + 1])
def test_the_count_of_tests_must_agree(tmp_path, collected):
    folder = made_run(tmp_path, session=made_session(collected=collected))
    assert f"collected {collected}" in only_problem(folder)


def test_status_zero_contradicts_a_failure(tmp_path):
    failing = all_but(TIME, made_result(TIME, "fail"))
    folder = made_run(tmp_path, record=made_record("debian-6.1", status=0), results=failing)
    assert "exit status 0 contradicts" in only_problem(folder)


@pytest.mark.parametrize("name", ["run.json", "session.json", "results.jsonl"])
def test_a_missing_file(tmp_path, name):
    folder = made_run(tmp_path)
    (folder / name).unlink()
    assert only_problem(folder) == f"{folder / name}: cannot be read: No such file or directory"


@pytest.mark.parametrize("name", ["run.json", "session.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100000, b'{"schema": NaN}', b"1e999"])
def test_a_file_that_is_not_what_it_should_be(tmp_path, name, content):
    folder = made_run(tmp_path)
    (folder / name).write_bytes(content)
    assert str(folder / name) in only_problem(folder)


def edited(**changes):
    """Return a result line with keys replaced, or removed when the value is ...."""
    record = {**made_result(TIME), **changes}
    return json.dumps({key: value for key, value in record.items() if value is not ...}).encode()


@pytest.mark.parametrize("line, words", [
    (b"{", "Expecting"), (b"", "Expecting"), (b"3", "it is int"), (b"\xff\xfe", "decode"),
    (edited(items=[TIME[:-1]]), f"unknown item {TIME[:-1]}"),
    (edited(items=[]), "names no item"), (edited(items="time"), "it.items is str"),
    (edited(verdict="passed"), "it.verdict is 'passed'"), (edited(verdict=...), "has no 'verdict'"),
    (edited(runs=[{"role": "control"}]), "it.runs[0] has no 'node'"),
    (edited(probe=[1]), "it.probe[0] is int"),
    (edited(attributes={"x": 1}).replace(b'"x": 1', b'"x": NaN'), "NaN is no JSON"),
    (edited(attributes={"x": 1}).replace(b'"x": 1', b'"x": 1e999'), "too large"),
])
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path, line, words):
    folder = made_run(tmp_path)
    file = folder / "results.jsonl"
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([*lines[:2], line, *lines[2:]]))
    problem = only_problem(folder)
    assert problem.startswith(f"{file}:3: ") and words in problem
    assert len(load(folder).results) == len(ITEMS)


def test_a_cut_last_line_is_named(tmp_path):
    file = made_run(tmp_path) / "results.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    assert only_problem(file.parent) == f"{file}:{len(ITEMS)}: the last line is cut"


def test_a_cut_run_needs_no_session_to_be_one_problem(tmp_path):
    folder = made_run(tmp_path, record=made_record("debian-6.1", outcome="panic", status=None))
    for name in ("session.json", "results.jsonl"):
        (folder / name).unlink()
    assert "panic" in only_problem(folder)


def test_which_runs_are_loaded(tmp_path):
    for kernel in ("b", "a"):
        made_run(tmp_path, kernel)
    (tmp_path / "a file").write_text("is no run")
    assert [run.kernel for run in load_runs(tmp_path, [], ITEMS)] == ["a", "b"]
    assert [run.kernel for run in load_runs(tmp_path, ["b"], ITEMS)] == ["b"]
    missing = load_runs(tmp_path, ["c", "a", "a"], ITEMS)
    assert [(run.kernel, len(run.problems)) for run in missing] == [("c", 1), ("a", 0)]
    assert load_runs(tmp_path / "none", [], ITEMS) == []
