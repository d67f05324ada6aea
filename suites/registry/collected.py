# SPDX-License-Identifier: Apache-2.0
"""What the tests of a suite say that they verify, found out by letting pytest collect them.

The module is also the pytest plugin that writes it down. Nothing is run.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

MARK = "verifies"
LIMIT_SECONDS = 120
# A suite may refuse its own tests (4, usage error) once they are collected and written down; whether they
# are wrong is then for the caller to see. 5: there are none.
COLLECTED = (pytest.ExitCode.OK, pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED)


class CollectError(Exception):
    """The tests could not be collected; the message is one line."""


def pytest_addoption(parser):
    """Add the option that names the file to write."""
    parser.addoption("--claims", metavar="FILE", help="write what each test verifies, as JSON")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Write {test id: [item id, ...]} of all tests, before the suite deselects or refuses any."""
    claims = {test.nodeid: _claimed(test) for test in items}
    Path(config.getoption("claims")).write_text(json.dumps(claims), encoding="utf-8")


def _claimed(test):
    """Return the items of the mark `verifies`, whose argument has them as `items`."""
    mark = test.get_closest_marker(MARK)
    return list(mark.args[0].items) if mark else []


def claims_of(suite):
    """Return a dict of test id to the list of item ids it verifies, for the suite in the folder `suite`.

    Raises CollectError when pytest cannot collect it.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "claims.json"
        command = [sys.executable, "-B", "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider",
                   "-p", "registry.collected", "--claims", str(file), str(suite)]
        path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS,
                                  env={**os.environ, "PYTHONPATH": path.rstrip(os.pathsep)}, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CollectError(f"cannot collect the tests of {suite}: {error}") from error
        if done.returncode not in COLLECTED or not file.exists():
            raise CollectError(f"cannot collect the tests of {suite}: {_reason(done)}")
        return json.loads(file.read_text(encoding="utf-8"))


def _reason(done):
    """Return pytest's first error line, which it prefixes with `E` or `ERROR`, or else its last line."""
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    errors = [line.partition(" ")[2].strip() for line in lines if line.startswith(("E ", "ERROR"))]
    return (errors[:1] or lines[-1:] or [f"pytest ended with {done.returncode}"])[0]
