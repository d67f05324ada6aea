# SPDX-License-Identifier: Apache-2.0
"""Writes session.json and results.jsonl while the session goes on."""

import json
import os
from pathlib import Path

from .build import digest
from .verdict import now

SCHEMA = "redproof.session/1"
RESULTS = "results.jsonl"


class Recorder:
    """The two files of a session, in the folder `directory`, which is made if it is missing."""

    def __init__(self, directory, launcher, build, probe, collected):
        """probe: what redprobe --json printed; collected: number of tests to run. Raises OSError."""
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        system = os.uname()
        binaries = {"redprobe": build.redprobe, "witness": build.witness, launcher.name: launcher.path}
        self.session = {
            "schema": SCHEMA,
            "kernel": {"release": system.release, "version": system.version, "machine": system.machine},
            "probe": probe,
            "binaries": {name: digest(path) for name, path in binaries.items()},
            "launcher": launcher.label,
            "started": now(),
            "ended": None,
            "collected": collected,
        }
        self._write_session()
        self._results = open(self.directory / RESULTS, "w", encoding="utf-8")

    def write(self, records):
        """Append records to results.jsonl, at once."""
        self._results.writelines(record.line() for record in records)
        self._results.flush()

    def close(self):
        """Write the time of the end."""
        self._results.close()
        self.session["ended"] = now()
        self._write_session()

    def _write_session(self):
        text = json.dumps(self.session, indent=1) + "\n"
        (self.directory / "session.json").write_text(text, encoding="utf-8")
