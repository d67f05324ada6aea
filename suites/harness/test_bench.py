# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of the benchmark, what it reads of a launch, and what it shows."""
import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "suites"))

from bench import bars, command, figure, job, look, probes  # noqa: E402 (found by the line above)

SCHEMA = json.loads((ROOT / "suites/bench/redproof.bench-1.schema.json").read_text(encoding="utf-8"))
STOPWATCH = ROOT / "build/test/bench/stopwatch"
GROUPS = (bars.Group("redwrap", "redwrap"), bars.Group("many", "redwrap", launches=4, width=2))

MOUNTINFO = """\
30 20 0:41 / / rw,nosuid,nodev - tmpfs tmpfs rw
31 30 254:0 /usr /usr ro,nosuid - ext4 /dev/vda rw
32 30 254:0 /etc /etc ro,nosuid - ext4 /dev/vda rw
33 30 254:0 /opt /opt ro,nosuid - ext4 /dev/vda rw
34 30 254:0 /srv /srv ro,nosuid - ext4 /dev/vda rw
35 30 0:39 /program /bench ro,nosuid shared:1 - tmpfs tmpfs rw
36 30 0:42 / /proc rw - proc proc rw
37 30 0:43 / /dev rw - tmpfs tmpfs rw
38 30 0:44 / /tmp rw - tmpfs tmpfs rw
"""
STATUS = """\
Name:\tnoop
NSpid:\t4711\t2
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t1
"""
TRACE = """\
10 execve("/redwrap", ["redwrap"], 0x1 /* 4 vars */) = 0
10 clone3({flags=0}, 88 <unfinished ...>
11 close(3) = 0
10 <... clone3 resumed>) = 11
11 clone3({flags=0}, 88) = 12
12 execve("/bench/noop", ["/bench/noop"], 0x2 <unfinished ...>
10 --- SIGCHLD {si_signo=SIGCHLD} ---
12 <... execve resumed>) = 0
12 read(0, "", 1) = 0
12 exit_group(0) = ?
12 +++ exited with 0 +++
11 exit_group(0) = ?
10 exit_group(0) = ?
"""


def made_document(measured=0.4, met=True):
    """A document with one group and one bar."""
    group = {"name": "redwrap", "launcher": "redwrap", "extra_mounts": 0, "launches": 1, "at_once": 1,
             **bars.summary([1000, 2000, 3000]), "nanoseconds": [1000, 2000, 3000]}
    bar = {"text": "time & <memory>", "measured": measured, "relation": "<=", "limit": 0.5, "met": met}
    machine = {"release": "6.1", "processor": "a <b> & c", "processors": 2, "load_before": 0.0,
               "versions": {"crun": "crun version 1.8.1"}}
    return {"schema": command.SCHEMA, "machine": machine, "seed": 1, "rounds": 3, "launchers": [],
            "groups": [group], "probes": [{**group, "name": "redprobe"}], "bars": [bar], "met": met}


def test_each_round_has_each_group_once_in_an_order_of_its_own():
    order = bars.schedule(bars.GROUPS[:3], 40, seed=5)
    rounds = [order[start:start + 3] for start in range(0, 120, 3)]
    assert all(sorted(part) == [0, 1, 2] for part in rounds)
    assert len({tuple(part) for part in rounds}) == 6
    assert order == bars.schedule(bars.GROUPS[:3], 40, seed=5) != bars.schedule(bars.GROUPS[:3], 40, seed=6)


def test_groups_of_many_launches_take_part_in_every_tenth_round():
    order = bars.schedule(GROUPS, 20, seed=1)
    assert (order.count(0), order.count(1)) == (20, 2)


def test_samples_are_of_one_launch():
    samples = bars.sort_samples(GROUPS, [0, 1, 0], [10, 80, 12])
    assert samples == {"redwrap": [10, 12], "many": [20]}


def test_a_sample_too_few_is_an_error():
    with pytest.raises(ValueError, match="1 samples where 2"):
        bars.sort_samples(GROUPS, [0, 1], [10])


def test_quartiles():
    assert bars.summary([5, 1, 2, 4, 3]) == {"low_quartile": 2, "median": 3, "high_quartile": 4}


@pytest.mark.parametrize("at_least, value, met", [
    (False, 0.5, True), (False, 0.51, False), (True, 0.5, True), (True, 0.49, False), (False, None, False),
    (True, None, False)])
def test_a_bar_is_met_at_its_limit_and_not_without_a_measurement(at_least, value, met):
    assert bars.Bar("bar", "a", "b", 0.5, at_least).met_by(value) is met


def test_what_is_measured_for_a_bar():
    values = {"redwrap": 6, "bubblewrap": 12, "calls": 200}
    assert bars.measured(bars.Bar("", "redwrap", "bubblewrap", 1), values) == 0.5
    assert bars.measured(bars.Bar("", "calls", "", 1), values) == 200
    assert bars.measured(bars.Bar("", "redwrap", "crun", 1), values) is None


def test_each_bar_is_of_a_group_or_a_fact():
    known = {group.name for group in bars.GROUPS} | {"pss", "calls"}
    assert {name for bar in bars.BARS for name in (bar.value, bar.base)} - {""} <= known
    known = {group.name for group in (*probes.NATIVE, *probes.INSIDE)}
    assert {name for bar in probes.BARS for name in (bar.value, bar.base)} - {""} <= known


def test_a_bar_in_milliseconds():
    assert bars.measured(probes.BARS[0], {"redprobe": 9.5e6}) == 9.5


def test_what_has_no_limit_is_told_and_missed_only_without_a_measurement():
    bar = probes.BARS[-1]
    assert bar.limit is None and bar.met_by(17) and not bar.met_by(None)
    text = command.render(made_document() | {"bars": [{"text": "told", "measured": 2, "relation": "<=",
                                                       "limit": None, "met": True}]})
    assert re.search(r"^told +2 +\(no bar\)$", text, re.MULTILINE)


def test_the_areas_that_are_timed_in_the_guest_are_all_there_are():
    areas = probes.areas_of(ROOT / "build/bin/redprobe")
    few, others = (words[-1].split(",") for words in probes.inside_words(areas).values())
    assert few == ["cgroup"] and set(few) | set(others) == set(areas) and len(others) == len(areas) - 1
    assert set(probes.FEW.split(",")) < set(areas)


def test_the_guest_gets_the_order_and_its_output_comes_back(tmp_path):
    redvm = tmp_path / "redvm"
    redvm.write_text('#!/bin/sh\nshift 2; cd "$2"; shift 6; echo "$2 $(cat order)"\n', encoding="ascii")
    redvm.chmod(0o755)
    done = probes.guest_runner(redvm, "1 0")(["stopwatch", "0"])
    assert (done.returncode, done.stdout) == (0, "stopwatch 1 0\n")


def test_a_root_that_does_the_job_lacks_nothing():
    assert look.missing_mounts(look.parse_mounts(MOUNTINFO)) == set()


@pytest.mark.parametrize("line, change, lack", [
    ("/usr ro", "/usr rw", "read-only /usr"), ("- proc", "- tmpfs", "proc at /proc"),
    ("/tmp rw", "/tmp2 rw", "tmpfs at /tmp"), ("/bench ro", "/other ro", "read-only /bench")])
def test_a_root_that_does_not_do_the_job(line, change, lack):
    assert look.missing_mounts(look.parse_mounts(MOUNTINFO.replace(line, change))) == {lack}


def test_a_process_that_is_limited_lacks_nothing():
    assert look.missing_limits(STATUS) == set()


@pytest.mark.parametrize("line, change, lack", [
    ("CapBnd:\t0", "CapBnd:\t1", "empty CapBnd"), ("NoNewPrivs:\t1", "NoNewPrivs:\t0", "no_new_privs"),
    ("4711\t2", "4711\t1", "init")])
def test_a_process_that_is_not_limited(line, change, lack):
    assert look.missing_limits(STATUS.replace(line, change)) == {lack}


def test_calls_of_the_program_do_not_count():
    """Three of redwrap, three of its init, one of what becomes the program."""
    assert look.parse_calls(TRACE, job.PROGRAM) == 7


def test_no_file_of_the_chain_or_node_differs_in_its_mounts(tmp_path):
    one, leaf = job.write_nodes(tmp_path, "/program")
    chain = [leaf, *leaf.parents][:4]
    assert chain[-1] == tmp_path / "chain"

    def exports(nodes):
        texts = [(node / "etc/redpak.yaml").read_text(encoding="utf-8") for node in nodes]
        return sorted(line for text in texts for line in text.splitlines() if line.startswith("- "))

    assert exports([one]) == exports(chain) and len(exports(chain)) == 8


@pytest.mark.parametrize("measured, met", [(0.4, True), (0.7, False), (None, False)])
def test_the_figure_is_xml_and_says_what_was_measured(measured, met):
    texts = [node.text for node in ElementTree.fromstring(figure.draw(made_document(measured, met))).iter()
             if node.tag.endswith("text")]
    assert "time & <memory>" in texts
    shown = "not measured" if measured is None else f"{measured:g}"
    assert any(text.startswith(shown) and text.endswith("missed)") != met for text in texts)


def test_the_terminal_has_80_columns_and_names_what_is_missing():
    text = command.render(made_document(None, False))
    assert max(map(len, text.splitlines())) <= 80
    assert "MISSED" in text and "bubblewrap is not installed" in text and "crun is not" not in text


def test_the_document_has_its_schema():
    jsonschema.validate(made_document(), SCHEMA)
    jsonschema.validate(made_document(None, False), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**made_document(), "met": "yes"}, SCHEMA)


def test_the_bars_are_judged_by_medians_and_facts():
    medians = [{"name": group.name, "median": 100.0} for group in bars.GROUPS]
    judged = {bar["text"]: bar for bar in command.judge(bars.BARS, medians, {"pss": 150, "calls": 301})}
    assert judged["system calls of a launch"] == {"text": "system calls of a launch", "measured": 301,
                                                  "relation": "<=", "limit": 300, "met": False}
    assert judged["memory of the launcher, KiB (PSS)"]["met"]
    assert not judged["time of a launch / bubblewrap's"]["met"]


def stopwatch(schedule, *groups):
    """Run the stopwatch without extra mounts."""
    return subprocess.run([STOPWATCH, "0", "/tmp", *groups], input=schedule, text=True, timeout=20,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def test_the_stopwatch_answers_in_the_order_of_the_schedule():
    done = stopwatch("1 0 1", *"plain 1 1 /bin/true ; crowded 3 2 /bin/true ;".split())
    assert done.returncode == 0 and len(done.stdout.split()) == 3
    assert all(int(line) > 0 for line in done.stdout.split())


@pytest.mark.parametrize("schedule, groups, message", [
    ("0", "plain 1 1 /bin/false ;", "ended with"), ("1", "plain 1 1 /bin/true ;", "no group 1"),
    ("0", "plain 1 1 /none ;", "cannot start"), ("0", "plain 1 x /bin/true ;", "not a number"),
    ("0", "plain 1 1 /bin/true", "no end"), ("0", "plain 1", "cut short"),
    ("x", "plain 1 1 /bin/true ;", "")])
def test_the_stopwatch_ends_with_2_when_it_cannot_time(schedule, groups, message):
    done = stopwatch(schedule, *groups.split())
    assert done.returncode == 2 and message in done.stderr
