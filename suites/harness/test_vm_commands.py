# SPDX-License-Identifier: Apache-2.0
"""Wrong use and wrong surroundings of redvm and matrix: exit status 2 and one line, nothing half-made."""

import os
import re

import pytest
from made_machines import HANGS, MATRIX, REDVM, archive, kernel_image, run

NOWHERE = {"REDPROOF_MIRROR": "file:/nonexistent/debian"}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "redproof"


def kept(cache):
    """Return what a cache holds but locks."""
    return sorted(str(path.relative_to(cache)) for path in cache.rglob("*")
                  if path.is_file() and path.parent.name != "locks")


def assert_refused(result, command, pattern):
    """Expect exit status 2, no output, and one line of error that matches."""
    status, out, err = result
    assert (status, out) == (2, "")
    lines = [line for line in err.splitlines() if ": looking for " not in line]
    assert len(lines) == 1 and re.match(f"{command}: .*{pattern}", lines[0]), err


@pytest.mark.parametrize("arguments, pattern", [
    ([], "required: COMMAND"),
    (["frobnicate"], "invalid choice"),
    (["fetch"], "nothing to fetch"),
    (["build"], "nothing to build"),
    (["build", "debian-6.1"], "unknown kernel 'debian-6.1': known are base, no-"),
    (["fetch", "base"], "unknown kernel 'base': known are debian-5.10,"),
    (["run", "base", "--", "true"], "cannot fetch linux-source-6.12: .*REDPROOF_MIRROR"),
    (["fetch", "debian-4.19"], "unknown kernel 'debian-4.19': known are debian-5.10,"),
    (["run", "--", "true"], "which kernel"),
    (["run", "debian-6.1"], "nothing to run"),
    (["run", "debian-6.1", "--kernel-image", "x", "--", "true"], "which kernel"),
    (["run", "debian-4.19", "--", "true"], "unknown kernel 'debian-4.19': known are debian-5.10,"),
    (["run", "--timeout", "0", "debian-6.1", "--", "true"], "invalid number of seconds"),
    (["run", "--kernel-image", "/nonexistent", "--", "true"], "cannot read the kernel image /nonexistent"),
    (["run", "--kernel-image", "/etc/passwd", "--", "true"], "not a Linux kernel image"),
    (["run", "--input", "/nonexistent", "debian-6.1", "--", "true"], "not a directory"),
    (["run", "--output", "/etc", "debian-6.1", "--", "true"], "/etc: it holds other things"),
    (["run", "--output", "/etc/passwd", "debian-6.1", "--", "true"], "cannot write results to /etc/passwd"),
    (["shell", "debian-6.1"], "no terminal"),
    (["config"], "required: KERNEL"),
    (["config", "debian-4.19"], "unknown kernel 'debian-4.19'"),
    (["config", "debian-6.1"], "cannot fetch debian-6.1: .*REDPROOF_MIRROR"),
    (["run", "debian-6.1", "--", "true"], "cannot fetch debian-6.1: .*REDPROOF_MIRROR"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_redvm_refuses(cache, arguments, pattern):
    assert_refused(run(REDVM, *arguments, **NOWHERE), "redvm", pattern)
    assert kept(cache) == []


@pytest.mark.parametrize("arguments, pattern", [
    (["debian-6.1"], "nothing to run"),
    (["debian-4.19", "--", "true"], "unknown kernel 'debian-4.19'"),
    (["--kernel-image", "/nonexistent", "--", "true"], "cannot read the kernel image"),
    (["--timeout", "soon", "--", "true"], "invalid number of seconds"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_matrix_refuses(cache, arguments, pattern):
    assert_refused(run(MATRIX, *arguments, **NOWHERE), "matrix", pattern)


def test_a_missing_program_names_its_package(cache, tmp_path):
    path = kernel_image(tmp_path / "bzImage", HANGS)
    (tmp_path / "bin").mkdir()
    for name in ("sh", "apt-config"):
        os.symlink(f"/usr/bin/{name}", tmp_path / "bin" / name)
    only_there = ("import sys; sys.path.insert(0, sys.argv[1]); from machines import cli, tools; "
                  "tools.PATH = tools.PATH.split(':')[0]; sys.exit(cli.redvm(sys.argv[2:]))")
    status, _, err = run("/usr/bin/env", f"PATH={tmp_path / 'bin'}", "/usr/bin/python3", "-c", only_there,
                         REDVM.parent, "run", "--kernel-image", path, "--", "true", **NOWHERE)
    assert status == 2 and "cannot run mmdebstrap: it is not installed; install the Debian package" in err


def test_list_says_what_is_cached(cache):
    status, out, _ = run(REDVM, "list")
    assert status == 0 and [line.split()[0] for line in out.splitlines()][:2] == ["debian-5.10", "debian-6.1"]
    absent = {line.split()[0]: line.split(None, 1)[1] for line in out.splitlines()}
    assert absent["debian-6.1"] == "not fetched yet" and absent["no-time-ns"] == "not built yet"
    assert set(absent.values()) == {"not fetched yet", "not built yet"}


def test_an_unsigned_archive_is_refused_by_the_command(cache, tmp_path):
    uri = archive(tmp_path / "archive", {"bookworm-security": [], "bookworm": []})
    result = run(REDVM, "run", "debian-6.1", "--", "true", REDPROOF_MIRROR=f"{uri} {uri}")
    assert_refused(result, "redvm", "not signed")
    assert kept(cache) == []


@pytest.mark.parametrize("program", [REDVM, MATRIX])
def test_help_tells_the_exit_statuses(program):
    status, out, _ = run(program, "--help")
    assert status == 0 and "exit status:" in out
