# SPDX-License-Identifier: Apache-2.0
"""`make static`: redprobe as one static program, which finds what the other one finds."""
import json
import os
import subprocess

import pytest

from redprobe_runs import REDPROBE, ROOT, assert_passes_in_guest, run, validated

MEGABYTE = 1000 * 1000


@pytest.fixture(name="static", scope="module")
def static_program():
    """The program, made as a user makes it."""
    environment = {name: value for name,
                   value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    subprocess.run(["make", "-s", "-C", ROOT, "static"], check=True, env=environment, timeout=600)
    return ROOT / "build/static/redprobe"


def test_it_is_small_and_needs_nothing(static, tmp_path):
    """It runs where there is nothing but itself."""
    assert static.stat().st_size < MEGABYTE
    assert "NEEDED" not in run("readelf", "--dynamic", static).stdout
    assert "INTERP" not in run("readelf", "--program-headers", static).stdout
    (tmp_path / "redprobe").write_bytes(static.read_bytes())
    (tmp_path / "redprobe").chmod(0o755)
    done = run("unshare", "--user", "--map-root-user", "chroot", tmp_path, "/redprobe", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert validated(json.loads(done.stdout))["namespace.uts"]["status"] == "supported"


def test_only_what_libkmod_knows_is_unknown_to_it(static):
    """All other findings are the same, at least in their status."""
    ours, theirs = (validated(json.loads(run(program, "--json").stdout)) for program in (static, REDPROBE))
    assert list(ours) == list(theirs)
    differ = {name for name in ours if ours[name]["status"] != theirs[name]["status"]}
    assert {ours[name]["status"] for name in differ} <= {"unknown"}
    assert all("libkmod" in ours[name]["needs"] for name in differ)


def test_it_has_the_profiles_and_reads_reports(static, tmp_path):
    (tmp_path / "report").write_text(run(REDPROBE, "--json").stdout, encoding="utf-8")
    done = run(static, "--diff", tmp_path / "report", tmp_path / "report")
    assert (done.returncode, done.stderr) == (0, "")
    assert run(static, "--require", "rednode-minimal").stdout == run(REDPROBE, "--require",
                                                                     "rednode-minimal").stdout


def test_in_a_guest(static):
    """All of guest_redprobe_command.py passes in a guest, which the static program is handed to."""
    assert_passes_in_guest("suites/harness/guest_redprobe_command.py", "--input", static.parent)
