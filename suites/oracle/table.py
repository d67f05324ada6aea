# SPDX-License-Identifier: Apache-2.0
"""The tables of expected findings: fixtures/findings/*.yaml, whose fields README.md describes."""
import re
from dataclasses import dataclass, field

import yaml

from . import OracleError

STATES = ("supported", "unsupported", "restricted")


def _options(value):
    return [value] if isinstance(value, str) else list(value)


@dataclass(frozen=True)
class Rule:
    """What decides the state of some features; the field names are the file's."""

    source: str
    config: list = ()
    since: str = None
    present: object = "supported"
    absent: str = "unsupported"
    module: str = None
    nothing: str = None
    enforced: str = None
    waived: str = None
    lsm: str = None
    number: object = None
    kernels: dict = field(default_factory=dict)

    def state(self, kernel):
        """Return the expected state in a facts.Kernel."""
        if kernel.id in self.kernels:
            return self.kernels[kernel.id]
        if self.nothing and kernel.value(self.nothing) == "n":
            return "supported"
        values = [kernel.value(option) for option in self.config]
        if "m" in values and "n" not in values and self.module:
            return self.module
        since = tuple(int(number) for number in self.since.split(".")) if self.since else (0, 0)
        if any(value != "y" for value in values) or kernel.series < since:
            return self.absent
        if self._switched_off(kernel):
            return "restricted"
        return self.present[kernel.accelerator] if isinstance(self.present, dict) else self.present

    def _switched_off(self, kernel):
        return (self.lsm and self.lsm not in kernel.security_modules()
                or self.enforced and kernel.value(self.enforced) != "y"
                or self.waived and kernel.value(self.waived) != "n")

    def expected_number(self, kernel):
        """Return the number that goes with the state, or None where the table tells none."""
        state = self.state(kernel)
        there = state != "unsupported" and (not self.nothing or kernel.value(self.nothing) != "n")
        if there and isinstance(self.number, dict):
            return self.number.get(kernel.id, self.number.get(state))
        return self.number if there else None


def load(directory):
    """Return {id: Rule} of the tables below a pathlib.Path; OracleError when they make no sense."""
    rules = {}
    for path in sorted(directory.glob("*.yaml")):
        try:
            entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise OracleError(f"{path}: {' '.join(str(error).split())}") from error
        for entry in entries:
            ids, rule = _rule(path, dict(entry))
            for name in ids:
                if name in rules:
                    raise OracleError(f"{path}: {name} is there twice")
                rules[name] = rule
    if not rules:
        raise OracleError(f"{directory}: no table there")
    return rules


def _rule(path, entry):
    """Return (ids, Rule) of an entry."""
    ids = entry.pop("ids", None)
    where = f"{path}: {ids[0] if ids else entry}"
    if not ids or not entry.get("source"):
        raise OracleError(f"{where}: an entry has `ids` and `source`")
    if "config" in entry:
        entry["config"] = _options(entry["config"])
    try:
        rule = Rule(**entry)
    except TypeError as error:
        raise OracleError(f"{where}: {error}") from error
    present = rule.present.values() if isinstance(rule.present, dict) else [rule.present]
    named = [*present, rule.absent, *rule.kernels.values(), *([rule.module] if rule.module else [])]
    for state in named:
        if state not in STATES:
            raise OracleError(f"{where}: {state!r} is none of {', '.join(STATES)}")
    if rule.since and not re.fullmatch(r"\d+\.\d+", rule.since):
        raise OracleError(f"{where}: since {rule.since!r} is no series like '5.12'")
    return ids, rule
