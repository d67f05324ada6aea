# SPDX-License-Identifier: Apache-2.0
"""redprobe --diff: what changed from one report to another, and what is no report."""
import copy
import json
import re

import jsonschema
import pytest

from redprobe_runs import REDPROBE, assert_refused, run, validated


def finding(status, number=None):
    """A finding such as the schema wants."""
    made = {"status": status, "evidence": "behaviour", "detail": f"seen to be {status}"}
    made |= {"restricted": {"forbidden_by": "a sysctl"}, "unknown": {"needs": "privilege"}}.get(status, {})
    return made if number is None else made | {"number": number}


def report(release="6.1", **features):
    """A report with these findings; "__" in a name stands for its point."""
    made = {"schema": "redproof.probe/1",
            "kernel": {"release": release, "version": "#1", "machine": "x86_64"},
            "features": {name.replace("__", "."): value for name, value in features.items()}}
    validated(made)
    return made


@pytest.fixture(name="diff")
def diff_function(tmp_path):
    """A function that compares two reports, given as objects, texts or bytes; their names are short."""
    def write(name, content):
        path = tmp_path / name
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return lambda before, after: run(REDPROBE, "--diff", write("a.json", before), write("b.json", after),
                                     cwd=tmp_path)


@pytest.mark.parametrize("before, after, kind", [
    ("supported", "unsupported", "lost"), ("supported", "restricted", "lost"),
    ("supported", "unknown", "lost"),
    ("supported", None, "lost"), ("unsupported", "supported", "gained"),
    ("restricted", "supported", "gained"),
    ("unknown", "supported", "gained"), (None, "supported", "gained"),
    ("unsupported", "restricted", "changed"),
    ("unknown", "unsupported", "changed"), ("restricted", None, "changed"), (None, "unknown", "changed"),
    ("supported", "supported", None), ("restricted", "restricted", None), ("unknown", "unknown", None)])
def test_each_change_of_a_status(diff, before, after, kind):
    """Exit status 1 if something was lost, else 0."""
    other = {"namespace__ipc": finding("supported"), "namespace__pid": finding("unsupported")}
    done = diff(*(report(**other, **({"namespace__uts": finding(state)} if state else {}))
                  for state in (before, after)))
    assert (done.returncode, done.stderr) == (int(kind == "lost"), "")
    lines = done.stdout.splitlines()
    assert lines[-1] == ", ".join(f"{int(kind == name)} {name}" for name in ("lost", "gained", "changed"))
    words = f"  namespace.uts: {before or 'absent'} -> {f'{after}: ' if after else 'absent'}"
    assert [index for index, line in enumerate(lines) if line.startswith(words)] == ([3] if kind else [])
    assert lines[2:3] == [kind or lines[-1]]
    assert "namespace.ipc" not in done.stdout and "namespace.pid" not in done.stdout


def test_what_was_not_asked_is_absent_and_said_to_be(diff):
    """The control is a report that lacks an id of an area that it was asked of."""
    whole = report(namespace__uts=finding("supported"), mount__new_api=finding("supported"),
                   mount__overlay=finding("supported"))
    told = "b.json was not asked of mount, which counts as absent"
    done = diff(whole, report(namespace__uts=finding("supported")))
    assert (done.returncode, done.stdout.splitlines().count(told)) == (1, 1)
    assert done.stdout.endswith("\n2 lost, 0 gained, 0 changed\n")
    done = diff(whole, report(namespace__uts=finding("supported"), mount__overlay=finding("supported")))
    assert (done.returncode, told in done.stdout) == (1, False)


def test_numbers_and_kernels_are_shown(diff):
    done = diff(report("5.10", process__landlock=finding("supported", 2)),
                report("6.12", process__landlock=finding("supported", 6)))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^a.json: Linux 5.10 x86_64 #1$", done.stdout, re.M)
    assert re.search(r"^b.json: Linux 6.12 x86_64 #1$", done.stdout, re.M)
    assert "changed\n  process.landlock: supported (2) -> supported (6): " in done.stdout


def test_a_report_of_this_machine(diff, tmp_path):
    """What redprobe --json writes is read again; a finding taken out of it is lost."""
    text = run(REDPROBE, "--json").stdout
    done = diff(text, text)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "0 lost, 0 gained, 0 changed"
    less = json.loads(text)
    del less["features"]["namespace.uts"]
    assert diff(text, less).returncode == 1
    assert diff(less, text).returncode == 0
    piped = run(REDPROBE, "--diff", tmp_path / "b.json", "-", input=json.dumps(less))
    assert (piped.returncode, piped.stderr) == (1, "")


def test_a_text_cannot_act_on_the_terminal(diff):
    """Nor can it pretend to be a line of its own."""
    evil = finding("unsupported") | {"detail": "\x1b[2J\nlost"}
    done = diff(report(namespace__uts=finding("supported")), report(namespace__uts=evil))
    assert done.returncode == 1 and "\x1b" not in done.stdout
    assert done.stdout.splitlines().count("lost") == 1


def changed(change):
    """A report that a change has spoilt."""
    made = copy.deepcopy(report(namespace__uts=finding("supported")))
    change(made)
    return made


def spoilt(**members):
    """A report with a finding whose members are these, too; None takes one out."""
    made = report(namespace__uts=finding("supported"))
    merged = made["features"]["namespace.uts"] | members
    made["features"]["namespace.uts"] = {name: value for name, value in merged.items() if value is not None}
    return made


CONFIG = {"option": "CONFIG_UTS_NS", "value": "y", "agrees": True}


@pytest.mark.parametrize("bad, words", [
    (spoilt(evidence="hearsay"), ["evidence", "hearsay"]), (spoilt(evidence=""), ["evidence"]),
    (spoilt(detail=""), ["detail"]), (spoilt(forbidden_by="whim"), ["forbidden_by"]),
    (spoilt(needs="luck"), ["needs"]), (spoilt(status="restricted"), ["forbidden_by"]),
    (spoilt(status="unknown"), ["needs"]), (spoilt(config=[]), ["config"]),
    (spoilt(config=CONFIG | {"agrees": 1}), ["agrees"]), (spoilt(config=CONFIG | {"more": 1}), ["more"]),
    (spoilt(config={"option": "CONFIG_UTS_NS", "value": "y"}), ["agrees"])],
    ids=[str(number) for number in range(11)])
def test_what_breaks_the_schema(diff, bad, words):
    """The schema that is shipped refuses them, and so does --diff; the control is the finding unspoilt."""
    with pytest.raises(jsonschema.ValidationError):
        validated(bad)
    good = spoilt(config=CONFIG)
    validated(good)
    assert diff(good, good).returncode == 0
    assert_refused(diff(good, bad), "b.json", "namespace.uts", *words)


@pytest.mark.parametrize("bad, words", [
    (changed(lambda made: made["features"].clear()), ["features"]),
    ("", ["no JSON"]), ("{", ["no JSON"]), ("nonsense", ["no JSON"]), (b"\xff\xfe", ["no JSON"]),
    ("\0", ["no JSON"]),
    ("[]", ["no report"]), ("3", ["no"]), ("null", ["no"]), ("{}", ["no report"]),
    ("[" * 100000, ["no JSON"]),
    ('{"a":' * 100000, ["no JSON"]), (b" " * ((4 << 20) + 1), ["too large"]),
    ('{"schema": 1, "schema": 2}', ["no JSON", "duplicate"]), ("\n\n  {,", [":3:", "no JSON"]),
    (changed(lambda made: made.update(schema="redproof.probe/2")), ["redproof.probe/2", "redproof.probe/1"]),
    (changed(lambda made: made.update(schema="redproof.run/1")), ["redproof.run/1"]),
    (changed(lambda made: made.update(schema=1)), ["schema"]),
    (changed(lambda made: made.pop("schema")), ["schema"]),
    (changed(lambda made: made.pop("kernel")), ["kernel"]),
    (changed(lambda made: made.pop("features")), ["features"]),
    (changed(lambda made: made.update(features=[])), ["features"]),
    (changed(lambda made: made.update(more=1)), ["more"]),
    (changed(lambda made: made["kernel"].pop("release")), ["kernel", "release"]),
    (changed(lambda made: made["kernel"].update(release=6)), ["kernel", "release"]),
    (changed(lambda made: made["features"].update({"namespace.uts": 1})), ["namespace.uts"]),
    (changed(lambda made: made["features"]["namespace.uts"].pop("detail")), ["namespace.uts", "detail"]),
    (changed(lambda made: made["features"]["namespace.uts"].update(status="yes")), ["namespace.uts", "yes"]),
    (changed(lambda made: made["features"]["namespace.uts"].update(number=1.5)), ["namespace.uts", "number"]),
    (changed(lambda made: made["features"]["namespace.uts"].update(number="1")), ["namespace.uts", "number"]),
    (changed(lambda made: made["features"]["namespace.uts"].update(number=10**30)), ["no JSON"]),
    (changed(lambda made: made["features"]["namespace.uts"].update(colour="red")),
     ["namespace.uts", "colour"])],
    ids=[str(number) for number in range(32)])
def test_what_is_no_report(diff, bad, words):
    """Whichever of the two it is."""
    good = report(namespace__uts=finding("supported"))
    assert_refused(diff(good, bad), "b.json", *words)
    assert_refused(diff(bad, good), "a.json", *words)


def test_a_report_that_is_not_there(tmp_path):
    assert_refused(run(REDPROBE, "--diff", tmp_path / "a", tmp_path / "b"), f"{tmp_path}/a", "No such file")
    assert_refused(run(REDPROBE, "--diff", "/dev/null", tmp_path), "/dev/null")


@pytest.mark.parametrize("argv", [["--diff", "a"], ["--diff"], ["--diff", "a", "b", "c"],
                                  ["--diff", "a", "b", "--json"], ["--diff", "a", "b", "--only", "mount"]])
def test_two_reports_and_nothing_else(argv):
    assert_refused(run(REDPROBE, *argv), "--help")
