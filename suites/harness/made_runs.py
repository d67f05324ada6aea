# SPDX-License-Identifier: Apache-2.0
"""Run folders made up for the tests of the report. Nothing here is a result of anything."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "reports"), str(ROOT / "suites")]

import registry  # noqa: E402  the path comes first

ITEMS = list(registry.load().items())
RELEASE = "6.1.0-made-up"
TIME = ITEMS[ITEMS.index("REDPAK.HRQ-R-RED-LEV-ALL-LIN-NAM/time")]
SUPPORTED = {"status": "supported", "evidence": "behaviour", "detail": "made up for a test"}


def made_launch(role, observation):
    """Return one launch of a result, with that role and observation."""
    return {"role": role, "node": "headers:\n  alias: made-up\n", "command": ["redwrap", "--redpath", "/n"],
            "stdout": f"{role} stdout\n", "stderr": "", "status": 0, "observation": observation,
            "started": 1.0, "ended": 2.0}


def made_result(item, verdict="pass", **changes):
    """Return a well-formed record of results.jsonl for one item; `changes` replace keys."""
    record = {
        "test": f"made/test_up.py::test[{item}-root]", "items": [item], "caller": "root", "verdict": verdict,
        "reason": f"made up as {verdict}", "attributes": {}, "probe": ["namespace.time"],
        "exposed": True if verdict in ("pass", "fail") else None,
        "runs": [made_launch("protected", {"inside": "own", "outside": "untouched"}),
                 made_launch("control", {"inside": "host's", "outside": "changed"})],
    }
    record.update(changes)
    return record


def made_record(kernel, /, **changes):
    """Return a well-formed run.json for a kernel; `changes` replace keys."""
    record = {
        "schema": "redproof.run/1",
        "kernel": {"id": kernel, "package": "linux-image-made-up", "version": "6.1-1", "release": RELEASE,
                   "digest": "sha256:" + "1" * 64},
        "rootfs": {"digest": "sha256:" + "2" * 64}, "accelerator": "tcg", "outcome": "exited", "status": 0,
        "seconds": 12.5, "every_item": True, "error": None,
    }
    record.update(changes)
    return record


def made_session(features=None, **changes):
    """Return a well-formed session.json; `features` are the probe's, `changes` replace keys."""
    session = {
        "schema": "redproof.session/1",
        "kernel": {"release": RELEASE, "version": "#1 made up", "machine": "x86_64"},
        "probe": {"schema": "redproof.probe/1",
                  "kernel": {"release": RELEASE, "version": "#1 made up", "machine": "x86_64"},
                  "features": {"namespace.time": SUPPORTED} if features is None else features},
        "binaries": {"redwrap": "sha256:" + "3" * 64}, "launcher": "redwrap", "started": 1.0, "ended": 9.0,
        "collected": 0,
    }
    session.update(changes)
    return session


def made_run(runs, kernel="debian-6.1", record=None, session=None, results=None):
    """Write the folder of one kernel's run below `runs`; by default every item passes. Returns the folder.

    Without `record` and `session`, the exit status and the count of tests agree with the results.
    """
    folder = Path(runs) / kernel
    folder.mkdir(parents=True)
    results = [made_result(item) for item in ITEMS] if results is None else results
    failing = any(result["verdict"] in ("inconclusive", "error", "fail") for result in results)
    record = record or made_record(kernel, status=int(failing))
    session = session or made_session(collected=len({result["test"] for result in results}))
    (folder / "run.json").write_text(json.dumps(record))
    (folder / "session.json").write_text(json.dumps(session))
    (folder / "results.jsonl").write_text("".join(json.dumps(result) + "\n" for result in results))
    return folder


def all_but(item, *instead):
    """Return passing results of every item but one, and `instead` in its place."""
    return [made_result(other) for other in ITEMS if other != item] + list(instead)
