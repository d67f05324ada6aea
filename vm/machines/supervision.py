# SPDX-License-Identifier: Apache-2.0
"""Watching a running guest until its exit record, its death or a limit.

The control channel's reports are those of vm/guest/init.c.
"""
import re
import selectors
import time
from dataclasses import dataclass, field

TIMEOUT_SECONDS = 900
SILENCE_SECONDS = 120
PANIC = re.compile(r"Kernel panic - not syncing.*|Attempted to kill init.*")
CONSOLE_LINES = 20


@dataclass
class Limits:
    """Seconds. total: None for no limit. silence: without a sign of life on any port."""

    total: float = TIMEOUT_SECONDS
    silence: float = SILENCE_SECONDS


@dataclass
class Result:
    """How a guest ended; the field names are those of run.json."""

    outcome: str = None
    status: int = None
    seconds: float = None
    error: str = None
    release: str = None
    boot_seconds: float = None
    output_bytes: int = 0


@dataclass
class Watch:
    """Reads the ports of one guest.

    ports: {name: socket}. sinks: {name: callable(bytes)} for what comes out of
    "console", "out" and "err". limits: Limits.
    """

    ports: dict
    sinks: dict
    limits: Limits
    result: Result = field(default_factory=Result)
    console: bytearray = field(default_factory=bytearray)

    def __post_init__(self):
        self.received = {name: 0 for name in self.ports}
        self.expected = None
        self.pending = b""

    def until_end(self):
        """Return the Result. The caller stops QEMU, whatever it says."""
        started = heard = time.monotonic()
        self.started = started
        with selectors.DefaultSelector() as selector:
            for name, port in self.ports.items():
                selector.register(port, selectors.EVENT_READ, name)
            while selector.get_map() and not self._complete():
                limit = self._nearest_limit(started, heard)
                events = selector.select(max(0.0, limit[0] - time.monotonic()))
                if not events:
                    self._end(limit[1], limit[2])
                    break
                for key, _ in events:
                    self._receive(selector, key)
                # Taken after the sinks, which may have had to wait for a slow reader.
                heard = time.monotonic()
        self.result.seconds = round(time.monotonic() - started, 3)
        if self.result.outcome is None:
            self._explain_death()
        return self.result

    def _nearest_limit(self, started, heard):
        """Return (moment, outcome, error) of the limit that is reached first."""
        silence = self.limits.silence
        where = "before its process 1 ran" if self.result.release is None else "while the command ran"
        limits = [(heard + silence, "silent", f"gave no sign of life for {silence:g} s {where}; "
                   "--silence allows more")]
        if self.limits.total is not None:
            limits.append((started + self.limits.total, "timeout",
                           f"did not end within {self.limits.total:g} s; --timeout allows more"))
        return min(limits)

    def _receive(self, selector, key):
        try:
            data = key.fileobj.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        if not data:
            selector.unregister(key.fileobj)
            return
        self.received[key.data] += len(data)
        if key.data == "control":
            self._control(data)
            return
        if key.data == "console":
            self.console += data
        self.sinks[key.data](data)

    def _control(self, data):
        *lines, self.pending = (self.pending + data).split(b"\n")
        for line in lines:
            word, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            handler = {"init": self._on_init, "start": self._on_start, "error": self._on_error,
                       "exit": self._on_exit}.get(word)
            if handler:
                handler(rest)

    def _on_init(self, release):
        self.result.release = release

    def _on_start(self, _):
        self.result.boot_seconds = round(time.monotonic() - self.started, 3)

    def _on_error(self, text):
        self._end("failed", f"could not do its work: {text}")

    def _on_exit(self, numbers):
        match = re.fullmatch(r"(\d{1,3}) (\d{1,18}) (\d{1,18}) (\d{1,18})", numbers)
        if not match:
            self._end("failed", f"sent an exit record that makes no sense: {numbers!r}")
            return
        status, out, err, output = (int(number) for number in match.groups())
        self.result.status = status
        self.result.output_bytes = output
        self.expected = {"out": out, "err": err}

    def _complete(self):
        """Is everything there that the exit record announces, or has the guest given up?"""
        if self.expected is not None and self.result.outcome is None and all(
                self.received.get(name, 0) >= size for name, size in self.expected.items()):
            self._end("exited", None)
        return self.result.outcome is not None

    def _end(self, outcome, error):
        self.result.outcome = outcome
        self.result.error = error
        if outcome != "exited":
            self.result.status = None

    def _explain_death(self):
        """QEMU has ended without (all that belongs to) an exit record."""
        panic = PANIC.search(self.console.decode("utf-8", "replace"))
        if panic:
            self._end("panic", f"panicked: {panic[0].strip()}")
        elif self.expected is not None:
            self._end("failed", "ended before all of the command's output had arrived")
        else:
            self._end("failed", "ended without an exit record")

    def last_lines(self):
        """Return the console's last lines, to be shown with an error."""
        return tail(self.console)


def tail(data):
    """Return the last lines (text) of what a console or program wrote (bytes)."""
    lines = data.decode("utf-8", "replace").replace("\r", "").splitlines()
    return [line for line in lines if line.strip()][-CONSOLE_LINES:]
