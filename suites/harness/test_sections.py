# SPDX-License-Identifier: Apache-2.0
"""The tables of statements and of weaknesses (suites/sections) name tests that there are."""
import re

import pytest

from redwrap_runs import ROOT

SUITES = ROOT / "suites"
TABLES = sorted(path for path in (SUITES / "sections").glob("*.md") if path.name != "README.md")
# How a test begins, in cmocka's C and in pytest's Python.
BEGINNINGS = {".c": r"^static void {}\(void \*\*\w+\)", ".py": r"^def {}\("}


def rows(text):
    """Yield (statement, the tests) of each row of a table."""
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("| statement"):
            statement, tests = re.fullmatch(r"\| (.+) \| (.+) \|", line).groups()
            yield statement, tests.split(", ")


def is_there(test):
    """Whether there is a test `FILE::NAME`, in backquotes."""
    file, name = re.fullmatch(r"`([\w./]+)::(\w+)`", test).groups()
    path = SUITES / file
    return path.is_file() and bool(re.search(BEGINNINGS[path.suffix].format(name),
                                             path.read_text(encoding="utf-8"), re.MULTILINE))


def test_a_test_that_is_not_there_is_noticed():
    """The control: a name, a file, and a test that is called by another name."""
    assert is_there("`harness/test_sections.py::test_a_test_that_is_not_there_is_noticed`")
    assert is_there("`unit/runtime/test_path.c::a_path_is_reduced`")
    for wrong in ("harness/test_sections.py::test_a_test", "harness/none.py::test_a",
                  "unit/runtime/test_path.c::a_path"):
        assert not is_there(f"`{wrong}`")


@pytest.mark.parametrize("table", TABLES, ids=[path.stem for path in TABLES])
def test_every_test_of_a_table_is_there(table):
    found = [test for _, tests in rows(table.read_text(encoding="utf-8")) for test in tests]
    assert found and not [test for test in found if not is_there(test)]


def test_every_weakness_has_a_row():
    ids = [statement.split()[0] for statement, _ in
           rows((SUITES / "sections/weaknesses.md").read_text(encoding="utf-8"))]
    assert ids == [*(f"W{number}" for number in range(1, 21)), *(f"F{number}" for number in range(1, 18))]
