# SPDX-License-Identifier: Apache-2.0
"""The command `traceability`: its files and its exit status."""

import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from made_runs import ITEMS, ROOT, TIME, all_but, made_record, made_result, made_run, made_session, registry

COMMAND = ROOT / "reports" / "traceability"
UNSUPPORTED = {"x": {"status": "unsupported", "detail": "EINVAL"}}
BACKED = made_result(TIME, "unsupported", probe=["x"], runs=[])


def make_report(tmp_path, *options, seeds=None):
    """Run the command on tmp_path/runs; returns the finished process and the document, None without one."""
    output = tmp_path / "report"
    environment = {**os.environ, "REDPROOF_SEEDS": str(seeds or tmp_path / "no seeds")}
    done = subprocess.run([COMMAND, "--runs", tmp_path / "runs", "--output", output, *options],
                          capture_output=True, text=True, env=environment, check=False)
    file = output / "traceability.json"
    return done, json.loads(file.read_text()) if file.exists() else None


def expect_status(tmp_path, status, *options, **others):
    """Run the command, check that every place says this exit status, and return the document."""
    done, document = make_report(tmp_path, *options, **others)
    assert done.returncode == document["status"] == status, done.stderr
    assert (tmp_path / "report" / "status").read_text() == f"{status}\n"
    assert f"status {status}: " in done.stdout and done.stderr == ""
    return document


def verdict_of(document, item, kernel="debian-6.1"):
    """Return an item's verdict on a kernel."""
    return next(entry["verdicts"][kernel] for requirement in document["requirements"]
                for entry in requirement["items"] if entry["id"] == item)


def test_everything_passes(tmp_path):
    made_run(tmp_path / "runs", "debian-6.1")
    made_run(tmp_path / "runs", "debian-6.12")
    document = expect_status(tmp_path, 0)
    report = tmp_path / "report"
    assert {path.name for path in report.iterdir()} == {"evidence", "index.html", "junit.xml", "status",
                                                        "traceability.json"}
    assert [kernel["id"] for kernel in document["kernels"]] == ["debian-6.1", "debian-6.12"]
    assert {verdict_of(document, item) for item in ITEMS} == {"pass"}
    stored = {f"sha256:{path.stem}" for path in (report / "evidence").iterdir()}
    assert stored == {result["evidence"] for result in document["results"]}
    assert len(ElementTree.parse(report / "junit.xml").getroot()) == 2


@pytest.mark.parametrize("verdict", ["fail", "inconclusive"])
def test_one_item_that_does_not_pass(tmp_path, verdict):
    made_run(tmp_path / "runs", results=all_but(TIME, made_result(TIME), made_result(TIME, verdict)))
    document = expect_status(tmp_path, 1)
    assert {item for item in ITEMS if verdict_of(document, item) != "pass"} == {TIME}
    assert verdict_of(document, TIME) == verdict


def test_an_item_without_a_result_is_not_proven(tmp_path):
    made_run(tmp_path / "runs", results=all_but(TIME))
    assert verdict_of(expect_status(tmp_path, 1), TIME) == "inconclusive"


def test_a_pass_without_control_is_not_proven(tmp_path):
    protected = made_result(TIME)["runs"][:1]
    made_run(tmp_path / "runs", results=all_but(TIME, made_result(TIME, runs=protected)))
    document = expect_status(tmp_path, 1)
    (result,) = [result for result in document["results"] if TIME in result["items"]]
    assert (result["recorded"], result["verdict"]) == ("pass", "inconclusive")
    assert result["control"] == {"behaved": False, "reason": "no control was run", "observations": []}


@pytest.mark.parametrize("every_item, features, verdict, status", [
    (False, UNSUPPORTED, "unsupported", 0), (True, UNSUPPORTED, "unsupported", 1),
    (False, {"x": {"status": "supported"}}, "fail", 1), (False, {}, "inconclusive", 1),
])
def test_a_probe_finding_stands_for_a_pass_where_it_may(tmp_path, every_item, features, verdict, status):
    made_run(tmp_path / "runs", results=all_but(TIME, BACKED),
             record=made_record("debian-6.1", every_item=every_item),
             session=made_session(features, collected=len(ITEMS)))
    assert verdict_of(expect_status(tmp_path, status), TIME) == verdict


def test_a_run_without_exit_record_proves_nothing(tmp_path):
    cut = made_record("debian-6.1", outcome="timeout", status=None)
    made_run(tmp_path / "runs", "debian-6.1", record=cut)
    made_run(tmp_path / "runs", "debian-6.12")
    document = expect_status(tmp_path, 2)
    assert {verdict_of(document, item) for item in ITEMS} == {"error"}
    assert {verdict_of(document, item, "debian-6.12") for item in ITEMS} == {"pass"}


def test_a_broken_harness_is_no_verdict_on_the_runtime(tmp_path):
    made_run(tmp_path / "runs", results=all_but(TIME, made_result(TIME, "error")))
    document = expect_status(tmp_path, 2)
    assert {item for item in ITEMS if verdict_of(document, item) == "error"} == {TIME}


def test_a_malformed_line_is_named(tmp_path):
    folder = made_run(tmp_path / "runs")
    with open(folder / "results.jsonl", "a", encoding="utf-8") as file:
        file.write('{"test": "x"}\n')
    done, document = make_report(tmp_path)
    assert done.returncode == 2 and verdict_of(document, TIME) == "error"
    assert f"problem: {folder / 'results.jsonl'}:{len(ITEMS) + 1}: it has no 'items'" in done.stdout


def test_no_run_at_all(tmp_path):
    assert expect_status(tmp_path, 2)["problems"] == ["no kernel was run: there is no run to report on"]


def test_a_kernel_that_was_to_run_and_did_not(tmp_path):
    made_run(tmp_path / "runs", "debian-6.1")
    made_run(tmp_path / "runs", "left-over", results=[])
    document = expect_status(tmp_path, 2, "--kernel", "debian-6.1", "--kernel", "debian-6.12")
    assert [kernel["id"] for kernel in document["kernels"]] == ["debian-6.1", "debian-6.12"]
    assert verdict_of(document, TIME, "debian-6.12") == "error"
    expect_status(tmp_path, 0, "--kernel", "debian-6.1")


def test_the_sources_are_compared_where_they_are_at_hand(tmp_path):
    made_run(tmp_path / "runs")
    states = [entry["source"]["state"] for entry in expect_status(tmp_path, 0)["requirements"]]
    assert set(states) == {"source not at hand"}
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    changed = registry.load().requirements[0].source.file
    (seeds / changed).write_text("# Another document\n")
    sources = [entry["source"] for entry in expect_status(tmp_path, 1, seeds=seeds)["requirements"]]
    assert {source["state"] for source in sources if source["file"] == changed} == {"differs"}
    assert {source["state"] for source in sources if source["file"] != changed} == {"source not at hand"}


def test_changed_evidence_stops_the_report_and_leaves_no_old_one(tmp_path):
    made_run(tmp_path / "runs")
    document = expect_status(tmp_path, 0)
    expect_status(tmp_path, 0)
    digest = document["results"][0]["evidence"].removeprefix("sha256:")
    file = tmp_path / "report" / "evidence" / f"{digest}.json"
    file.write_text("{}")
    done, document = make_report(tmp_path)
    assert (done.returncode, document) == (2, None)
    assert str(file) in done.stderr and done.stderr.count("\n") == 1
    assert {path.name for path in (tmp_path / "report").iterdir()} == {"evidence", "status"}
    assert (tmp_path / "report" / "status").read_text() == "2\n"


def test_an_output_that_cannot_be_made(tmp_path):
    made_run(tmp_path / "runs")
    (tmp_path / "report").write_text("in the way")
    done, _ = make_report(tmp_path)
    assert done.returncode == 2 and "cannot make the report" in done.stderr and done.stderr.count("\n") == 1


def test_a_missing_package_is_no_verdict():
    done = subprocess.run([sys.executable, "-S", COMMAND], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.startswith("traceability: cannot start: No module named")


def test_wrong_usage(tmp_path):
    assert make_report(tmp_path, "--colour")[0].returncode == 2
