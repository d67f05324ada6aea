# SPDX-License-Identifier: Apache-2.0
"""Weak runtimes: the table is complete, and what is compared with it. The runs themselves are `make weak`."""
import re
import subprocess
from pathlib import Path

import pytest

import weak

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "suites" / "weak"
BUILT = ROOT / "build" / "test" / "weak"
LEAST = 40
ITEMS = ["A-B/one", "A-B/two", "A-C/three"]


@pytest.fixture(name="table")
def tables(tmp_path):
    """A function that loads a table with these runtimes, given as YAML."""
    def load(text):
        path = tmp_path / "expected.yaml"
        path.write_text(f"schema: redproof.weak/1\nruntimes: {text}\n", encoding="utf-8")
        return weak.load(path, ITEMS)
    return load


def called(name):
    """Run a link of the weak runtime."""
    return subprocess.run([BUILT / name, "--help"], capture_output=True, text=True, check=False)


def test_each_runtime_is_listed_and_built():
    names = weak.runtimes(BUILT)
    assert len(names) >= LEAST
    assert list(weak.load()) == list(names)
    for name in [*names, "redwrap"]:
        done = called(name)
        assert done.returncode == 0 and done.stdout.startswith("Usage: redwrap"), name


def test_no_two_are_called_the_same():
    rows = called("weaknesses").stdout.splitlines()
    names = [row.partition("\t")[0] for row in rows]
    assert sorted(names) == sorted(set(names)) and all("\t" in row for row in rows)


def test_a_name_that_is_none_is_refused(tmp_path):
    """It would pass for a runtime without weakness."""
    (tmp_path / "no-such").symlink_to(BUILT / "redwrap")
    done = subprocess.run([tmp_path / "no-such", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "no weakness" in done.stderr


def test_what_is_weakened_is_wrapped():
    """Else the row would change nothing; and nothing is wrapped for nothing."""
    wrapped = re.findall(r"^WRAP[^a-z]*([a-z0-9_]+)", (SOURCES / "wrapped.c").read_text(), re.MULTILINE)
    weakened = re.findall(r'"([a-z0-9_]+)",\s*\\?\s*\.instead', (SOURCES / "table.c").read_text())
    assert set(weakened) == set(wrapped)


def test_the_table_says_why(table):
    expected = table("{x: {seen: [A-B/one], also: [{items: ['A-C/*'], because: it needs one}]},"
                     " y: {unseen: equal}}")
    assert expected["x"].reasons == {"A-B/one": "", "A-C/three": "it needs one"}
    assert expected["y"].reasons == {} and expected["y"].unseen == "equal"


@pytest.mark.parametrize("entry, why", [
    ("{seen: [A-B/other]}", "no item of the registry"),
    ("{seen: [A-B/one], also: [{items: [A-B/two], because: ''}]}", "because of what"),
    ("{}", "either what is seen or why nothing"),
    ("{seen: [], unseen: both}", "either what is seen or why nothing"),
    ("{sees: []}", "no key"),
])
def test_a_wrong_table_is_refused(table, entry, why):
    with pytest.raises(weak.WeakError, match=why):
        table(f"{{x: {entry}}}")


def test_what_is_found_and_compared(table):
    def record(verdict, *items):
        return {"test": "t", "caller": "root", "verdict": verdict, "reason": "r", "items": list(items)}
    found = weak.found_in([record("pass", "A-B/one"), record("fail", "A-B/two"),
                           record("unsupported", "A-B/one"), record("inconclusive", "A-C/three"),
                           record("error", "A-C/three")])
    assert {item: len(records) for item, records in found.items()} == {"A-B/two": 1, "A-C/three": 2}
    expected = table("{x: {seen: [A-B/one, A-B/two]}}")["x"]
    assert weak.differences(expected, found) == (["A-B/one"], ["A-C/three"])
    assert weak.differences(expected, {"A-B/one": [], "A-B/two": []}) == ([], [])


@pytest.mark.parametrize("words", [("no-such-runtime",), ("--no-such-option",)])
def test_wrong_usage_is_2(words):
    done = subprocess.run([SOURCES / "check", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2


def test_results_that_are_missing_are_no_success(tmp_path):
    done = subprocess.run([SOURCES / "check", "--compare", "--runs", tmp_path, "no-ipc"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 2 and done.stdout == "no-ipc: no result\n"
