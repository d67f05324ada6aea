# SPDX-License-Identifier: Apache-2.0
"""A suite of its own for the tests of the framework: it checks a launcher that isolates nothing."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT / "suites"
WITNESS = ROOT / "build" / "test" / "witness"
sys.path.insert(0, str(SUITES))

INI = f"""[pytest]
addopts = -q -rN --tb=short --strict-markers -p no:cacheprovider
console_output_style = classic
pythonpath = {SUITES}
"""
# Runs the payload where it stands. Nothing is isolated, but a node can be told from another by its text.
LAUNCHER = f"""#!/bin/sh
grep -q 'hostname: refuse' "$2/etc/redpak.yaml" && {{ echo refused >&2; exit 125; }}
shift 3
[ "$1" = /witness ] && {{ shift; set -- {WITNESS} "$@"; }}
exec "$@"
"""
FINDINGS = {"schema": "redproof.probe/1",
            "kernel": {"release": os.uname().release},
            "features": {"here": {"status": "supported", "detail": "it worked"},
                         "unclear": {"status": "unknown", "detail": "it was not tried"},
                         "missing": {"status": "unsupported", "detail": "ENOSYS"},
                         "forbidden": {"status": "restricted", "detail": "EPERM"}}}
HEAD = """from framework import minimal, verifies
IPC, UTS = (f"REDPAK.HRQ-R-RED-LEV-ALL-LIN-NAM/{name}" for name in ("ipc", "uts"))
SEEN = {"holds": True, "exposed": True, "expected": "whatever"}
"""


def write_program(path, text):
    """Make `path` an executable file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


@dataclass
class Outcome:
    """What a session left. records: of results.jsonl; session: of session.json, None without one."""

    status: int
    stdout: str
    stderr: str
    records: list
    session: dict

    def verdicts(self):
        """Return a dict of test name, without its file, to the verdicts recorded, in order."""
        found = {}
        for record in self.records:
            found.setdefault(record["test"].partition("::")[2], []).append(record["verdict"])
        return found


def run_suite(directory, tests, *options):
    """Write `tests`, source text, as a suite to `directory` and run it as in a guest. Returns the Outcome."""
    suite, build, results = (directory / name for name in ("suite", "build", "results"))
    suite.mkdir(parents=True)
    (suite / "pytest.ini").write_text(INI, encoding="utf-8")
    (suite / "conftest.py").write_text('pytest_plugins = ("framework.plugin",)\n', encoding="utf-8")
    (suite / "test_sample.py").write_text(HEAD + tests, encoding="utf-8")
    write_program(build / "bin" / "redwrap", LAUNCHER)
    write_program(build / "bin" / "redprobe", f"#!/bin/sh\necho '{json.dumps(FINDINGS)}'\n")
    (build / "test").mkdir()
    (build / "test" / "witness").symlink_to(WITNESS)
    done = subprocess.run(["/usr/bin/python3", "-m", "pytest", str(suite), "--build", str(build), "--results",
                           str(results), *options], capture_output=True, text=True, check=False)
    lines, session = results / "results.jsonl", results / "session.json"
    return Outcome(done.returncode, done.stdout, done.stderr,
                   [json.loads(line) for line in lines.read_text().splitlines()] if lines.exists() else [],
                   json.loads(session.read_text()) if session.exists() else None)
