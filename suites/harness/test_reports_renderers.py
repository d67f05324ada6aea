# SPDX-License-Identifier: Apache-2.0
"""The renderers: each shows the document, and survives what guests can write."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import jsonschema
import pytest
from made_runs import ITEMS, ROOT, TIME, all_but, made_result, made_run, registry
from tracing import junit, model, page, terminal
from tracing.evidence import EvidenceError, EvidenceStore
from tracing.judgement import BEYOND, ORDER
from tracing.runs import load_runs

SCHEMA = json.loads((ROOT / "reports" / "redproof.traceability-1.schema.json").read_text())
HOSTILE = "</script><script>alert(1)</script> & \" ' ]]> \x00 \x1b[31m \ud800 \uffff"
FIVE = ["debian-5.10", "debian-6.1", "debian-6.12", "debian-6.18", "debian-7.3"]
VOID = {"meta", "br", "input", "link", "img", "hr"}


def build(tmp_path, seeds=None):
    """Return the document of all runs below tmp_path/runs and the store of its evidence."""
    known = registry.load()
    store = EvidenceStore(tmp_path / "evidence")
    runs = load_runs(tmp_path / "runs", [], known.items())
    return model.build(known, runs, store, seeds or tmp_path, "2000-01-01 00:00 UTC"), store


@pytest.fixture
def mixed(tmp_path):
    """A document with each verdict, and its store."""
    verdicts = ("fail", "inconclusive", "unsupported")
    results = [made_result(item, verdict) for item, verdict in zip(ITEMS, verdicts)]
    results[2]["probe"] = ["namespace.time"]
    made_run(tmp_path / "runs", "broken").joinpath("session.json").unlink()
    made_run(tmp_path / "runs", "mixed", results=results + [made_result(item) for item in ITEMS[4:]])
    return build(tmp_path)


def test_the_document_fits_its_schema(mixed):
    document, _ = mixed
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(document, SCHEMA)


@pytest.mark.parametrize("path, value", [
    (("schema",), "redproof.traceability/2"), (("status",), 3), (("results", 0, "verdict"), "passed"),
    (("results", 0, "evidence"), "sha256:1"), (("requirements", 0, "items"), []),
    (("requirements", 0, "items", 0, "verdicts", "mixed"), "good"),
    (("requirements", 0, "items", 0, "claim"), "refuted"), (("requirements", 0, "items", 0, "why"), "so"),
    (("kernels", 0, "every_item"), None),
])
def test_the_schema_refuses_another_document(mixed, path, value):
    document = json.loads(json.dumps(mixed[0]))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_the_evidence_holds_all_that_is_asked_for(mixed):
    document, store = mixed
    result = next(result for result in document["results"] if result["kernel"] == "mixed")
    evidence = store.get(result["evidence"])
    assert evidence["kernel"]["release"] and evidence["kernel"]["version"] and evidence["kernel"]["digest"]
    assert evidence["binaries"]["redwrap"].startswith("sha256:") and evidence["launcher"] == "redwrap"
    assert evidence["findings"]["namespace.time"]["status"] == "supported"
    assert {run["role"] for run in evidence["recorded"]["runs"]} == {"protected", "control"}
    for run in evidence["recorded"]["runs"]:
        assert set(run) >= {"node", "command", "stdout", "stderr", "status", "observation", "started",
                            "ended"}


def test_junit_counts_what_it_shows(mixed):
    suites = ElementTree.fromstring(junit.render(mixed[0]))
    assert [suite.get("name") for suite in suites] == ["broken", "mixed"]
    paths = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error",
             "skipped": "testcase/skipped"}
    for suite in suites:
        assert {key: int(suite.get(key)) for key in paths} == {
            key: len(suite.findall(path)) for key, path in paths.items()}
    broken, mixed_suite = suites
    assert [case.get("name") for case in broken.iter("testcase") if case.find("error") is not None] == ["run"]
    # One fail as recorded, one where the probe supports what was said to be unsupported; one inconclusive
    # as recorded, one item without any result.
    assert (mixed_suite.get("failures"), mixed_suite.get("errors")) == ("2", "2")


def test_junit_shows_the_finding_of_what_is_skipped(tmp_path):
    unsupported = made_result(TIME, "unsupported", probe=["x"], runs=[])
    folder = made_run(tmp_path / "runs", results=all_but(TIME, unsupported))
    session = json.loads((folder / "session.json").read_text())
    session["probe"]["features"] = {"x": {"status": "unsupported", "detail": "EINVAL"}}
    (folder / "session.json").write_text(json.dumps(session))
    (skipped,) = ElementTree.fromstring(junit.render(build(tmp_path)[0])).iter("skipped")
    assert skipped.get("message").startswith("x is unsupported")


def beyond(tmp_path):
    """A document of a launcher that has no words for one item; and its store."""
    result = made_result(TIME, BEYOND, runs=[], reason="no words for share_time: Disabled")
    folder = made_run(tmp_path / "runs", results=all_but(TIME, result))
    session = json.loads((folder / "session.json").read_text())
    (folder / "session.json").write_text(json.dumps({**session, "launcher": "bwrap"}))
    return build(tmp_path)


def test_what_a_launcher_has_no_words_for_is_shown_and_never_proven(tmp_path):
    document, store = beyond(tmp_path)
    jsonschema.validate(document, SCHEMA)
    assert (document["launcher"], document["status"]) == ("bwrap", model.NOT_PROVEN)
    (suite,) = ElementTree.fromstring(junit.render(document))
    (skipped,) = suite.iter("skipped")
    assert skipped.get("type") == BEYOND and skipped.get("message") == "no words for share_time: Disabled"
    assert suite.find("properties/property[@name='launcher']").get("value") == "bwrap"
    plain = terminal.render(document, "r", colour=False)
    assert "items that pass under bwrap" in plain and f"inexp: {BEYOND}" in plain
    assert f"{BEYOND} {TIME}: debian-6.1" in plain and "7/8 inexp" in plain
    text = "".join(Tags(page.render(document, store).decode("utf-8")).text)
    assert "Traceability report of bwrap" in text and "share_time" in text


def test_without_such_a_verdict_there_is_no_legend_for_it(mixed):
    assert "inexp" not in terminal.render(mixed[0], "r", colour=False)


class Tags(HTMLParser):
    """Collects tags with their attributes and the text, and checks that tags are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open[-1] != tag:
            # The end tag of an option may be left out.
            assert self.open.pop() == "option", tag
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_shows_every_verdict_and_loads_nothing(mixed):
    document, store = mixed
    html = Tags(page.render(document, store).decode("utf-8"))
    cells = [attributes for tag, attributes in html.tags if attributes.get("class") == "cell"]
    shown = [(cell["data-kernel"], cell["data-verdict"]) for cell in cells]
    assert shown == [pair for requirement in document["requirements"] for item in requirement["items"]
                     for pair in item["verdicts"].items()]
    links = [attributes[name] for _, attributes in html.tags for name in ("href", "src", "srcset")
             if name in attributes]
    assert links and all(re.match(r"#|evidence/[0-9a-f]{64}\.json$", link) for link in links)
    assert not {tag for tag, _ in html.tags} & {"link", "img", "iframe", "object", "base"}
    for result in document["results"]:
        assert result["evidence"] in html.text


def test_the_page_is_there_without_javascript(mixed):
    html = Tags(page.render(*mixed).decode("utf-8"))
    hidden = [tag for tag, attributes in html.tags if "hidden" in attributes]
    assert hidden == ["form"]
    assert not [name for _, attributes in html.tags for name in attributes if name.startswith("on")]


def test_the_page_refuses_changed_evidence(mixed):
    document, store = mixed
    page.render(document, store)
    file = store.path(document["results"][0]["evidence"])
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(EvidenceError, match=file.name):
        page.render(document, store)


def test_hostile_text_stays_text(tmp_path):
    hostile = made_result(TIME, "fail", reason=HOSTILE, test=HOSTILE, caller=HOSTILE,
                          attributes={HOSTILE: HOSTILE})
    hostile["runs"][0].update(observation={HOSTILE: HOSTILE}, command=[HOSTILE], role=HOSTILE)
    made_run(tmp_path / "runs", results=all_but(TIME, hostile))
    document, store = build(tmp_path)
    plain = Tags(page.render(document, store).decode("utf-8"))
    assert [tag for tag, _ in plain.tags].count("script") == 1
    (failure,) = ElementTree.fromstring(junit.render(document)).iter("failure")
    assert "<script>alert(1)</script>" in failure.get("message")


def test_long_text_is_cut_in_the_page_only():
    assert page.readable("x" * page.MOST_TEXT) == "x" * page.MOST_TEXT
    assert page.readable("x" * (page.MOST_TEXT + 7)).endswith("… 7 more characters in the evidence")
    assert page.readable({"a": [1], "b": "ü"}) == 'a: [1]\nb: "ü"'
    assert (page.readable(None), page.readable({})) == ("null", "{}")


def five(tmp_path):
    """Return a document of five kernels."""
    for kernel in FIVE:
        made_run(tmp_path / "runs", kernel, results=all_but(TIME, made_result(TIME, "fail")))
    return build(tmp_path)[0]


def test_the_terminal_table_fits_and_colour_adds_nothing(tmp_path):
    document = five(tmp_path)
    plain = terminal.render(document, "r/index.html", colour=False)
    table = plain.split("\n\n")[0].split("\n")
    assert len(table) == 2 + len(document["requirements"]) and max(map(len, table)) <= 80
    assert all(kernel in table[1] for kernel in FIVE) and "\033" not in plain
    label, *cells = table[6].split()
    assert label.endswith("LEV-ALL-LIN-NAM") and cells == ["7/8", "FAIL"] * 5
    coloured = terminal.render(document, "r/index.html", colour=True)
    without = re.sub("\033\\[[0-9;]*m", "", coloured)
    assert coloured != plain
    assert [line.rstrip() for line in without.split("\n")] == [line.rstrip() for line in plain.split("\n")]
    assert plain.endswith("report: r/index.html\n")


def test_labels_that_are_too_long_keep_their_end(tmp_path):
    document = five(tmp_path)
    for number, requirement in enumerate(document["requirements"]):
        requirement["id"] = f"ONE.RATHER-LONG-NAME-OF-A-REQUIREMENT-{number}" if number else "OTHER.SHORT"
    lines = terminal.render(document, "r", colour=False).split("\n\n")[0].split("\n")
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[2:4]] == ["OTHER.SHORT", "~-OF-A-REQUIREMENT-1"]


def test_each_renderer_shows_what_is_refuted_and_why(mixed):
    document, store = mixed
    refuted = model.refuted(document)
    assert refuted
    plain = terminal.render(document, "r", colour=False).split("\n")
    html = Tags(page.render(document, store).decode("utf-8"))
    cases = {case.get("classname"): case.findtext("system-out") for case in
             ElementTree.fromstring(junit.render(document)).iter("testcase")}
    shown = [attributes for tag, attributes in html.tags if attributes.get("class") == "refuted"]
    assert len(shown) == len(refuted)
    for item in refuted:
        assert f"refuted: {item['id']}: {item['why']}" in plain
        assert f" {item['why']}" in html.text
        assert f"claim refuted: {item['id']}: {item['why']}" in cases[f"mixed.{item['id']}"]
    others = {item["id"] for requirement in document["requirements"] for item in requirement["items"]
              if item not in refuted}
    assert not [name for name, text in cases.items() if name[6:] in others and "refuted" in (text or "")]


def test_more_kernels_take_more_tables(tmp_path):
    made_run(tmp_path / "runs", "image-a-name-longer-than-a-column")
    plain = terminal.render(five(tmp_path), "r", colour=False)
    assert "image-a-name-long~" in plain.split("\n\n")[1]
    assert all(len(line) <= 80 for block in plain.split("\n\n")[:2] for line in block.split("\n"))


def test_what_does_not_pass_is_listed_and_bounded(tmp_path):
    made_run(tmp_path / "runs", "k", results=[made_result(item, "fail") for item in ITEMS])
    lines = terminal.render(build(tmp_path)[0], "r", colour=False).split("\n")
    assert sum(line.startswith("fail") for line in lines) == terminal.MOST_LINES
    assert f"... and {len(ITEMS) - terminal.MOST_LINES} more, see the report" in lines


def test_an_item_is_listed_once_for_all_kernels_with_the_same_verdict(tmp_path):
    lines = terminal.render(five(tmp_path), "r", colour=False).split("\n")
    assert [line for line in lines if line.startswith("fail")] == [f"fail         {TIME}: {', '.join(FIVE)}"]


def test_a_broken_run_is_listed_as_one_problem(tmp_path):
    made_run(tmp_path / "runs", "broken").joinpath("session.json").unlink()
    made_run(tmp_path / "runs", "failing", results=all_but(TIME, made_result(TIME, "fail")))
    lines = terminal.render(build(tmp_path)[0], "r", colour=False).split("\n")
    listed = [line for line in lines if line.startswith(("fail ", "error"))]
    assert listed == [f"fail         {TIME}: failing"]
    assert len([line for line in lines if line.startswith("problem: ")]) == 1


def test_problems_cannot_steer_the_terminal(tmp_path):
    made_run(tmp_path / "runs", "k", results=all_but(TIME, made_result(TIME, "error", reason="\x1b[2J\nx")))
    text = terminal.render(build(tmp_path)[0], "r", colour=False)
    assert "the harness broke: ?[2J?x" in text and "\x1b" not in text


class Stream:
    """Something that is or is not a terminal."""

    def __init__(self, terminal_like):
        self.isatty = lambda: terminal_like


@pytest.mark.parametrize("terminal_like, environment, expected", [
    (True, {}, True), (True, {"NO_COLOR": ""}, True), (True, {"NO_COLOR": "1"}, False),
    (True, {"TERM": "dumb"}, False), (False, {}, False),
])
def test_when_colour_is_used(terminal_like, environment, expected):
    assert terminal.use_colour(Stream(terminal_like), environment) is expected


def test_every_renderer_knows_every_verdict():
    known = set(ORDER)
    assert set(terminal.SHORT) == set(terminal.COLOURS) == set(page.VERDICTS) == known
    assert set(junit.ELEMENTS) == known - {"pass"}
    assert set(SCHEMA["definitions"]["verdict"]["enum"]) == known
