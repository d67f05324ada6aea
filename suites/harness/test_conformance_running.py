# SPDX-License-Identifier: Apache-2.0
"""Running a launcher: held and released, heard line by line, cut when it hangs."""

import os
import time
from types import SimpleNamespace

import pytest
from conformance_sample import WITNESS  # puts the framework on the path
from framework.process import descendants
from framework.running import RunCut, RunError, Running

# Whoever runs the tests.
MYSELF = SimpleNamespace(options=dict)
# A launcher whose payload is its child, as everybody's is.
LAUNCHER = ["/bin/sh", "-c", '"$@"; exit $?', "sh"]
HELD = [str(WITNESS), "--hold", "capability_sets"]


def start(payload, **options):
    return Running([*LAUNCHER, *payload], payload, MYSELF, **options)


@pytest.fixture
def held():
    running = start(HELD)
    yield running
    running.kill()


def test_the_payload_is_found_held_and_released(held):
    assert "capability_sets" in held.observe()
    assert held.pid != held.process.pid
    assert os.readlink(f"/proc/{held.pid}/exe") == os.path.realpath(WITNESS)
    assert held.status is None
    held.finish()
    assert held.status == 0
    assert not os.path.exists(f"/proc/{held.pid}")


def test_a_line_reaches_the_payload(held):
    held.observe()
    held.send("go on")
    while held.process.poll() is None:
        held.process.wait()
    assert held.status == 0
    with pytest.raises(RunError, match="does not read"):
        for _ in range(2):
            held.send("anybody there?")


def test_without_hold_the_input_is_at_its_end():
    running = start(HELD, hold=False)
    running.finish()
    assert running.status == 0 and "capability_sets" in running.text("stdout")
    running.kill()


def test_lines_come_one_by_one():
    running = start(["/bin/sh", "-c", "echo 1; read x; echo '{\"two\": 2}'; read x; echo three; read x"])
    assert running.observe() == 1
    running.send("")
    assert running.observe() == {"two": 2}
    running.send("")
    with pytest.raises(RunError, match="no JSON"):
        running.observe()
    running.finish()
    running.kill()


@pytest.mark.parametrize("wait_for", ["observe", "pid"])
def test_a_launcher_that_ends_early_is_quoted(wait_for):
    refusing = Running(["/bin/sh", "-c", "echo no such node >&2; exit 125"], HELD, MYSELF)
    with pytest.raises(RunError, match="status 125, it said no such node"):
        getattr(refusing, wait_for)() if wait_for == "observe" else refusing.pid
    refusing.kill()


@pytest.mark.parametrize("wait_for", ["observe", "finish"])
def test_a_hang_is_cut_with_everything_below(wait_for):
    hanging = start(["/bin/sh", "-c", "sleep infinity & sleep infinity"], limit=1)
    while len(descendants(hanging.process.pid)) < 3:
        hanging._pump(0.01)
    below = descendants(hanging.process.pid)
    with pytest.raises(RunCut):
        getattr(hanging, wait_for)()
    assert hanging.status == 128 + 9
    hanging.kill()
    # They were killed; when each is gone is the kernel's affair. One that was not is waited for in vain.
    while not all(map(_is_dead, below)):
        time.sleep(0.01)


def _is_dead(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_death_by_signal_is_no_success():
    running = Running(["/bin/sh", "-c", "kill -SEGV $$"], [], MYSELF)
    running.finish()
    assert running.status == 128 + 11
    running.kill()
