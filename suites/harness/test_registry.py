# SPDX-License-Identifier: Apache-2.0
"""The registry of requirements, and that it is noticed when registry, tests and sources disagree."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "suites"))

import registry  # noqa: E402  the path comes first
from registry import clauses, completeness  # noqa: E402

CHECK = ROOT / "suites" / "registry" / "check"
DOCUMENT = """# A document

## First clause
The program shall
do  this.

## Second clause
The program shall do that.
"""
TWO_TESTS = '''
from types import SimpleNamespace
import pytest
@pytest.mark.verifies(SimpleNamespace(items=["DOC-R-ONE/a"]))
def test_a(): pass
@pytest.mark.verifies(SimpleNamespace(items=["DOC-R-ONE/b", "DOC-R-TWO/c"]))
def test_b_c(): pass
'''


def made_registry():
    """Return a small valid registry as YAML data; its source is DOCUMENT."""
    def requirement(identifier, clause, *names):
        digest = clauses.clause_digest(DOCUMENT, clause)
        return {"id": identifier, "title": "T", "statement": "S", "verification": "test",
                "source": {"file": "doc.txt", "clause": clause, "digest": digest},
                "items": [{"id": name, "statement": f"S of {name}"} for name in names]}
    return {"schema": registry.SCHEMA, "requirements": [requirement("DOC-R-ONE", "First clause", "a", "b"),
                                                        requirement("DOC-R-TWO", "Second clause", "c")]}


def write(folder, data):
    """Write registry data to a file below `folder` and return its path."""
    path = Path(folder) / "requirements.yaml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data))
    return path


def test_the_registry_holds_the_seven_high_level_requirements():
    known = registry.load()
    high_level = [entry for entry in known.requirements if entry.id.startswith("REDPAK.HRQ-")]
    assert [len(requirement.items) for requirement in high_level] == [12, 2, 4, 3, 8, 12, 41]
    assert "REDPAK.HRQ-R-RED-LEV-ALL-LIN-NAM/time" in known.items()


def test_the_registry_holds_every_clause_of_the_risk_analysis():
    analysis = [entry for entry in registry.load().requirements if entry.id.startswith("REDPAK.RKA-")]
    clause = "How processes of REDNODEs are constrained to isolation"
    assert clause in {requirement.source.clause for requirement in analysis}
    refuted = [item.name for entry in analysis for item in entry.items if item.claim == registry.REFUTED]
    assert {"setns-pid", "setns-user"} <= set(refuted)


def test_a_refuted_claim_says_why(tmp_path):
    items = registry.load(write(tmp_path, changed((*FIRST, "items", 0), REFUTED))).items()
    assert [(item.claim, item.why) for item in items.values()] == [
        ("refuted", "W"), ("holds", None), ("holds", None)]


def test_a_valid_file_loads(tmp_path):
    known = registry.load(write(tmp_path, made_registry()))
    assert list(known.items()) == ["DOC-R-ONE/a", "DOC-R-ONE/b", "DOC-R-TWO/c"]


def changed(path, value):
    """Return registry data with the value at `path` replaced, or removed when the value is None."""
    data = copy.deepcopy(made_registry())
    place = data
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return data


FIRST = ("requirements", 0)
REFUTED = {"id": "a", "statement": "S", "claim": "refuted", "why": "W"}
INVALID = {
    "schema": (("schema",), "redproof.registry/2", "schema is"),
    "no requirements": (("requirements",), None, "'requirements' is missing"),
    "requirements no list": (("requirements",), {}, "must be a list"),
    "requirement no mapping": (FIRST, "text", "expected a mapping"),
    "unknown key": ((*FIRST, "colour"), "red", "unknown key 'colour'"),
    "missing statement": ((*FIRST, "statement"), None, "'statement' is missing"),
    "empty statement": ((*FIRST, "statement"), " ", "statement is empty"),
    "mistyped title": ((*FIRST, "title"), 7, "title must be a str"),
    "id of another form": ((*FIRST, "id"), "doc one", "is not of the form"),
    "id twice": ((*FIRST, "id"), "DOC-R-TWO", "requirement DOC-R-TWO twice"),
    "method": ((*FIRST, "verification"), "hope", "'hope' is none of"),
    "digest": ((*FIRST, "source", "digest"), "sha256:12", "is not of the form"),
    "no items": ((*FIRST, "items"), [], "no items"),
    "item twice": ((*FIRST, "items", 1, "id"), "a", "item DOC-R-ONE/a twice"),
    "item id of another form": ((*FIRST, "items", 1, "id"), "a/b", "is not of the form"),
    "refuted without a why": ((*FIRST, "items", 0, "claim"), "refuted", "'why' is missing"),
    "why of what holds": ((*FIRST, "items", 0, "why"), "so", "'claim' is missing"),
    "claim of another word": ((*FIRST, "items", 0), {**REFUTED, "claim": "wrong"}, "claim is 'wrong'"),
    "item without statement": ((*FIRST, "items", 0, "statement"), None, "'statement' is missing"),
}


@pytest.mark.parametrize("path, value, reason", INVALID.values(), ids=INVALID)
def test_an_invalid_file_is_refused(tmp_path, path, value, reason):
    file = write(tmp_path, changed(path, value))
    with pytest.raises(registry.RegistryError, match=reason) as caught:
        registry.load(file)
    assert str(file) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("text, reason", [
    ("a: [", "cannot read"), ("", "expected a mapping"), ("schema: a\nschema: b\n", "'schema' twice"),
    ("{[1]: 2}", "cannot read"),
])
def test_a_file_that_is_no_registry_is_refused(tmp_path, text, reason):
    with pytest.raises(registry.RegistryError, match=reason) as caught:
        registry.load(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(registry.RegistryError, match="cannot read"):
        registry.load(tmp_path / "none.yaml")


def test_the_digest_covers_the_clause_and_nothing_else():
    first = clauses.clause_digest(DOCUMENT, "First clause")
    rewrapped, other, reworded = (DOCUMENT.replace(*change) for change in (
        ("shall\ndo  this", "shall do\n\nthis"), ("do that", "do nothing"), ("do  this", "do nothing")))
    assert clauses.clause_digest(rewrapped, "First clause") == first
    assert clauses.clause_digest(other, "First clause") == first
    assert clauses.clause_digest(reworded, "First clause") != first
    assert clauses.clause_text(DOCUMENT, "First clause") == "## First clause The program shall do this."


def test_a_clause_must_be_there_once():
    assert clauses.clause_digest(DOCUMENT, "Third clause") is None
    assert clauses.clause_digest(DOCUMENT + "\n## First clause\n", "First clause") is None
    assert clauses.clause_digest(DOCUMENT, "Second clause") is not None


@pytest.mark.parametrize("content, state", [
    (DOCUMENT, clauses.MATCHES), (DOCUMENT.replace("this", "that"), clauses.DIFFERS),
    ("", clauses.DIFFERS), (None, clauses.NOT_AT_HAND),
])
def test_the_state_of_a_source(tmp_path, content, state):
    if content is not None:
        (tmp_path / "doc.txt").write_text(content)
    source = registry.load(write(tmp_path, made_registry())).requirements[0].source
    assert clauses.source_state(source, tmp_path) == state


COMPLETE = {"t1": ["DOC-R-ONE/a"], "t2": ["DOC-R-ONE/b", "DOC-R-TWO/c"]}


@pytest.mark.parametrize("claims, lines", [
    (COMPLETE, []),
    ({"t1": ["DOC-R-ONE/a"]}, ["DOC-R-ONE/b: no test verifies it", "DOC-R-TWO/c: no test verifies it"]),
    ({**COMPLETE, "t3": ["DOC-R-ONE/z"]}, ["t3: verifies DOC-R-ONE/z, which is not in the registry"]),
    ({**COMPLETE, "t3": []}, ["t3: verifies nothing"]),
])
def test_completeness_both_ways(tmp_path, claims, lines):
    assert completeness.gaps(registry.load(write(tmp_path, made_registry())), claims) == lines


def test_only_what_is_verified_by_test_needs_one(tmp_path):
    data = changed((*FIRST, "verification"), "inspection")
    known = registry.load(write(tmp_path, data))
    assert completeness.gaps(known, {"t": ["DOC-R-TWO/c"]}) == []


def run_check(tmp_path, monkeypatch, tests=TWO_TESTS, document=DOCUMENT, data=None):
    """Run the command on made-up registry, suite and source."""
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "pytest.ini").write_text("[pytest]\nmarkers = verifies: made up\n")
    (suite / "test_made_up.py").write_text(tests)
    if document is not None:
        (tmp_path / "doc.txt").write_text(document)
    monkeypatch.setenv("REDPROOF_SEEDS", str(tmp_path))
    file = write(tmp_path, data or made_registry())
    command = [CHECK, "--registry", file, "--suite", suite]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_check_agrees(tmp_path, monkeypatch):
    done = run_check(tmp_path, monkeypatch)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "registry: 2 requirements, 3 items, 2 tests, 0 disagreements\n"


@pytest.mark.parametrize("changes, line", [
    ({"tests": TWO_TESTS.replace("ONE/a", "ONE/z")}, "verifies DOC-R-ONE/z, which is not in the registry"),
    ({"tests": TWO_TESTS.replace("ONE/a", "ONE/b")}, "DOC-R-ONE/a: no test verifies it"),
    ({"tests": TWO_TESTS + "\ndef test_other(): pass\n"}, "test_other: verifies nothing"),
    ({"tests": ""}, "DOC-R-TWO/c: no test verifies it"),
    ({"document": DOCUMENT.replace("do that", "do nothing")}, "DOC-R-TWO: the clause 'Second clause'"),
    ({"data": {"schema": "other"}}, "is missing"),
], ids=["unknown item", "item without test", "test without item", "no tests", "changed clause", "registry"])
def test_check_disagrees(tmp_path, monkeypatch, changes, line):
    done = run_check(tmp_path, monkeypatch, **changes)
    assert done.returncode == 1 and line in done.stderr


def test_check_says_that_a_source_is_not_at_hand(tmp_path, monkeypatch):
    done = run_check(tmp_path, monkeypatch, document=None)
    assert done.returncode == 0 and "source not at hand, not compared: doc.txt" in done.stdout


def test_check_fails_when_tests_cannot_be_collected(tmp_path, monkeypatch):
    done = run_check(tmp_path, monkeypatch, tests="import no_such_module_at_all\n")
    assert done.returncode == 2
    assert "No module named 'no_such_module_at_all'" in done.stderr and done.stderr.count("\n") == 1


def test_check_without_its_packages_is_no_disagreement():
    done = subprocess.run([sys.executable, "-S", CHECK], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.startswith("registry: cannot start: No module named")


def test_check_reads_the_decorators_of_the_conformance_suite(tmp_path, monkeypatch):
    header = f"import sys\nsys.path.insert(0, {str(ROOT / 'suites')!r})\n"
    tests = header + '''
from framework import verifies
from framework.marks import Claim, each_verifies
@verifies("DOC-R-ONE/a")
def test_a(caller): pass
@each_verifies("row", [(1, Claim(("DOC-R-ONE/b",)), ["root"]), (2, Claim(("DOC-R-TWO/c",)), ["root"])])
def test_b_c(row, caller): pass
import pytest
@pytest.fixture
def caller(): pass
'''
    done = run_check(tmp_path, monkeypatch, tests=tests)
    assert (done.returncode, done.stderr) == (0, "")
