# SPDX-License-Identifier: Apache-2.0
"""What the tests of redwrap share: nodes, callers, runs of the command, processes as /proc shows them.

It needs root: each test of a node runs as root and as an ordinary user.
"""
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The folder of the commands; others than the usual ones, which are sanitized, can be tested.
COMMANDS = ROOT / os.environ.get("REDPROOF_COMMANDS", "build/bin")
SANITIZED = COMMANDS != ROOT / "build/bin"
REDWRAP = COMMANDS / "redwrap"
NODES = ROOT / "fixtures/nodes"
USER = ("setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups")
CALLERS = {"root": (), "user": USER}
STATUS = "realpath: /srv/node\ntimestamp: 1700000000000\nstate: Enable\n"
SYSTEM = (NODES / "valid/system.yaml").read_text(encoding="utf-8")
MINIMAL = (NODES / "valid/minimal.yaml").read_text(encoding="utf-8")
# How long anything here may take before it counts as hanging.
LIMIT = 20


def write_node(directory, config=SYSTEM, status=STATUS):
    """Make `directory` a node; config and status are text or bytes. Returns the directory."""
    (directory / "etc").mkdir(parents=True, exist_ok=True)
    for path, content in ((directory / ".rednode.yaml", status), (directory / "etc/redpak.yaml", config)):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o644)
    return directory


@pytest.fixture(name="place")
def trusted_place():
    """A directory that every caller reaches and trusts.

    Not below pytest's own, which each other session of pytest closes to all but root when it begins.
    """
    place = Path(tempfile.mkdtemp(prefix="node-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture(name="node")
def system_node(place):
    """A node with /usr, /proc, /dev and /tmp."""
    return write_node(place / "node")


@pytest.fixture(name="caller", params=CALLERS)
def each_caller(request):
    """The words before the command that make it root's or an ordinary user's."""
    return CALLERS[request.param]


def run(*argv, **options):
    """Run a command to its end and return it with its outputs as text."""
    options = {"timeout": LIMIT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, check=False, text=True,
                          **options)


def shell(node, script, caller=(), **options):
    """Run a shell script in a node."""
    return run(*caller, REDWRAP, "--redpath", node, "--", "/bin/sh", "-c", script, **options)


def hold_to_limits():
    """In a child that is about to be redwrap: 100 ms of its CPU time, then SIGPROF ends it; 16 MB."""
    resource.setrlimit(resource.RLIMIT_AS, (16 << 20, 16 << 20))
    signal.setitimer(signal.ITIMER_PROF, 0.1)


# Options of a run of redwrap within the limits; sanitizers take more time, and reserve memory.
LIMITED = {"preexec_fn": hold_to_limits} if not SANITIZED else {}


@contextmanager
def started(*argv, **options):
    """A process of this command; it is killed at the end, or when it hangs."""
    with subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True, **options) as process:
        watch = threading.Timer(LIMIT, process.kill)
        watch.start()
        try:
            yield process
        finally:
            watch.cancel()
            process.kill()


def state_and_parent(pid):
    """Return the state of a process, a letter of proc(5), and its parent; (None, None) when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None, None
    state, parent = stat.rpartition(")")[2].split()[:2]
    return state, int(parent)


def runs(pid):
    """Whether a process has not ended yet; who reaps an orphan is the machine's matter."""
    return state_and_parent(pid)[0] not in (None, "Z", "X")


def pid_namespace(pid):
    """Return what identifies the PID namespace of a process; None when it has ended or is not to be seen."""
    try:
        return os.readlink(f"/proc/{pid}/ns/pid") if runs(pid) else None
    except OSError:
        return None


def members(namespace):
    """Return the processes of a PID namespace."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and pid_namespace(name) == namespace]


def children(pid):
    """Return the processes whose parent is `pid`."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and state_and_parent(name)[1] == pid]


def init_of(redwrap):
    """Return the init of a node; who builds it has ended when the payload begins."""
    wait_until(lambda: len(children(redwrap)) == 1)
    return children(redwrap)[0]


def wait_until(condition):
    """Wait for a condition; fails when it does not come about."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


def assert_error(done, status, *words):
    """Assert that a run ended with this status and one line that holds these words."""
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert done.stderr.startswith("redwrap: ") and done.stderr.endswith("\n"), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.rstrip("\n").isprintable(), done.stderr
    for word in words:
        assert str(word) in done.stderr
