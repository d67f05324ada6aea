# SPDX-License-Identifier: Apache-2.0
"""Weak runtimes: what the suites found of each, compared with what expected.yaml lists."""

import fnmatch
import subprocess
from dataclasses import dataclass
from pathlib import Path

import registry
import yaml
from framework.verdict import PROVING_NOTHING

SCHEMA = "redproof.weak/1"
EXPECTED = Path(__file__).with_name("expected.yaml")
KEYS = {"seen": list, "also": list, "unseen": str}


class WeakError(Exception):
    """The table or what was found cannot be used; the message is one line."""


@dataclass(frozen=True)
class Expected:
    """What must be found of a runtime.

    reasons: dict of item to why, "" for the obvious; unseen: why nothing is.
    """

    reasons: dict
    unseen: str


def runtimes(directory):
    """Return the weak runtimes built in `directory`, a dict of name to what it does worse.

    Raises WeakError when they cannot be listed.
    """
    command = [str(Path(directory) / "weaknesses")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise WeakError(f"cannot list the weak runtimes: {error}; run make tests-build") from error
    return dict(line.split("\t") for line in done.stdout.splitlines())


def load(path=EXPECTED, items=None):
    """Return the table, a dict of name to Expected. items: the registry's ids. Raises WeakError."""
    items = list(items or registry.load().items())
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise WeakError(f"cannot read {path}: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise WeakError(f"{path}: the schema is not {SCHEMA!r}")
    return {name: _expected(name, entry, items) for name, entry in data["runtimes"].items()}


def _expected(name, entry, items):
    for key, value in entry.items():
        if not isinstance(value, KEYS.get(key, ())):
            raise WeakError(f"{name}: {key} is no key, or of another type than it should be")
    if ("unseen" in entry) == ("seen" in entry):
        raise WeakError(f"{name}: it has to be said either what is seen or why nothing is")
    reasons = dict.fromkeys(_spelled_out(name, entry.get("seen", []), items), "")
    for more in entry.get("also", []):
        if set(more) != {"items", "because"} or not more["because"]:
            raise WeakError(f"{name}: what is also seen has items and says because of what")
        reasons.update(dict.fromkeys(_spelled_out(name, more["items"], items), more["because"]))
    return Expected(reasons, entry.get("unseen", ""))


def _spelled_out(name, patterns, items):
    """Return the items that the patterns mean; * stands for anything."""
    found = []
    for pattern in patterns:
        matching = fnmatch.filter(items, pattern)
        if not matching:
            raise WeakError(f"{name}: {pattern} is no item of the registry")
        found += matching
    return found


def found_in(records):
    """Return what is not passing: a dict of item to the records, as [test, caller, verdict, reason].

    records: iterable of the records of results.jsonl.
    """
    found = {}
    for record in records:
        if record["verdict"] in PROVING_NOTHING:
            said = [record["test"], record["caller"], record["verdict"], record["reason"]]
            for item in record["items"]:
                found.setdefault(item, []).append(said)
    return found


def differences(expected, found):
    """Return (missing, extra): the items that are listed and were not found, and the other way round."""
    return ([item for item in expected.reasons if item not in found],
            [item for item in found if item not in expected.reasons])
