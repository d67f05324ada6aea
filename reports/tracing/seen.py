# SPDX-License-Identifier: Apache-2.0
"""What the runs of a result showed, in words: a line for each that differs."""

from collections import Counter

ATTEMPT = {"permitted", "errno"}


def lines(runs, name):
    """Return (role, how many runs, text) of each line, in the order of the runs.

    runs: as evidence holds them; name: of the item that the result is about: where a run saw something under
    that name, only this is shown.
    """
    counted = Counter((run["role"], _line(run, name)) for run in runs)
    return [(role, times, text) for (role, text), times in counted.items()]


def _line(run, name):
    seen = run["observation"]
    if not isinstance(seen, dict):
        seen = {"inside": seen}
    parts = [f"{place}: {words(value[name] if isinstance(value, dict) and name in value else value)}"
             for place, value in seen.items() if value is not None]
    stderr = " ".join(run.get("stderr", "").split())
    if stderr:
        parts.append(f"standard error: {stderr}")
    return " · ".join(parts) or f"nothing, exit status {run.get('status')}"


def words(value):
    """Return a JSON value in words; an attempt is permitted or refused."""
    if isinstance(value, dict) and set(value) == ATTEMPT:
        if value["permitted"]:
            return "permitted"
        return f"refused ({value['errno']})" if value["errno"] else "refused"
    if isinstance(value, dict):
        return ", ".join(f"{key} {words(inner)}" for key, inner in value.items()) or "nothing"
    if isinstance(value, list):
        return ", ".join(map(words, value)) or "nothing"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return " ".join(str(value).split()) or "nothing"
