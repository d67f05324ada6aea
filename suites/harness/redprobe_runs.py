# SPDX-License-Identifier: Apache-2.0
"""Runs of redprobe, for the tests of the command and of its areas."""
import json
import os
import re
import subprocess
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
REDPROBE = ROOT / "build/bin/redprobe"
SCHEMA = ROOT / "probes/redproof.probe-1.schema.json"
GUEST_KERNEL = os.environ.get("CHECK_KERNEL", "debian-6.12")


def run(*argv, **options):
    """Run a command to its end and return it with its outputs as text."""
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    return subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=False,
                          **options)


def validated(report):
    """Return the features of a report after checking it by the schema."""
    jsonschema.validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return report["features"]


def probe(*before):
    """Return the features of `redprobe --json`, run by the command `before`, checked by the schema."""
    done = run(*before, REDPROBE, "--json")
    assert done.returncode == 0, done.stderr
    return validated(json.loads(done.stdout))


def in_user_namespace(script):
    """Return a command that runs what follows as root of a new user namespace, after `script`."""
    return ("unshare", "--user", "--map-root-user", "sh", "-ec", script + '; exec "$@"', "sh")


def hiding(*paths):
    """Return a command that runs what follows in a user namespace where these directories are empty."""
    mounts = "".join(f"mount -t tmpfs none {path}; " for path in paths)
    return ("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", mounts + 'exec "$@"', "sh")


def listed(*argv):
    """Return the ids of --list."""
    return [line.split()[0] for line in run(REDPROBE, "--list", *argv).stdout.splitlines()]


def assert_refused(done, *words):
    """One line, exit status 2, nothing on standard output; the line has all the words."""
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("redprobe: ") and done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


def assert_passes_in_guest(files, *options):
    """All tests of the files (a text, with blanks between) pass in one guest.

    They are run one file after the other; the options are those of redvm run.
    """
    done = run(ROOT / "vm/redvm", "run", GUEST_KERNEL, "--timeout", "600", *options, "--", "python3", "-m",
               "pytest", *files.split())
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed in ", done.stdout, re.M), done.stdout
