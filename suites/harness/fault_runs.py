# SPDX-License-Identifier: Apache-2.0
"""A launch in which each system call fails once, told by what its payload finds itself in."""
import errno
import os
import re
import subprocess
from collections import Counter
from pathlib import Path

from redwrap_runs import REDWRAP, ROOT, SANITIZED, run

FAULT = ROOT / "build/test/fault"
NOT_MET = 3
# The log level without warnings: they would be more than the one line of a refusal.
ERRORS_ONLY = 3
# They have no error to answer with, as redwrap calls them, or do not come back.
CANNOT_FAIL = {"exit", "exit_group", "rt_sigreturn", "execve", "getpid", "getppid", "getuid", "geteuid",
               "getgid", "getegid", "umask", "set_tid_address", "arch_prctl", "rt_sigprocmask",
               "rt_sigaction", "wait4"}
# A descriptor or a mapping is gone after these whatever they answer, close(2); the injector leaves it there.
NOT_MADE = {"close", "munmap"}
# The sanitizers' own; they end the program when one fails.
OF_SANITIZERS = {"brk", "madvise", "mmap", "mprotect", "mremap", "sigaltstack"} if SANITIZED else set()
ERRORS = (errno.EPERM, errno.ENOMEM, errno.EMFILE, errno.ENOSPC, errno.EIO)
# Few processes: it is run some thousand times, also in guests.
TELL = """\
umask; echo "$PWD" /proc/self/fd/*; export -p
cat /proc/sys/kernel/hostname /proc/net/if_inet6 /proc/self/status /proc/self/mountinfo
exec readlink /proc/self/ns/*
"""
STATUS_LINE = re.compile(r"(\w+):\t(.*)")
SHOWN = re.compile(r"Uid|Gid|Groups|Cap.*|NoNewPrivs|Seccomp.*|Sig(Blk|Ign)")
MOUNT_LINE = re.compile(r"\d+ \d+ \d+:\d+ (\S+ \S+ \S+) \S+ \S+ (\S+)")


def line_told(line, host):
    """One line of what the payload tells, None for one that differs from launch to launch.

    host: the namespaces of the host.
    """
    status, mount = STATUS_LINE.match(line), MOUNT_LINE.match(line)
    if mount:
        return mount.groups()
    if not status:
        return "host's" if line in host else line.split(":[")[0]
    if status[1] == "NSpid":
        return len(status[2].split())
    return line if SHOWN.fullmatch(status[1]) else None


def told(text):
    """What the payload tells, without what differs from one launch to the next."""
    host = {os.readlink(f"/proc/self/ns/{name}") for name in os.listdir("/proc/self/ns")}
    return [line_told(line, host) for line in text.splitlines()]


def mounts():
    """The mounts of the host."""
    return Path("/proc/self/mountinfo").read_text(encoding="utf-8")


def take_back(node, before):
    """Remove the directories that were made in a node; say whether there were any."""
    made = sorted(set(node.rglob("*")) - before, reverse=True)
    for path in made:
        path.rmdir()
    return bool(made)


def is_refusal(done, name):
    """Whether the start was refused as it must be.

    name: of the call that failed. Init gives up its privileges when the payload, which takes over what it
    keeps of them, has its own: the program may have begun, and is ended.
    """
    return done.returncode in (125, 126) and (not done.stdout or name == "capset") and \
        done.stderr.startswith("redwrap: ") and done.stderr.count("\n") == 1


def calls_of(listed, *command):
    """Run a command; return how it ended, and its calls that can fail: (process, number, name)."""
    listed.write_text("", encoding="ascii")
    done = run(*command)
    calls = [line.split() for line in listed.read_text(encoding="utf-8").splitlines()]
    return done, [(int(process), int(number), name) for process, number, name in calls
                  if name not in CANNOT_FAIL | NOT_MADE | OF_SANITIZERS]


def before_main(listed, *tracing):
    """How many calls of each name the sanitizers make before redwrap begins, and a little more."""
    _, calls = calls_of(listed, *tracing, REDWRAP, "--help") if SANITIZED else (None, ())
    return Counter(name for _, _, name in calls)


def faults_of(place, caller, command):
    """Run a command whole, and return how it ended and its faults: for each call that can fail
    (process, number, errno, name). place: a directory that the caller reaches; caller: words before it.
    """
    listed = place / "calls"
    listed.touch()
    listed.chmod(0o666)
    tracing = (*caller, FAULT, listed)
    begun, (whole, calls) = before_main(listed, *tracing), calls_of(listed, *tracing, *command)
    return whole, [(process, number, ERRORS[(process + number) % len(ERRORS)], name)
                   for process, number, name in calls if process or number > begun[name]]


def run_with(fault, caller, command):
    """Run a command with a fault; return how it ended, None when it hangs."""
    try:
        return run(*caller, FAULT, ":".join(map(str, fault)), *command)
    except subprocess.TimeoutExpired:
        return None


def assert_none(wrong):
    """Assert that no fault went wrong; wrong: how the command ended, by fault."""
    assert not wrong, "\n".join(f"{number}. {name} of process {process}, {errno.errorcode[code]}: {done}"
                                for (process, number, code, name), done in wrong.items())


def every_fault(node, place, caller, *also, names=None):
    """Start a node once for each system call of a launch, which then fails; it must be refused or got over.

    What is refused leaves no directory in the node that was made for it.
    place, caller: as for faults_of(); also: shell that tells more of the node;
    names: of the calls of redwrap and its builder to look at, None for every call of every process.
    """
    script = "\n".join((*also, TELL))
    command = [REDWRAP, f"--verbose={ERRORS_ONLY}", "-r", node, "--", "/bin/sh", "-ec", script]
    content = set(node.rglob("*"))
    whole, faults = faults_of(place, caller, command)
    assert whole.returncode == 0, whole.stderr
    take_back(node, content)
    before, wrong = mounts(), {}
    if names is not None:
        faults = [fault for fault in faults if fault[0] in (0, 1) and fault[3] in names]
    assert len(faults) > 20
    for fault in faults:
        done = run_with(fault, caller, command)
        made = take_back(node, content)
        if not done or not (is_refusal(done, fault[3]) and not made or done.returncode == NOT_MET or
                            told(done.stdout) == told(whole.stdout)):
            wrong[fault] = done
    assert_none(wrong)
    assert mounts() == before
