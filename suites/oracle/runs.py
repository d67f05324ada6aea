# SPDX-License-Identifier: Apache-2.0
"""The runs of `ask` in guests, as vm/matrix leaves them, judged one by one."""
import difflib
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from . import OracleError, facts, judge

ROOT = Path(__file__).resolve().parents[2]
BASE = "base"


@dataclass
class Verdict:
    """What came of one kernel. lines: what is wrong, empty where nothing is."""

    kernel: str
    features: dict = field(default_factory=dict)
    lines: list = field(default_factory=list)

    def count(self, status):
        """Return how many findings have a status."""
        return sum(finding["status"] == status for finding in self.features.values())


def configuration_of(kernel):
    """Return the text of the configuration that a kernel of `vm/redvm list` was built with."""
    done = subprocess.run([ROOT / "vm" / "redvm", "config", kernel], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise OracleError(done.stderr.strip())
    return done.stdout


def differing(path=ROOT / "fixtures" / "kernels" / "kernels.yaml"):
    """Return {kernel: patterns of the ids that differ from the base kernel's} of the kernels built here."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["kernels"]
    return {entry["id"]: entry["differs"] for entry in entries if entry["id"] != BASE}


def judge_all(runs, rules, differ, configuration=configuration_of):
    """Return the Verdicts of the runs below a directory, in the order of their names, the base kernel first.

    runs: pathlib.Path. rules: {id: table.Rule}. differ: of differing(). configuration(kernel) returns text.
    """
    names = [path.parent.name for path in runs.glob("*/run.json")]
    names.sort(key=lambda name: (name != BASE, name))
    if not names:
        raise OracleError(f"{runs}: no run of a guest there")
    verdicts, base = [], None
    for name in names:
        verdict = judge_run(runs / name, rules, configuration)
        if name == BASE:
            base = verdict.features
        elif name in differ and verdict.features:
            verdict.lines += judge.differences(base, verdict.features, differ[name]) if base else [
                f"it cannot be compared: the kernel {BASE} did not run"]
        verdicts.append(verdict)
    return verdicts


def judge_run(directory, rules, configuration):
    """Return the Verdict of one run."""
    verdict = Verdict(directory.name)
    record = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    if record["outcome"] != "exited" or record["status"] != 0:
        verdict.lines.append(f"it was not asked: {record['error'] or 'status %s' % record['status']}")
        return verdict
    kernel = facts.kernel(directory.name, record["kernel"]["release"], configuration(directory.name),
                          record["accelerator"])
    report = directory / "report.json"
    try:
        verdict.features = judge.features_of(json.loads(report.read_text(encoding="utf-8")), report)
        ids = (directory / "ids").read_text(encoding="utf-8").split()
        before, after = ((directory / name).read_text(errors="replace").splitlines()
                         for name in ("before", "after"))
    except (OSError, ValueError) as error:
        raise OracleError(f"{report}: {error}") from error
    verdict.lines += judge.unlisted(rules, ids)
    verdict.lines += [f"{name}: listed, but not reported" for name in ids if name not in verdict.features]
    verdict.lines += judge.contradictions(rules, kernel, verdict.features)
    verdict.lines += [f"left behind: {line}" for line in difflib.unified_diff(before, after, lineterm="", n=0)
                      if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return verdict
