# SPDX-License-Identifier: Apache-2.0
"""The oracle of findings: its tables, and that it notices whatever is not as it must be.

Each test starts from runs that are right, in which nothing is found, and makes one thing wrong.
"""
import fnmatch
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "suites"))

from oracle import OracleError, facts, judge, runs, table  # noqa: E402  the path comes first

TABLE = """\
- {ids: [a.always], source: made}
- {ids: [a.option, a.option.part], config: CONFIG_A, source: made}
- {ids: [a.late], since: "6.12", source: made, kernels: {old-backport: supported}}
- {ids: [a.loadable], config: CONFIG_M, module: restricted, source: made}
- {ids: [a.switch], config: CONFIG_A, enforced: CONFIG_ON, source: x, number: {supported: 1, restricted: 0}}
- {ids: [a.subject], nothing: CONFIG_A, present: restricted, number: 0, source: made}
- {ids: [a.waived], waived: CONFIG_ON, source: made}
- {ids: [a.lsm], config: CONFIG_SECURITY_YAMA, lsm: yama, source: made}
- {ids: [a.random], present: {tcg: restricted, kvm: supported}, source: made}
- {ids: [a.number], number: 7, source: made}
"""
FULL = 'CONFIG_A=y\nCONFIG_M=y\nCONFIG_SECURITY_YAMA=y\nCONFIG_LSM="landlock,yama"\n'
RESTRICTED = ("a.switch", "a.subject", "a.random")
STATES = {name: "restricted" if name in RESTRICTED else "supported"
          for entry in yaml.safe_load(TABLE) for name in entry["ids"]}
NUMBERS = {"a.switch": 0, "a.subject": 0, "a.number": 7}


@pytest.fixture
def rules(tmp_path):
    """Return the rules of a made table."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.yaml").write_text(TABLE)
    return table.load(tmp_path / "tables")


def report(states, numbers=None):
    """Return a report of redprobe with the given states."""
    features = {name: {"status": state, "evidence": "behaviour", "detail": "made"}
                for name, state in states.items()}
    for name, number in (NUMBERS if numbers is None else numbers).items():
        features[name]["number"] = number
    return {"schema": "redproof.probe/1", "kernel": {}, "features": features}


def write_run(directory, content):
    """Write what vm/matrix leaves of one run of suites/oracle/ask."""
    directory.mkdir(parents=True)
    record = {"outcome": "exited", "status": 0, "error": None, "accelerator": "tcg",
              "kernel": {"release": "6.12.1-made"}}
    (directory / "run.json").write_text(json.dumps(record))
    (directory / "report.json").write_text(json.dumps(content))
    (directory / "ids").write_text("".join(f"{name}\n" for name in STATES))
    (directory / "before").write_text("line\n")
    (directory / "after").write_text("line\n")


def kernel(configuration=FULL, release="6.12.1", name="made", accelerator="tcg"):
    return facts.kernel(name, release, configuration, accelerator)


@pytest.mark.parametrize("changes, states", [
    ({}, {}),
    ({"configuration": FULL.replace("CONFIG_A=y", "# CONFIG_A is not set")},
     {"a.option": "unsupported", "a.option.part": "unsupported", "a.switch": "unsupported",
      "a.subject": "supported"}),
    ({"configuration": FULL.replace("CONFIG_M=y", "CONFIG_M=m")}, {"a.loadable": "restricted"}),
    ({"configuration": FULL + "CONFIG_ON=y\n"}, {"a.switch": "supported", "a.waived": "restricted"}),
    ({"configuration": FULL.replace(",yama", "")}, {"a.lsm": "restricted"}),
    ({"release": "6.1.192"}, {"a.late": "unsupported"}),
    ({"release": "6.1.192", "name": "old-backport"}, {}),
    ({"release": "7.0.1"}, {}),
    ({"accelerator": "kvm"}, {"a.random": "supported"}),
], ids=["all", "not built", "module", "switched", "not chosen", "older", "exception", "newer", "kvm"])
def test_what_is_expected(rules, changes, states):
    expected = {**STATES, **states}
    assert {name: rule.state(kernel(**changes)) for name, rule in rules.items()} == expected


@pytest.mark.parametrize("listed, active", [
    ("landlock,yama,apparmor,selinux,smack", ["landlock", "yama", "apparmor"]),
    ("selinux,apparmor", ["selinux"]), ("", []), ("unknown,yama", ["yama"]),
])
def test_of_exclusive_security_modules_the_first_is_active(listed, active):
    options = [option for option in facts.SECURITY_MODULES.values() if "SMACK" not in option]
    text = "".join(f"{option}=y\n" for option in options) + f'CONFIG_LSM="{listed}"\n'
    assert kernel(text).security_modules() == active


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("state", [*table.STATES, "unknown"])
def test_a_falsified_state_is_noticed(rules, name, state):
    found = judge.contradictions(rules, kernel(), report({**STATES, name: state})["features"])
    assert [line.partition(":")[0] for line in found] == ([] if state == STATES[name] else [name])


@pytest.mark.parametrize("name, number", [("a.switch", 1), ("a.number", 8), ("a.number", None)])
def test_a_falsified_number_is_noticed(rules, name, number):
    line, = judge.contradictions(rules, kernel(), report(STATES, {**NUMBERS, name: number})["features"])
    assert line.startswith(f"{name}: its number is {number}, not {NUMBERS[name]}")


@pytest.mark.parametrize("said, text", [
    ({"option": "CONFIG_A", "value": "y", "agrees": True}, None),
    ({"option": "CONFIG_A", "value": "y", "agrees": False}, "is said to contradict CONFIG_A=y"),
    ({"option": "CONFIG_A", "value": "m", "agrees": True}, "is said to be m, but is y"),
    ({"option": "CONFIG_B", "value": "y", "agrees": True}, "is said to be y, but is n"),
])
def test_a_witness_that_is_wrong_is_noticed(rules, said, text):
    features = report(STATES)["features"]
    features["a.option"]["config"] = said
    found = judge.contradictions(rules, kernel(), features)
    assert len(found) == bool(text) and all(text in line for line in found)


@pytest.mark.parametrize("change, pattern, text", [
    ({"a.option": "unsupported", "a.option.part": "unsupported"}, "a.option*", None),
    ({}, "a.option", "a.option: supported, as in the kernel"),
    ({"a.option": "unsupported", "a.always": "unsupported"}, "a.option",
     "a.always: unsupported, but supported in"),
    ({}, "a.never", "a.never: is said to differ, but there is no such feature"),
])
def test_the_difference_from_the_base_is_exactly_the_one_listed(change, pattern, text):
    base, now = (report({**STATES, **states})["features"] for states in ({}, change))
    found = judge.differences(base, now, [pattern])
    assert len(found) == bool(text) and all(line.startswith(text) for line in found)


@pytest.fixture
def place(tmp_path, rules):
    """Runs of a base kernel and of one that lacks a feature, both right; a function that judges them."""
    lacking = {**STATES, "a.option": "unsupported", "a.option.part": "unsupported", "a.switch": "unsupported",
               "a.subject": "supported"}
    write_run(tmp_path / "runs" / "base", report(STATES))
    write_run(tmp_path / "runs" / "no-a", report(lacking, {"a.number": 7}))
    texts = {"base": FULL, "no-a": FULL.replace("CONFIG_A=y\n", "")}

    def judge_runs():
        verdicts = runs.judge_all(tmp_path / "runs", rules, {"no-a": ["a.option*", "a.s*"]},
                                  texts.__getitem__)
        return {verdict.kernel: verdict.lines for verdict in verdicts}

    return tmp_path / "runs", judge_runs, rules


def rewrite(path, change):
    """Change the JSON of a file."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("change, text", [
    (lambda directory: None, None),
    (lambda directory: rewrite(directory / "run.json", lambda run: run.update(outcome="panic", error="died")),
     "it was not asked: died"),
    (lambda directory: rewrite(directory / "run.json", lambda run: run.update(status=2)),
     "it was not asked: status 2"),
    (lambda directory: rewrite(directory / "report.json", lambda run: run["features"].pop("a.always")),
     "a.always: listed, but not reported"),
    (lambda directory: (directory / "ids").write_text("a.new\n" + "\n".join(STATES)),
     "a.new: no table of fixtures/findings has an entry for it"),
    (lambda directory: (directory / "ids").write_text("\n".join([*STATES][1:])),
     "a.always: fixtures/findings has an entry, but redprobe no such feature"),
    (lambda directory: (directory / "after").write_text("line\nmore\n"), "left behind: +more"),
], ids=["right", "panic", "status", "unreported", "no entry", "stale entry", "trace"])
def test_a_run_that_is_not_right_is_noticed(place, change, text):
    directory, judge_runs, _ = place
    change(directory / "no-a")
    lines = judge_runs()
    assert lines["base"] == [] and bool(text) == bool(lines["no-a"])
    assert not text or any(line.startswith(text) for line in lines["no-a"])


def test_an_entry_that_is_taken_away_is_noticed(place):
    _, judge_runs, rules = place
    del rules["a.lsm"]
    assert judge_runs()["base"] == ["a.lsm: no table of fixtures/findings has an entry for it"]


@pytest.mark.parametrize("text, message", [
    ("- {ids: [a], source: x, state: supported}", "unexpected keyword argument 'state'"),
    ("- {ids: [a], source: x, present: perhaps}", "'perhaps' is none of supported,"),
    ("- {ids: [a]}", "has `ids` and `source`"), ("- {ids: [a, a], source: x}", "a is there twice"),
    ("- {ids: [a], source: x, since: new}", "is no series"), ("- [", "while parsing"),
])
def test_a_table_that_makes_no_sense_is_refused(tmp_path, text, message):
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(OracleError, match=message):
        table.load(tmp_path)


@pytest.fixture(scope="module")
def ids():
    """Return the ids that redprobe lists."""
    argv = [ROOT / "build" / "bin" / "redprobe", "--list"]
    listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in listed.splitlines()]


def test_the_tables_know_exactly_the_features_of_redprobe(ids):
    assert judge.unlisted(table.load(ROOT / "fixtures" / "findings"), ids) == []


def test_what_differs_is_listed_for_every_kernel_that_is_built(ids):
    entries = yaml.safe_load((ROOT / "fixtures" / "kernels" / "kernels.yaml").read_text())["kernels"]
    differing = runs.differing()
    assert set(differing) == {entry["id"] for entry in entries} - {runs.BASE}
    patterns = {pattern for patterns in differing.values() for pattern in patterns}
    assert [pattern for pattern in patterns if not fnmatch.filter(ids, pattern)] == []


@pytest.mark.parametrize("arguments, text", [
    ([], "required: DIR"), (["/nonexistent"], "no run of a guest there"),
    (["--tables", "/nonexistent", "/nonexistent"], "no table there"),
])
def test_the_command_refuses(arguments, text):
    done = subprocess.run([ROOT / "suites" / "oracle" / "check", *arguments], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2 and text in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("state, status", [("supported", 0), ("unsupported", 1)])
def test_the_command_judges_and_prints_a_table(tmp_path, state, status):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.yaml").write_text("- {ids: [a.always], config: CONFIG_TIME_NS, source: made}\n")
    write_run(tmp_path / "runs" / "debian-6.1", report({"a.always": state}, {}))
    (tmp_path / "runs" / "debian-6.1" / "ids").write_text("a.always\n")
    done = subprocess.run([ROOT / "suites" / "oracle" / "check", "--tables", tmp_path / "tables",
                           tmp_path / "runs"], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1].split() == ["debian-6.1", "1", str(1 - status), str(status), "0", "0", str(status)]
    assert len(lines) == 2 + status
