# SPDX-License-Identifier: Apache-2.0
"""What there is to see of a launch: whether it did the job, its memory, its system calls."""
import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from . import job

# How long a launch may take before it counts as hanging, in seconds.
LIMIT = 20
NAMESPACES = ("user", "cgroup", "net", "pid", "ipc", "time", "uts", "mnt")
FILE_SYSTEMS = {"/": "tmpfs", "/proc": "proc", "/dev": "tmpfs", "/tmp": "tmpfs"}


class LaunchError(Exception):
    """A launcher does not do what it is to do."""


def descendants(pid):
    """Return the processes below a process, as /proc/PID/task/PID/children has them (proc(5))."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
    return [found for child in children for found in (child, *descendants(child))]


def _is_program(pid, program):
    try:
        return Path(f"/proc/{pid}/exe").samefile(program)
    except OSError:
        return False


def _sleeps(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "S"
    except OSError:
        return False


def _settled(pid, program):
    """Return the processes from `pid` on and the one of them that runs `program`, when all of them wait."""
    everyone = [str(pid), *descendants(pid)]
    payload = next((each for each in everyone if _is_program(each, program)), None)
    return (everyone, payload) if payload and all(map(_sleeps, everyone)) else None


@contextmanager
def waiting(argv, program):
    """Start a launcher and yield its own processes and the payload, which waits; numbers as text.

    `program` is the file that the payload runs.
    """
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        try:
            found, end = None, time.monotonic() + LIMIT
            while not found:
                if process.poll() is not None or time.monotonic() > end:
                    raise LaunchError(f"{argv[0]} does not start the program")
                time.sleep(0.01)
                found = _settled(process.pid, program)
            everyone, payload = found
            yield [pid for pid in everyone if pid != payload], payload
            process.stdin.close()
            if process.wait(LIMIT) != 0:
                raise LaunchError(f"{argv[0]} ended with status {process.returncode}")
        finally:
            process.kill()


def memory(processes):
    """Return the memory of these processes in KiB, their part of what is shared (PSS, proc(5))."""
    total = 0
    for pid in processes:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        total += int(re.search(r"^Pss:\s+(\d+) kB$", rollup, re.MULTILINE)[1])
    return total


def parse_mounts(text):
    """Return a dict of mount point to (type, options) of the text of a mountinfo (proc(5))."""
    found = {}
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        found[fields[4]] = (after.split()[0], fields[5].split(","))
    return found


def missing_mounts(mounts):
    """Return what the root of a node lacks of the job; `mounts` as of parse_mounts."""
    lacks = {f"{kind} at {point}" for point, kind in FILE_SYSTEMS.items()
             if point not in mounts or mounts[point][0] != kind}
    return lacks | {f"read-only {point}" for point in job.BINDS
                    if point not in mounts or "ro" not in mounts[point][1]}


def missing_limits(status):
    """Return what the text of a /proc/PID/status lacks of the job."""
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    lacks = {f"empty {name}" for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
             if int(fields[name], 16)}
    if fields["NoNewPrivs"] != "1":
        lacks.add("no_new_privs")
    if fields["NSpid"].split()[-1] == "1":
        lacks.add("init")
    return lacks


def missing(payload):
    """Return what the payload's surroundings lack of the job, as a set of texts."""
    proc = Path(f"/proc/{payload}")
    lacks = {f"namespace {name}" for name in NAMESPACES
             if (proc / "ns" / name).readlink() == Path(f"/proc/self/ns/{name}").readlink()}
    lacks |= missing_mounts(parse_mounts((proc / "mountinfo").read_text(encoding="utf-8")))
    lacks |= missing_limits((proc / "status").read_text(encoding="utf-8"))
    if not (proc / "root/dev/null").is_char_device():
        lacks.add("/dev/null")
    if "127.0.0.1" not in (proc / "net/fib_trie").read_text(encoding="ascii"):
        lacks.add("loopback")
    return lacks


def parse_calls(trace, program):
    """Count the calls in the text of `strace -f -o`: those of the payload after its execve are not ours."""
    count, ours = 0, set()
    for line in trace.splitlines():
        pid, call = line.split(maxsplit=1)
        if pid in ours or call.startswith(("<...", "+++", "---")):
            continue
        count += 1
        if call.startswith(f'execve("{program}"'):
            ours.add(pid)
    return count


def system_calls(strace, argv, scratch):
    """Return how many system calls a launch makes, from its own execve to its end, all processes."""
    trace = scratch / "trace"
    done = subprocess.run([strace, "-f", "-qq", "-o", str(trace), *argv], stdin=subprocess.DEVNULL,
                          check=False, timeout=LIMIT)
    if done.returncode != 0:
        raise LaunchError(f"{argv[0]} ends with status {done.returncode} when it is traced")
    return parse_calls(trace.read_text(encoding="utf-8", errors="replace"), job.PROGRAM)
