# SPDX-License-Identifier: Apache-2.0
"""The scoreboard: launchers side by side on one kernel, as document, page and terminal show them."""

import json
import os
import re
import subprocess

import jsonschema
import pytest
from made_runs import ITEMS, ROOT, TIME, all_but, made_result, made_run, made_session
from test_reports_renderers import Tags
from tracing import page, seen, terminal
from tracing.evidence import EvidenceStore
from tracing.judgement import BEYOND, ORDER

COMMAND = ROOT / "reports" / "scoreboard"
SCHEMA = json.loads((ROOT / "reports" / "redproof.scoreboard-1.schema.json").read_text())
KERNEL = "debian-6.12"
HOSTILE = "</script><b>\x1b[2J"
WORDLESS = made_result(TIME, BEYOND, runs=[], reason="no words for share_time: Disabled")


def made_launcher(tmp_path, name, results):
    """Write the run of a launcher."""
    session = made_session(launcher=name, collected=len({result["test"] for result in results}),
                           binaries={name.partition(":")[0]: "sha256:" + "4" * 64})
    folder = name.replace("/", "-").replace(":", "-")
    return made_run(tmp_path / "runs" / folder, KERNEL, session=session, results=results)


def make(tmp_path, *launchers):
    """Run the command; returns the finished process and the document, None without one."""
    environment = {**os.environ, "REDPROOF_SEEDS": str(tmp_path / "no seeds")}
    done = subprocess.run([COMMAND, "--runs", tmp_path / "runs", "--output", tmp_path / "board", "--kernel",
                           KERNEL, *launchers], capture_output=True, text=True, env=environment, check=False)
    file = tmp_path / "board" / "scoreboard.json"
    return done, json.loads(file.read_text()) if file.exists() else None


@pytest.fixture(name="folder", scope="module")
def board_folder(tmp_path_factory):
    """A folder with the runs of three launchers."""
    tmp_path = tmp_path_factory.mktemp("launchers")
    made_launcher(tmp_path, "redwrap", [made_result(item) for item in ITEMS])
    made_launcher(tmp_path, "bwrap", all_but(TIME, WORDLESS))
    another = made_result(TIME, test="made/test_up.py::test_another[root]")
    made_launcher(tmp_path, "unshare", all_but(TIME, made_result(TIME, "fail"), another))
    return tmp_path


@pytest.fixture(name="made", scope="module")
def made_board(folder):
    """What the command did, once."""
    return make(folder, "redwrap", "bwrap", "unshare")


@pytest.fixture(name="board")
def boards(made):
    """Of a launcher that passes, of one that has no words for an item, and of one that fails it: a copy."""
    return made[0], json.loads(json.dumps(made[1]))


def item_of(document, wanted):
    """Return an item of the document."""
    return next(item for requirement in document["requirements"] for item in requirement["items"]
                if item["id"] == wanted)


def test_the_document_has_a_verdict_for_each_item_and_launcher(board):
    done, document = board
    assert (done.returncode, done.stderr, document["status"]) == (0, "", 0)
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(document, SCHEMA)
    assert item_of(document, TIME)["verdicts"] == {"redwrap": "pass", "bwrap": BEYOND, "unshare": "fail"}
    assert [item["id"] for requirement in document["requirements"] for item in requirement["items"]] == ITEMS
    assert {launcher["id"]: launcher["totals"]["pass"] for launcher in document["launchers"]} == {
        "redwrap": len(ITEMS), "bwrap": len(ITEMS) - 1, "unshare": len(ITEMS) - 1}


def test_a_requirement_counts_its_items(board):
    for requirement in board[1]["requirements"]:
        for launcher, counts in requirement["counts"].items():
            verdicts = [item["verdicts"][launcher] for item in requirement["items"]]
            assert counts == {verdict: verdicts.count(verdict) for verdict in ORDER}


@pytest.mark.parametrize("path, value", [
    (("status",), 1), (("launchers",), []), (("requirements", 0, "counts", "bwrap", "passed"), 1),
    (("requirements", 0, "items", 0, "verdicts", "bwrap"), "good"), (("launchers", 0, "totals"), None),
])
def test_the_schema_refuses_another_document(board, path, value):
    document = place = board[1]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_reason_and_evidence_of_each_cell_can_be_reached(board, folder):
    """Every link of the page leads to a file that is there, or to a place that its file has."""
    html = Tags((folder / "board" / "index.html").read_text(encoding="utf-8"))
    assert "no words for share_time: Disabled" in "".join(html.text)
    cells = [(attributes["data-launcher"], attributes["data-verdict"]) for _, attributes in html.tags
             if attributes.get("class") == "cell"]
    assert cells == [pair for requirement in board[1]["requirements"] for item in requirement["items"]
                     for pair in item["verdicts"].items()]
    links = {attributes["href"] for tag, attributes in html.tags if tag == "a"}
    assert f"bwrap/index.html#{TIME}/results" in links
    ids = {}
    for link in links:
        file, _, place = link.partition("#")
        path = folder / "board" / (file or "index.html")
        if path not in ids:
            ids[path] = path.read_text(encoding="utf-8")
        assert not place or f'id="{place}"' in ids[path], link
    assert any("/evidence/" in link for link in links)


def test_the_page_needs_nothing_else(board, folder):
    html = Tags((folder / "board" / "index.html").read_text(encoding="utf-8"))
    assert board[1] and not {tag for tag, _ in html.tags} & {"script", "link", "img", "iframe", "object"}


def made_run_of(role, inside, outside=None, stderr="", status=0):
    """Return a run as evidence holds it."""
    return {"role": role, "observation": {"inside": inside, "outside": outside}, "stderr": stderr,
            "status": status}


def attempt(permitted, errno=None):
    """Return what the witness says of an attempt."""
    return {"permitted": permitted, "errno": errno}


@pytest.mark.parametrize("run, text", [
    (made_run_of("", {"read": attempt(True), "write": attempt(False, "EPERM")}), "inside: permitted"),
    (made_run_of("", {"write": attempt(False, "EPERM"), "move": attempt(False)}),
     "inside: write refused (EPERM), move refused"),
    (made_run_of("", {"host": "a b", "pid": 2}, {"ended": True, "left": ["x", "y"], "none": [], "no": None}),
     "inside: host a b, pid 2 · outside: ended yes, left x, y, none nothing, no none"),
    (made_run_of("", None, {"read": False}), "outside: no"),
    (made_run_of("", None, stderr="bwrap: no\nway\n"), "standard error: bwrap: no way"),
    (made_run_of("", None, status=1), "nothing, exit status 1"),
    ({"role": "", "observation": "text"}, "inside: text"),
])
def test_what_was_seen_is_said_in_words(run, text):
    """Where the item has a name of its own among what was seen, only that is said."""
    assert seen.lines([run], "read") == [("", 1, text)]


def test_runs_that_showed_the_same_are_a_line():
    runs = [*(made_run_of("protected", {"n": number % 2}) for number in range(3)),
            made_run_of("control", {"n": 0})]
    assert seen.lines(runs, "read") == [("protected", 2, "inside: n 0"), ("protected", 1, "inside: n 1"),
                                        ("control", 1, "inside: n 0")]


def test_what_fails_shows_what_was_seen(board, folder):
    """And a cell says how many of its results pass, where some do."""
    html = Tags((folder / "board" / "index.html").read_text(encoding="utf-8"))
    assert board[1] and [attributes for _, attributes in html.tags if attributes.get("class") == "seen"] == [
        {"class": "seen"}]
    assert "".join(html.text).count("1 of 2 pass") == 1


def test_the_terminal_shows_counts_within_80_columns(board, folder):
    lines = board[0].stdout.split("\n")
    assert max(map(len, lines[:lines.index("")])) <= 80 and "\033" not in board[0].stdout
    assert lines[1].split() == ["redwrap", "bwrap", "unshare"]
    (row,) = (line.split() for line in lines if "LEV-ALL-LIN-NAM" in line)
    assert row[1:] == ["8p", "7p", "1L", "7p", "1F"]
    assert "L unsupported by launcher" in board[0].stdout
    coloured = terminal.render_scoreboard(board[1], folder / "board/index.html", colour=True)
    assert re.sub("\033\\[[0-9;]*m", "", coloured).split() == board[0].stdout.split() and "\033" in coloured


def test_many_launchers_and_verdicts_still_fit(board):
    document = board[1]
    (template,) = document["launchers"][:1]
    names = [f"launcher-with-a-long-name-{number}" for number in range(6)]
    totals = {**dict.fromkeys(ORDER, 0), "pass": 105, "fail": 12, BEYOND: 35, "inconclusive": 44, "error": 1}
    document["launchers"] = [{**template, "id": name, "name": name, "totals": totals} for name in names]
    for requirement in document["requirements"]:
        requirement["counts"] = dict.fromkeys(names, dict.fromkeys(ORDER, 1))
    text = terminal.render_scoreboard(document, "r", colour=False)
    assert max(map(len, text.split("\n"))) <= 80 and text.count("launcher-with-~") == 6


def test_a_path_is_shown_and_its_folder_has_no_slash(tmp_path):
    made_launcher(tmp_path, "redwrap:/input/redwrap", [made_result(item) for item in ITEMS])
    done, document = make(tmp_path, "redwrap--input-redwrap")
    assert done.returncode == 0 and document["launchers"][0]["name"] == "redwrap:/input/redwrap"
    assert document["launchers"][0]["program"] == "sha256:" + "4" * 64


def test_a_launcher_that_did_not_run_is_a_problem_and_no_verdict(tmp_path):
    made_launcher(tmp_path, "redwrap", [made_result(item) for item in ITEMS])
    done, document = make(tmp_path, "redwrap", "crun")
    assert done.returncode == document["status"] == 2
    assert item_of(document, TIME)["verdicts"] == {"redwrap": "pass", "crun": "error"}
    assert "problem: crun: " in done.stdout and "run.json" in done.stdout
    assert (tmp_path / "board" / "status").read_text() == "2\n"


def test_hostile_text_stays_text(tmp_path):
    made_launcher(tmp_path, "redwrap", all_but(TIME, made_result(TIME, "fail", reason=HOSTILE, test=HOSTILE)))
    _, document = make(tmp_path, "redwrap")
    stores = {"redwrap": EvidenceStore(tmp_path / "board" / "redwrap" / "evidence")}
    html = Tags(page.render_scoreboard(document, stores).decode("utf-8"))
    assert "script" not in {tag for tag, _ in html.tags}
    document["problems"] = [HOSTILE]
    assert "\033" not in terminal.render_scoreboard(document, "r", colour=False)


@pytest.mark.parametrize("arguments", [(), ("--kernel", KERNEL), ("redwrap",)])
def test_wrong_usage(arguments):
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "usage: scoreboard" in done.stderr
