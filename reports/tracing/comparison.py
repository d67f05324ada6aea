# SPDX-License-Identifier: Apache-2.0
"""Launchers side by side: the one document that page and terminal of the scoreboard show.

It joins the traceability documents of the launchers, one kernel in each. Its form is
redproof.scoreboard-1.schema.json, beside this package.
"""

from collections import Counter

from . import model
from .judgement import ORDER

SCHEMA = "redproof.scoreboard/1"
# What a requirement and its items have, whatever the launcher.
REQUIREMENT_KEYS = ("id", "title", "statement")
ITEM_KEYS = ("id", "name", "statement", "claim", "why")


def join(documents, kernel, generated):
    """Return the scoreboard's document.

    documents: dict of launcher, as its folder is called, to its traceability document, all of the same
    registry; kernel: id of the kernel that all ran on; generated: time as text.
    """
    problems = [f"{launcher}: {problem}" for launcher, document in documents.items()
                for problem in document["problems"]]
    found = {launcher: _by_item(document) for launcher, document in documents.items()}
    rows = zip(*(document["requirements"] for document in documents.values()))
    return {
        "schema": SCHEMA,
        "generated": generated,
        "kernel": kernel,
        "launchers": [_launcher(name, document) for name, document in documents.items()],
        "requirements": [_requirement(dict(zip(documents, row)), kernel, found) for row in rows],
        "problems": problems,
        "status": model.BROKEN if problems else model.PROVEN,
    }


def _by_item(document):
    """Return a dict of item id to what is shown of its results."""
    found = {}
    for result in document["results"]:
        shown = {key: result[key] for key in ("test", "caller", "verdict", "reason", "evidence")}
        for item in result["items"]:
            found.setdefault(item, []).append(shown)
    return found


def _launcher(folder, document):
    (kernel,) = document["kernels"]
    name = document["launcher"] or folder
    return {"id": folder, "name": name, "program": kernel["binaries"].get(name.partition(":")[0]),
            **{key: kernel[key] for key in ("release", "outcome", "seconds", "totals", "problems")}}


def _requirement(entries, kernel, found):
    """entries: dict of launcher to the requirement as its document has it."""
    any_entry = next(iter(entries.values()))
    counts = {launcher: Counter(item["verdicts"][kernel] for item in entry["items"])
              for launcher, entry in entries.items()}
    return {
        **{key: any_entry[key] for key in REQUIREMENT_KEYS},
        "verdicts": {launcher: entry["verdicts"][kernel] for launcher, entry in entries.items()},
        "counts": {launcher: {verdict: count[verdict] for verdict in ORDER}
                   for launcher, count in counts.items()},
        "items": [_item(dict(zip(entries, row)), kernel, found)
                  for row in zip(*(entry["items"] for entry in entries.values()))],
    }


def _item(entries, kernel, found):
    any_entry = next(iter(entries.values()))
    return {
        **{key: any_entry[key] for key in ITEM_KEYS},
        "verdicts": {launcher: entry["verdicts"][kernel] for launcher, entry in entries.items()},
        "results": {launcher: found[launcher].get(any_entry["id"], []) for launcher in entries},
    }
