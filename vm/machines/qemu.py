# SPDX-License-Identifier: Apache-2.0
"""A running QEMU process that never outlives its `with` statement."""
import contextlib
import os
import subprocess
import termios

from . import tools


@contextlib.contextmanager
def running(argv, ports, files, work, terminal=False):
    """Start QEMU and stop it at the end.

    argv: of hardware.command_line. ports: hardware.Ports; closed at the end.
    files: open files that argv names. work: directory for temporary files,
    QEMU's own included. terminal: QEMU talks to our terminal and may set it.
    Yields the path of QEMU's error output.
    """
    errors = work / "qemu.err"
    descriptors = [end.fileno() for end in ports.theirs.values()] + [file.fileno() for file in files]
    settings = termios.tcgetattr(0) if terminal else None
    with open(errors, "wb") as err, contextlib.closing(ports):
        process = subprocess.Popen(
            argv, stdin=None if terminal else subprocess.DEVNULL,
            stdout=None if terminal else err, stderr=err,
            pass_fds=descriptors, env={**os.environ, "TMPDIR": str(work)},
            process_group=None if terminal else 0, preexec_fn=tools.die_with_parent)
        try:
            ports.close_theirs()
            yield errors
        finally:
            tools.stop(process, patience=3)
            if settings:
                termios.tcsetattr(0, termios.TCSADRAIN, settings)
