# SPDX-License-Identifier: Apache-2.0
"""The command line of redprobe: which options there are, which go together, and what each form looks like."""
import json
import re

import pytest

from redprobe_runs import REDPROBE, assert_refused, listed, probe, run, validated


@pytest.mark.parametrize("option, word", [("--help", "Usage: redprobe"), ("-h", "Usage: redprobe"),
                                          ("--version", "redprobe ")])
def test_asking_about_the_command(option, word):
    done = run(REDPROBE, option)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(word)


@pytest.mark.parametrize("argv, words", [
    (["--bogus"], ["--bogus"]), (["word"], ["word"]), ([""], ["''"]), (["-x"], ["-x"]), (["-xy"], ["-xy"]),
    (["--json=3"], ["--json=3"]), (["--json", "--list"], ["--json", "--list"]), (["--only"], ["--only"]),
    (["--tap", "--json"], ["--json", "--tap"]), (["--version", "--only", "mount"], ["--version", "--only"]),
    (["--help", "--version"], ["--help", "--version"]), (["--list", "--load-modules"], ["--list", "--load-"]),
    (["--explain", "namespace.uts", "--json"], ["--explain", "--json"]),
    (["--explain", "namespace.uts", "--explain", "namespace.ipc"], ["--explain", "twice"]),
    (["--l\n"], ["--l?"]), (["--l"], ["--l"])])
def test_wrong_usage_is_one_line_and_status_2(argv, words):
    assert_refused(run(REDPROBE, *argv), *words, "--help")


@pytest.mark.parametrize("argv, name", [
    (["--only", "bogus"], "'bogus'"), (["--only", "namespace,bogus"], "'bogus'"), (["--only", ""], "''"),
    (["--only", "namespace,"], "''"), (["--only", "namespac"], "'namespac'"),
    (["--only", "mount", "bogus"], "'bogus'"), (["--only", "namespace.user"], "'namespace.user'"),
    (["--list", "--only", "mount,,process"], "''")])
def test_an_area_that_is_none_is_refused_with_those_there_are(argv, name):
    areas = {feature.split(".")[0] for feature in listed()}
    assert_refused(run(REDPROBE, *argv), name, *areas)


@pytest.mark.parametrize("argv", [
    ["--only", "process,mount"], ["--only", "process", "--only", "mount"], ["--only", "process", "mount"],
    ["--only=process", "--only=mount,process"], ["--only", "mount", "--", "process"]])
def test_only_these_areas(argv):
    """In the order of the whole report, whatever their order here."""
    wanted = [name for name in listed() if name.startswith(("mount.", "process."))]
    assert wanted and listed(*argv) == wanted
    report = json.loads(run(REDPROBE, "--json", *argv).stdout)
    assert list(validated(report)) == wanted
    found = re.findall(r"^  [a-z]+ +([a-z0-9_.]+):", run(REDPROBE, *argv).stdout, re.M)
    assert found == wanted


def test_the_summary_counts_the_findings():
    lines = run(REDPROBE).stdout.splitlines()
    words = ("supported", "restricted", "unsupported", "unknown")
    counts = [sum(line.startswith(f"  {word} ") for line in lines) for word in words]
    assert sum(counts) == len(listed())
    assert ", ".join(f"{count} {word}" for count, word in zip(counts, words)) in lines


@pytest.fixture(name="tap")
def tap_output():
    """The report as TAP, in which a capability is out of the bounding set and something is unknown."""
    hide = 'mount -t tmpfs none /sys && mount -t tmpfs none /proc && exec "$@"'
    done = run("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", hide, "sh",
               "setpriv", "--bounding-set", "-net_raw", REDPROBE, "--tap")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_tap_has_a_result_for_each_id(tap):
    lines = tap.splitlines()
    assert lines[:2] == ["TAP version 13", f"1..{len(listed())}"]
    results = [line for line in lines[2:] if not line.startswith("# ")]
    assert [re.match(rf"(?:not )?ok {number} - (\S+)", line)[1]
            for number, line in enumerate(results, 1)] == listed()
    assert re.search(r"^not ok \d+ - capability.cap_net_raw # TODO restricted\n# restricted: .*\n"
                     r"# forbidden by: bound", tap, re.M)
    assert re.search(r"^ok \d+ - namespace.uts\n# supported: ", tap, re.M)
    assert re.search(r"^ok \d+ - cgroup.mode # SKIP \S.*\n# unknown: .*\n# needs: \S", tap, re.M)


def prove(text, tmp_path):
    """Return what prove makes of a TAP text."""
    (tmp_path / "report.tap").write_text(text, encoding="utf-8")
    return run("prove", "--exec", "cat", tmp_path / "report.tap")


def test_prove_accepts_the_tap(tap, tmp_path):
    done = prove(tap, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tests={len(listed())}," in done.stdout


def test_prove_notices_what_is_wrong(tap, tmp_path):
    """Control: a result is missing; one failed that was expected to pass."""
    assert "Bad plan" in prove(tap.replace("1..", "1..1", 1), tmp_path).stdout
    assert prove(tap.replace("ok 1 ", "not ok 1 ", 1), tmp_path).returncode != 0


def test_explain_says_all_about_a_feature():
    done = run(REDPROBE, "--explain", "namespace.time")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("namespace.time: ")
    found = re.search(r"^  here +(\w+): ", done.stdout, re.M)[1]
    assert found == probe()["namespace.time"]["status"]


@pytest.mark.parametrize("name", ["namespace.time", "process.landlock", "security.io_uring_disabled"])
def test_explain_has_all_its_parts(name):
    """Why, how, since when and how to get it, in lines that fit; test_table.c looks at every feature."""
    done = run(REDPROBE, "--explain", name)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(len(line) for line in lines) <= 80
    labels = [label.strip() for label in re.findall(r"^  (\S.{12}) \S", done.stdout, re.M)]
    assert [label for label in labels if label not in ("option", "forbidden by", "needs")] == [
        "why", "probed by", "since", "to get it", "here"]


@pytest.mark.parametrize("name", ["bogus", "", "namespace", "namespace.tim"])
def test_explain_knows_its_features_only(name):
    assert_refused(run(REDPROBE, "--explain", name), f"'{name}'", "--list")


def test_explain_asks_for_this_feature_alone(tmp_path):
    """It makes one process, for the area, and of all namespaces unshares this one."""
    run("strace", "-f", "-e", "trace=unshare", "-o", tmp_path / "trace", REDPROBE, "--explain",
        "namespace.uts")
    calls = re.findall(r"unshare\((\w+)", (tmp_path / "trace").read_text())
    assert set(calls) <= {"CLONE_NEWUTS", "CLONE_NEWUSER"} and "CLONE_NEWUTS" in calls


def test_no_module_is_loaded_unasked(tmp_path):
    """No file is handed to the kernel as a module; loading on demand is for a guest."""
    run("strace", "-f", "-e", "trace=finit_module,init_module", "-o", tmp_path / "trace", REDPROBE)
    calls = re.findall(r"init_module\(([^,]*)", (tmp_path / "trace").read_text())
    assert set(calls) <= {"-1"}
