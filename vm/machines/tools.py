# SPDX-License-Identifier: Apache-2.0
"""Programs of the system: whether they are there, and running them so that nothing is left behind."""
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess

from .errors import MachineError

#: Debian packages of the programs that are not part of every system.
PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "debugfs": "e2fsprogs",
    "fallocate": "util-linux",
    "unshare": "util-linux",
    "depmod": "kmod",
    "ld": "binutils",
    "xz": "xz-utils",
    "apt-get": "apt",
    "apt-cache": "apt",
    "apt-config": "apt",
    "dpkg": "dpkg",
    "dpkg-deb": "dpkg",
}

#: Administrators' programs are not on every user's PATH.
PATH = os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin:/sbin"

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def find(program):
    """Return the path of a program; MachineError names the package that has it."""
    path = shutil.which(program, path=PATH)
    if path is None:
        package = PACKAGES.get(program, program)
        raise MachineError(f"cannot run {program}: it is not installed; install the Debian package {package}")
    return path


def die_with_parent():
    """In a new child: have the kernel end it should this process be killed (prctl(2))."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def stop(process, patience=10):
    """End a process, and its group if it leads one: politely, then by force.

    patience: seconds between the two.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def run(argv, attempt, advice, cwd=None, env=None, stdin=None):
    """Run a program to its end and return its standard output as text.

    attempt, advice: for the error's line ("cannot ATTEMPT: ...; ADVICE").
    Raises MachineError with the program's last line of error when it fails.
    """
    argv = [find(argv[0]), *argv[1:]]
    environment = {**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8", **(env or {})}
    process = subprocess.Popen(argv, cwd=cwd, env=environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                               start_new_session=True, preexec_fn=die_with_parent)
    try:
        out, err = process.communicate(stdin)
    finally:
        stop(process)
    if process.returncode != 0:
        raise MachineError(f"cannot {attempt}: {reason(err, process.returncode)}; {advice}")
    return out


def reason(text, status):
    """Pick the line of a program's errors that says why it failed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E:", "error", "Err:"))]
    for line in errors[:1] or lines[-1:]:
        return line
    return f"it ended with status {status} and said nothing"
