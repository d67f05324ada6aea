# SPDX-License-Identifier: Apache-2.0
"""ci/: the packages and the script behind the main job."""

import os
import re
import subprocess
from signal import SIGINT, SIGQUIT
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _packages():
    lines = (ROOT / "ci" / "packages").read_text(encoding="utf-8").splitlines()
    return {line.split()[1] for line in lines if line and not line.startswith("#")}


def _documented():
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Dependencies")[2]
    cells = re.findall(r"^\| ([a-z0-9, -]+) \| [^-|]", section, re.MULTILINE)
    return {name for cell in cells for name in cell.split(", ")} - {"package"}


def _run(*command, **environment):
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True,
                          text=True, timeout=120, check=False)


def test_every_package_has_its_reason():
    """The README's table and the list that is installed name the same packages."""
    assert _documented() == _packages()
    assert "gcc" in _documented()


def test_deps_refuses_an_unknown_purpose():
    done = _run("ci/deps", "build", "nonsense")
    assert done.returncode == 2 and "nonsense" in done.stderr and len(done.stderr.splitlines()) == 1


def test_deps_accepts_what_is_installed():
    done = _run("ci/deps", "test")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name, said", [("no-such-kernel", "no-such-kernel"), ("-x", "-x")])
def test_conformance_refuses_bad_names(tmp_path, name, said):
    """One line says what is wrong, and the status is that of failed machinery."""
    done = _run("ci/conformance", name, RUNS=str(tmp_path / "runs"), REPORT=str(tmp_path / "report"))
    assert done.returncode == 2
    assert sum(said in line for line in done.stderr.splitlines()) == 1


@pytest.mark.parametrize("launcher, said", [
    ("nosuch", "no launcher 'nosuch'; there is bwrap, crun, redwrap, unshare"), ("", None), (".*", "'.*'"),
    ("redwrap:/nowhere/redwrap", "'/nowhere/redwrap' is no program"), ("bwrap:/etc", "'/etc' is no program"),
    ("bwrap:", "'' is no program"),
])
def test_conformance_refuses_launchers_that_there_are_not(tmp_path, launcher, said):
    """The control is no launcher at all, which is redwrap: then it is the kernel that is refused."""
    done = _run("ci/conformance", "no-such-kernel", RUNS=str(tmp_path / "runs"),
                REPORT=str(tmp_path / "report"), LAUNCHER=launcher)
    assert done.returncode == 2
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("conformance: "))
    assert (said or "no-such-kernel") in line
    assert (tmp_path / "report" / "status").read_text(encoding="utf-8") == "2\n"


@pytest.mark.parametrize("arguments, kernel, said", [
    (["redwrap", "nosuch"], "debian-6.12", "no launcher 'nosuch'"),
    (["-x"], "debian-6.12", "no launcher '-x'"),
    (["redwrap"], "no-such-kernel", "no kernel 'no-such-kernel'"),
])
def test_scoreboard_refuses_bad_names(tmp_path, arguments, kernel, said):
    done = _run("ci/scoreboard", *arguments, KERNEL=kernel, SCOREBOARD=str(tmp_path / "board"))
    assert done.returncode == 2 and f"scoreboard: {said}" in done.stderr
    assert (tmp_path / "board" / "status").read_text(encoding="utf-8") == "2\n"
    assert not (tmp_path / "board" / "runs").exists()


@pytest.mark.parametrize("name", ["no-such-kernel", "-x"])
def test_oracle_refuses_bad_names(tmp_path, name):
    done = _run("ci/oracle", name, RUNS=str(tmp_path / "runs"))
    assert done.returncode == 2 and name in done.stderr.splitlines()[0]
    assert not (tmp_path / "runs").exists()


def test_conformance_keeps_the_status(tmp_path):
    image = tmp_path / "no-image"
    image.write_bytes(b"nothing like a kernel")
    done = _run("ci/conformance", RUNS=str(tmp_path / "runs"), REPORT=str(tmp_path / "report"),
                KERNEL_IMAGE=str(image))
    assert done.returncode == 2 and str(image) in done.stderr
    assert (tmp_path / "report" / "status").read_text(encoding="utf-8") == "2\n"


LANES = """
left:; @echo from the left >{fifo}; echo left is done
right:; @cat {fifo}
broken:; @echo about to break; exit 3
signals:; @grep SigIgn /proc/self/status
"""


@pytest.fixture(name="lanes")
def lanes_of_targets(tmp_path):
    """A function that makes targets at the same time."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "Makefile").write_text(LANES.format(fifo=fifo), encoding="utf-8")
    return lambda *targets: _run("ci/lanes", *targets, MAKE=f"make -f {tmp_path}/Makefile")


def test_lanes_run_at_the_same_time_and_are_told_apart(lanes):
    """One waits for the other, which neither could one after the other."""
    done = lanes("left", "right")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.splitlines()) == {"left: left is done", "right: from the left"}


def test_a_lane_that_fails_is_named_and_the_others_go_on(lanes):
    done = lanes("broken", "left", "right")
    assert done.returncode == 2 and "could not make broken;" in done.stderr
    assert {"broken: about to break", "right: from the left"} <= set(done.stdout.splitlines())


def test_a_lane_ignores_no_signal_of_the_terminal(lanes):
    """What a shell starts in the background ignores SIGINT and SIGQUIT, and tests of signals with it."""
    done = lanes("signals")
    ignored = int(done.stdout.split()[-1], 16)
    assert done.returncode == 0 and not ignored & (1 << SIGINT - 1 | 1 << SIGQUIT - 1)
