# SPDX-License-Identifier: Apache-2.0
"""A node that is running: its payload is watched, held, released, and collected."""

import json
import os
import selectors
import subprocess
import time

from . import process

# A run that is not over by then hangs. No check's verdict depends on the value.
LIMIT_SECONDS = 60
POLL_SECONDS = 0.005
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/", "USER": "redproof"}


class RunError(Exception):
    """A run did not go as the check needs; the message is one line."""


class RunRefused(RunError):
    """The launcher said that it could not set the node up as configured."""


class RunCut(RunError):
    """A run hung and was killed."""


class CheckCut(BaseException):
    """A check hung and was cut: no check is to catch that. The message is one line."""


class Running:
    """A started launcher and the node below it.

    The payload's standard input stays open until `finish`, so that one which waits for its end is held
    alive as long as the check wants; with hold=False it is at its end from the start.
    """

    def __init__(self, command, payload, caller, launcher=None, hold=True, limit=LIMIT_SECONDS):
        """Start `command`, an argument list in which the launcher runs `payload`, as `caller`.

        launcher: the Launcher, None without one; limit: seconds after which it is cut. Raises OSError when
        it cannot be started.
        """
        self.command = list(command)
        self.payload = list(payload)
        self.launcher = launcher
        self.limit = limit
        self.deadline = time.monotonic() + limit
        self.output = {"stdout": b"", "stderr": b""}
        self._read = 0
        self._pid = None
        self.outside = None
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE if hold else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd="/", start_new_session=True,
            **{"env": ENVIRONMENT, **caller.options()})
        self._streams = selectors.DefaultSelector()
        for name in self.output:
            stream = getattr(self.process, name)
            os.set_blocking(stream.fileno(), False)
            self._streams.register(stream, selectors.EVENT_READ, name)

    @property
    def pid(self):
        """Process id of the payload on the host. Waits for its exec; raises RunError when it never runs."""
        while self._pid is None:
            ended = self.process.poll() is not None
            self._pid = next((pid for pid in [self.process.pid, *process.descendants(self.process.pid)]
                              if process.command_line(pid) == self.payload), None)
            if self._pid is None:
                if ended:
                    raise self._failure("the launcher ended and its payload was never seen")
                self._pump(POLL_SECONDS)
        return self._pid

    def observe(self):
        """Wait for the next line of the payload's standard output and return the JSON value it holds."""
        while b"\n" not in self.output["stdout"][self._read:]:
            if not self._pump():
                raise self._failure("the node ended before the observation was printed")
        line, _, _ = self.output["stdout"][self._read:].partition(b"\n")
        self._read += len(line) + 1
        try:
            return json.loads(line)
        except ValueError as error:
            raise RunError(f"the payload printed {line[:80]!r}, which is no JSON") from error

    def send(self, line):
        """Write a line to the payload's standard input. Raises RunError when the payload has ended."""
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise self._failure("the payload does not read its input any more") from error

    def release(self):
        """End the payload's standard input. May be called more than once."""
        if self.process.stdin:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass

    def finish(self):
        """Release the payload and wait for launcher and output to end. Raises RunCut when they do not."""
        self.release()
        while self._pump():
            continue
        try:
            self.process.wait(max(0, self.deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._cut()

    def kill(self):
        """Kill what is left of launcher and node. May be called more than once."""
        if self.process.poll() is None:
            process.kill_tree(self.process.pid)
            self.process.wait()
        self.release()
        self._streams.close()
        self.process.stdout.close()
        self.process.stderr.close()

    @property
    def status(self):
        """Exit status as a shell gives it (128+N for signal N); None while it runs."""
        code = self.process.returncode
        return code if code is None or code >= 0 else 128 - code

    def text(self, name):
        """Return what came on "stdout" or "stderr" so far, bytes that are no UTF-8 replaced."""
        return self.output[name].decode("utf-8", "replace")

    def _pump(self, seconds=None):
        """Take what the streams have, waiting up to `seconds` or the deadline. Returns False at their end."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            self._cut()
        if not self._streams.get_map():
            time.sleep(seconds or 0)
            return False
        for key, _ in self._streams.select(left if seconds is None else min(seconds, left)):
            content = os.read(key.fd, 65536)
            self.output[key.data] += content
            if not content:
                self._streams.unregister(key.fileobj)
        return True

    def _cut(self):
        self.kill()
        raise RunCut(f"the run did not end within {self.limit} s and was cut")

    def _failure(self, what):
        # A launcher that is about to end shall have said why.
        self.finish()
        said = " ".join(self.text("stderr").split())[-300:] or "nothing"
        refused = self.launcher and self.launcher.refuses(self.command, self.status, self.text("stderr"))
        kind = RunRefused if refused else RunError
        return kind(f"{what}: status {self.status}, it said {said}")
