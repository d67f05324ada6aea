# SPDX-License-Identifier: Apache-2.0
"""The result on the terminal: a table requirement by kernel, then what does not pass."""

import os

from . import model
from .judgement import BEYOND

COLUMNS = 80
# Of a label and a cell: what they need at least.
LABEL, CELL = 19, 11
# Of a cell that has room for long words.
WIDE_CELL = 18
COLUMNS_A_BLOCK = (COLUMNS - LABEL) // (CELL + 1)
MOST_LINES = 20

SHORT = {"pass": "pass", "restricted": "restr", "unsupported": "unsup", "inconclusive": "incon",
         "error": "error", "fail": "FAIL", BEYOND: "inexp"}
# SGR codes: green, blue, blue, cyan, yellow, red, red. The word says the same.
COLOURS = {"pass": "32", "restricted": "34", "unsupported": "34", BEYOND: "36", "inconclusive": "33",
           "error": "31", "fail": "1;31"}
# For the scoreboard: a cell holds as many counts as there are verdicts.
LETTERS = {"pass": "p", "fail": "F", BEYOND: "L", "inconclusive": "i", "error": "E", "unsupported": "u",
           "restricted": "r"}
COUNTS = 15
LAUNCHERS_A_BLOCK = 4
SUMMARY = {
    model.PROVEN: "every item is proven",
    model.NOT_PROVEN: "not everything is proven",
    model.BROKEN: "the machinery failed, so nothing is concluded where it did",
}


def use_colour(stream, environment=os.environ):
    """Say whether to colour: on a terminal, unless NO_COLOR is set and not empty (no-color.org)."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def render(document, report, colour):
    """Return the text for the terminal; `report` is the path to name at the end."""
    lines = _tables(document["requirements"], [kernel["id"] for kernel in document["kernels"]], colour,
                    f" under {document['launcher']}" if document["launcher"] else "")
    lines += _bounded([f"changed: the clause of {requirement['id']} in {requirement['source']['file']}"
                       for requirement in model.changed_sources(document)])
    lines += _bounded([_paint(f"{verdict:<12}", verdict, colour) + f" {item}: {', '.join(where)}"
                       for (item, verdict), where in _by_item(document).items()])
    lines += [f"refuted: {item['id']}: {item['why']}" for item in model.refuted(document)]
    lines += _bounded([f"problem: {_printable(problem)}" for problem in document["problems"]])
    lines.append(f"status {document['status']}: {SUMMARY[document['status']]}")
    lines.append(f"report: {report}")
    return "\n".join(lines) + "\n"


def _by_item(document):
    """Return a dict of (item id, verdict) to the kernels where the item falls short with it.

    Kernels whose run has a problem are left out: all their items are error, and the problem says why.
    """
    broken = {kernel["id"] for kernel in document["kernels"] if kernel["problems"]}
    found = {}
    for item, kernel, verdict in model.shortfalls(document):
        if kernel not in broken:
            found.setdefault((item["id"], verdict), []).append(kernel)
    return found


def render_scoreboard(document, report, colour):
    """Return the text of a scoreboard for the terminal; `report` is the path to name at the end."""
    requirements = document["requirements"]
    prefix = _common_prefix([requirement["id"] for requirement in requirements])
    lines = [f"items by verdict on {document['kernel']}, of the requirements {prefix}*"]
    for start in range(0, len(document["launchers"]), LAUNCHERS_A_BLOCK):
        block = document["launchers"][start:start + LAUNCHERS_A_BLOCK]
        lines += _counts(requirements, block, len(prefix), colour) + [""]
    lines[-1:] = [*_legend(colour), ""]
    lines += _bounded([f"problem: {_printable(problem)}" for problem in document["problems"]])
    lines.append(f"scoreboard: {report}")
    return "\n".join(lines) + "\n"


def _counts(requirements, launchers, skipped, colour):
    """Return the lines of a table requirement by launcher, with a line of all requirements at its end."""
    rows = [(requirement["id"][skipped:], requirement["counts"]) for requirement in requirements]
    rows.append(("all", {launcher["id"]: launcher["totals"] for launcher in launchers}))
    return _grid([launcher["name"] for launcher in launchers], COUNTS,
                 [(label, [_counted(counts[launcher["id"]], colour) for launcher in launchers])
                  for label, counts in rows])


def _counted(counts, colour):
    """Show how often there is each verdict, e.g. `39p 1F 1L`."""
    parts = {verdict: f"{counts[verdict]}{letter}" for verdict, letter in LETTERS.items() if counts[verdict]}
    between = " " if len(" ".join(parts.values())) <= COUNTS else ""
    room = COUNTS - len(between.join(parts.values()))
    return between.join(_paint(text, verdict, colour) for verdict, text in parts.items()) + " " * room


def _legend(colour):
    words = [_paint(f"{letter} {verdict}", verdict, colour) for verdict, letter in LETTERS.items()]
    return ["  ".join(words[:5]), "  ".join(words[5:])]


def _tables(requirements, kernels, colour, under):
    """Return the lines of the tables requirement by kernel: how many items pass, and the worst verdict.

    requirements: of a document; kernels: their ids; under: what the heading adds.
    """
    prefix = _common_prefix([requirement["id"] for requirement in requirements])
    lines = [_printable(f"items that pass{under}, of the requirements {prefix}*")] if kernels else []
    for start in range(0, len(kernels), COLUMNS_A_BLOCK):
        lines += _table(requirements, kernels[start:start + COLUMNS_A_BLOCK], len(prefix), colour) + [""]
    if any(BEYOND in requirement["verdicts"].values() for requirement in requirements):
        lines[-1:] = [f"{SHORT[BEYOND]}: {BEYOND}", ""]
    return lines


def _table(requirements, kernels, skipped, colour):
    width = min(WIDE_CELL, (COLUMNS - LABEL) // len(kernels) - 1)
    return _grid(kernels, width, [(requirement["id"][skipped:],
                                   [_cell(requirement, kernel, width, colour) for kernel in kernels])
                                  for requirement in requirements])


def _grid(head, width, rows):
    """Return the lines of a table. head: names of the columns; rows: (label, cells of this width)."""
    room = min(max(len(label) for label, _ in rows), COLUMNS - len(head) * (width + 1))
    lines = [" ".join([" " * room, *(f"{_fit(_printable(name), width):<{width}}" for name in head)])]
    # What tells labels apart is at their end.
    lines += [" ".join([f"{_fit(label[::-1], room)[::-1]:<{room}}", *cells]) for label, cells in rows]
    return [line.rstrip() for line in lines]


def _cell(requirement, kernel, width, colour):
    """Show passed/all items and the worst verdict, e.g. `40/41 FAIL`."""
    verdict = requirement["verdicts"][kernel]
    word = verdict if width == WIDE_CELL and verdict not in ("fail", BEYOND) else SHORT[verdict]
    text = f"{model.passed(requirement, kernel)}/{len(requirement['items'])} {word}"
    return _paint(f"{text:<{width}}", verdict, colour)


def _paint(text, verdict, colour):
    return f"\033[{COLOURS[verdict]}m{text}\033[0m" if colour else text


def _common_prefix(ids):
    common = os.path.commonprefix(ids)
    return common[:max(common.rfind("-"), common.rfind(".")) + 1] if len(ids) > 1 else ""


def _fit(text, width):
    return text if len(text) <= width else text[:width - 1] + "~"


def _bounded(lines):
    rest = len(lines) - MOST_LINES
    return lines if rest <= 0 else lines[:MOST_LINES] + [f"... and {rest} more, see the report"]


def _printable(text):
    """Guests write the text: keep it from steering the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
