# SPDX-License-Identifier: Apache-2.0
"""Where a report of redprobe contradicts what is known of the kernel."""
from fnmatch import fnmatchcase

from . import OracleError

SCHEMA = "redproof.probe/1"


def features_of(report, where):
    """Return {id: finding} of a report; OracleError when it is none."""
    if not isinstance(report, dict) or report.get("schema") != SCHEMA or not report.get("features"):
        raise OracleError(f"{where}: no report of redprobe ({SCHEMA})")
    return report["features"]


def unlisted(rules, ids):
    """Return a line for each id without an entry, and for each entry without an id."""
    missing = [name for name in ids if name not in rules]
    stale = [name for name in rules if name not in ids]
    return [*(f"{name}: no table of fixtures/findings has an entry for it" for name in missing),
            *(f"{name}: fixtures/findings has an entry, but redprobe no such feature" for name in stale)]


def contradictions(rules, kernel, features):
    """Return a line for each finding that is not as it must be.

    rules: {id: table.Rule}. kernel: facts.Kernel. features: {id: finding} of redprobe, asked as root.
    """
    lines = []
    for name, finding in features.items():
        rule = rules.get(name)
        if rule is None:
            continue
        expected, found = rule.state(kernel), finding["status"]
        number = rule.expected_number(kernel)
        if found != expected:
            lines.append(f"{name}: {found}, not {expected} ({reason(rule, kernel)}): {finding['detail']}")
        elif number is not None and finding.get("number") != number:
            lines.append(f"{name}: its number is {finding.get('number')}, not {number}: {finding['detail']}")
        lines += witness(name, finding, kernel)
    return lines


def reason(rule, kernel):
    """Return what decides in this kernel."""
    options = [*rule.config, *(option for option in (rule.nothing, rule.enforced, rule.waived) if option)]
    values = [f"{option}={kernel.value(option)}" for option in options]
    return ", ".join([*values, *([f"since {rule.since}"] if rule.since else []), rule.source])


def witness(name, finding, kernel):
    """Return a line when redprobe read another configuration, or says that it contradicts the finding."""
    said = finding.get("config")
    if not said:
        return []
    value = kernel.value(said["option"])
    if said["value"] != value:
        return [f"{name}: {said['option']} is said to be {said['value']}, but is {value}"]
    if not said["agrees"]:
        return [f"{name}: {finding['status']} is said to contradict {said['option']}={said['value']}"]
    return []


def differences(base, features, patterns):
    """Return a line for each id that differs from the base kernel's and must not, or the other way round.

    base, features: {id: finding}. patterns: of the ids that must differ (fnmatch(3)).
    """
    lines = []
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in base):
            lines.append(f"{pattern}: is said to differ, but there is no such feature")
    for name in base:
        wanted = any(fnmatchcase(name, pattern) for pattern in patterns)
        before, now = base[name]["status"], features[name]["status"] if name in features else "absent"
        if before != now and not wanted:
            lines.append(f"{name}: {now}, but {before} in the kernel that has everything")
        elif before == now and wanted:
            lines.append(f"{name}: {now}, as in the kernel that has everything")
    return lines
