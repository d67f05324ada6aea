# SPDX-License-Identifier: Apache-2.0
"""The plot: how long a launch takes, and how far each bar is met. SVG, written by hand."""
from html import escape

WIDTH = 860
LEFT, RIGHT = 300, 710
ROW = 26
# Of people with any colour vision told apart; what the colours say is written as well.
OURS, OTHERS, MISSED, INK, PALE = "#2b6cb0", "#a0aec0", "#c05621", "#1a202c", "#e2e8f0"


class _Canvas:
    """Lines of SVG, and how far down the page they reach."""

    def __init__(self):
        self.parts, self.bottom = [], 20

    def text(self, x, text, anchor="start", y=None, size=13, weight="normal", fill=INK):
        y = self.bottom if y is None else y
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
                          f'font-weight="{weight}" fill="{fill}">{escape(text)}</text>')

    def box(self, left, right, y, height, fill):
        self.parts.append(f'<rect x="{left:.1f}" y="{y:.1f}" width="{max(right - left, 1):.1f}" '
                          f'height="{height}" fill="{fill}"/>')

    def line(self, x1, y1, x2, y2, colour=INK, width=1.0):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                          f'stroke="{colour}" stroke-width="{width}"/>')

    def svg(self):
        height = self.bottom + 10
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">')
        return "\n".join([head, f'<rect width="{WIDTH}" height="{height}" fill="white"/>', *self.parts,
                          "</svg>", ""])


def _step(most):
    """Return a round distance of marks so that at most eight fit up to `most`."""
    return next(step for step in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000) if most / step <= 8)


def _axis(canvas, most, bottom, form):
    step = _step(most)
    for mark in range(int(most / step) + 1):
        x = LEFT + (RIGHT - LEFT) * mark * step / most
        canvas.line(x, canvas.bottom, x, bottom, PALE)
        canvas.text(x, form.format(mark * step), "middle", bottom + 14, 11)


def _times(canvas, groups, first):
    """A row for each group: a box between the quartiles, a stroke at the median, in medians of `first`."""
    unit = next(group["median"] for group in groups if group["name"] == first)
    most = 1.05 * max(group["high_quartile"] for group in groups) / unit
    bottom = canvas.bottom + ROW * len(groups)
    _axis(canvas, most, bottom, "{:g}")
    for group in groups:
        low, median, high = (LEFT + (RIGHT - LEFT) * group[name] / unit / most
                             for name in ("low_quartile", "median", "high_quartile"))
        colour = OURS if group["name"].startswith(first) else OTHERS
        canvas.text(LEFT - 10, group["name"], "end", canvas.bottom + 17)
        canvas.box(low, high, canvas.bottom + 5, ROW - 10, colour)
        canvas.line(median, canvas.bottom + 2, median, canvas.bottom + ROW - 2, width=2)
        canvas.text(RIGHT + 12, f"{group['median'] / unit:.2f}", y=canvas.bottom + 17, size=11)
        canvas.bottom += ROW
    canvas.bottom += 46


def _share(bar):
    """Return how much of what is allowed was used: over 1 is too much; None when it was not measured."""
    if bar["measured"] is None:
        return None
    share = bar["measured"] / bar["limit"]
    return 1 / share if bar["relation"] == ">=" else share


def _bars(canvas, bars):
    bars = [bar for bar in bars if bar["limit"] is not None]
    most = 1.05 * max([1.2, *(_share(bar) or 0 for bar in bars)])
    top = canvas.bottom
    for bar in bars:
        share = _share(bar)
        canvas.text(LEFT - 10, bar["text"], "end", canvas.bottom + 17)
        end = LEFT + (RIGHT - LEFT) * (share or 0) / most
        note = "not measured" if share is None else f"{bar['measured']:.4g}"
        if share is not None:
            canvas.box(LEFT, end, canvas.bottom + 5, ROW - 10, OURS if bar["met"] else MISSED)
        missed = "" if bar["met"] else ", missed"
        canvas.text(RIGHT + 12, f"{note} ({bar['relation']} {bar['limit']:g}{missed})",
                    y=canvas.bottom + 17, size=11)
        canvas.bottom += ROW
    limit = LEFT + (RIGHT - LEFT) / most
    canvas.line(limit, top, limit, canvas.bottom, width=2)
    canvas.text(limit, "the bar", "middle", canvas.bottom + 14, 11)
    canvas.bottom += 24


def native(groups):
    """Return those of the groups of probes that did not run in a guest, whose time is another one."""
    return [group for group in groups if not group["name"].startswith("in a guest")]


def draw(document):
    """Return the SVG of a document of the schema redproof.bench/1."""
    canvas = _Canvas()
    for groups, first, what in ((document["groups"], "redwrap", "launch"),
                                (native(document["probes"]), "redprobe", "probe")):
        canvas.text(20, f"Time of one {what}, in those of {first} (box: half of the samples; stroke: median)",
                    size=15, weight="bold")
        canvas.bottom += 14
        _times(canvas, groups, first)
    canvas.text(20, "What was measured, as a part of the bar (shorter is better)", size=15, weight="bold")
    canvas.bottom += 14
    _bars(canvas, document["bars"])
    machine = document["machine"]
    canvas.text(20, f"{machine['processor']}, {machine['processors']} processors, "
                f"Linux {machine['release']}; {document['rounds']} rounds", y=canvas.bottom, size=11)
    return canvas.svg()
