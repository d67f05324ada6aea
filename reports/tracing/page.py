# SPDX-License-Identifier: Apache-2.0
"""The HTML report: one self-contained file, readable without JavaScript."""

import json
from pathlib import Path

import jinja2
from markupsafe import Markup

from . import model, seen
from .judgement import BEYOND
from .junit import NO_XML

TEMPLATES = Path(__file__).with_name("templates")
# Longer texts are cut here and complete in the evidence. A reason is one line; what it is drawn from stands
# below it.
MOST_TEXT = 1500
MOST_REASON = 300
MOST_SEEN = 240

# For each verdict: the symbol that tells it apart without colour, and its meaning.
VERDICTS = {
    "pass": ("✓", "Observed from inside and outside the node, and the control failed as it must."),
    "fail": ("✗", "The requirement does not hold."),
    "error": ("!", "The harness broke, or the run was cut."),
    "inconclusive": ("?", "The control did not behave, or nothing was observed: not proven."),
    "unsupported": ("○", "The kernel lacks the feature: backed by a probe finding of that kernel."),
    "restricted": ("⊘", "The kernel has it, policy or privilege forbids it: backed by a probe finding."),
    BEYOND: ("–", "The launcher has no words for what the check asks of it: neither proven nor refuted."),
}
# Whoever reads these wants to know at once what was seen.
LOOKED_AT = ("fail", "error", "inconclusive")
# In columns that are too narrow for the verdict itself.
NARROW = {verdict: verdict for verdict in VERDICTS} | {BEYOND: "no words"}
HEADLINES = {
    model.PROVEN: ("pass", "Every item is proven on every kernel that must prove it."),
    model.NOT_PROVEN: ("fail", "Not everything is proven."),
    model.BROKEN: ("error", "The machinery failed; where it did, nothing is concluded."),
}


def fill(template, **values):
    """Return the page that a template becomes with these values, as UTF-8 bytes."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True,
                                     undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["readable"] = readable
    # The style sheet and the script are ours, so they need no escaping and would not survive it.
    environment.globals["own_file"] = lambda name: Markup((TEMPLATES / name).read_text(encoding="utf-8"))
    environment.globals.update(verdicts=VERDICTS, narrow=NARROW, most_reason=MOST_REASON)
    return NO_XML.sub("\ufffd", environment.get_template(template).render(**values)).encode("utf-8")


def render(document, store):
    """Return the report as UTF-8 bytes.

    document: the traceability document; store: EvidenceStore that holds each result's evidence, verified
    as it is read. Raises EvidenceError.
    """
    return fill(
        "report.html",
        document=document,
        columns={kernel["id"]: kernel["id"] for kernel in document["kernels"]},
        headline=HEADLINES[document["status"]],
        shortfalls=len(model.shortfalls(document)),
        changed=len(model.changed_sources(document)),
        passed=model.passed,
        totals=_totals(document),
        results=_results_by_item(document, store),
    )


def render_scoreboard(document, stores):
    """Return the scoreboard, a document of comparison.join, as UTF-8 bytes.

    stores: dict of launcher to the EvidenceStore that holds what its results name. Raises EvidenceError.
    """
    def seen_by(launcher, result, name):
        if result["verdict"] not in LOOKED_AT:
            return []
        return seen.lines(stores[launcher].get(result["evidence"])["recorded"]["runs"], name)

    return fill("scoreboard.html", document=document, seen_by=seen_by, most_seen=MOST_SEEN,
                columns={launcher["id"]: launcher["name"] for launcher in document["launchers"]},
                items=sum(len(requirement["items"]) for requirement in document["requirements"]))


def _totals(document):
    return {verdict: sum(kernel["totals"][verdict] for kernel in document["kernels"]) for verdict in VERDICTS}


def _results_by_item(document, store):
    """Return a dict of item id to its results, each with the runs that its evidence holds."""
    collected = {item["id"]: [] for requirement in document["requirements"] for item in requirement["items"]}
    for result in document["results"]:
        shown = dict(result, runs=store.get(result["evidence"])["recorded"]["runs"])
        for item in result["items"]:
            collected[item].append(shown)
    return collected


def readable(value, most=MOST_TEXT):
    """Return a JSON value as text for people, cut after `most` characters.

    Strings as they are, an object with a line for each key, the rest as JSON.
    """
    if isinstance(value, dict) and value:
        text = "\n".join(f"{key}: {json.dumps(inner, ensure_ascii=False)}" for key, inner in value.items())
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) <= most:
        return text
    return f"{text[:most]} … {len(text) - most} more characters in the evidence"
