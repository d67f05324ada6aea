# SPDX-License-Identifier: Apache-2.0
"""The tables of statements and of weaknesses (suites/sections) name tests that there are."""
import re

import pytest

from redwrap_runs import ROOT

SUITES = ROOT / "suites"
TABLES = sorted(path for path in (SUITES / "sections").glob("*.md") if path.name != "README.md")
# How a test begins, in cmocka's C and in pytest's Python, and what is said of it.
BEGINNINGS = {".c": r"^static void {}\(void \*\*\w+\)", ".py": r"^def {}\("}
SAYINGS = {".c": r"/\*((?:(?!\*/).)*)\*/\n" + BEGINNINGS[".c"][1:],
           ".py": BEGINNINGS[".py"] + r'(?:(?!^def ).)*?"""(.*?)"""'}
CVE = re.compile(r"CVE-\d{4}-\d{4,}")


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


def said_of(file, name):
    """What the docstring of a test, or the comment before it, says."""
    path = SUITES / file
    found = re.search(SAYINGS[path.suffix].format(name), path.read_text(encoding="utf-8"), re.M | re.DOTALL)
    return found[1] if found else ""


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


def test_each_number_of_the_field_is_named_by_its_tests():
    """Each once, in order; and no test names one that is not in the table."""
    table = list(rows((SUITES / "sections/cves.md").read_text(encoding="utf-8")))
    numbers = [statement.split()[0] for statement, _ in table if CVE.match(statement)]
    assert numbers == sorted(set(numbers), key=lambda number: [int(part) for part in number.split("-")[1:]])
    pairs = [(number, test.strip("`").split("::")) for statement, tests in table
             for number in CVE.findall(statement) for test in tests]
    assert pairs and not [pair for pair in pairs if pair[0] not in CVE.findall(said_of(*pair[1]))]
    files = [path for end in BEGINNINGS for path in SUITES.rglob(f"*{end}")]
    found = {number for path in files for number in CVE.findall(path.read_text(encoding="utf-8"))}
    assert found == set(numbers)


def test_what_is_said_of_a_test_is_found():
    """The control: a test whose docstring names none, and a test in each language."""
    assert "CVE-2026-30892" in said_of("unit/runtime/test_identity.c", "w8_a_number_is_never_a_name")
    assert "CVE-2016-9962" in said_of("harness/test_joins.py",
                                      "test_cve_2016_9962_a_joining_process_cannot_be_traced")
    assert not CVE.findall(said_of("harness/test_joins.py", "test_root_joins_one"))
