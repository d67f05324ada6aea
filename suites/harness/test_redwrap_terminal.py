# SPDX-License-Identifier: Apache-2.0
"""redwrap on a terminal: job control, window size, sessions (rednode.md 5). bash is the outer shell."""
import fcntl
import os
import pty
import re
import select
import shlex
import signal
import struct
import termios
from contextlib import contextmanager

import pytest

from redwrap_runs import (LIMIT, REDWRAP, SYSTEM, children, each_caller, init_of, members, pid_namespace,
                          system_node, trusted_place, wait_until, write_node)

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, system_node, trusted_place)

# What is typed is shown too: texts to wait for are written with '' in them.
INTERRUPT, SUSPEND = "\x03", "\x1a"
# What shells print before they read.
OUTER, INNER = "OUTER-READY> ", "INNER-READY> "
BASH = "bash --norc --noprofile --noediting -i"


class Terminal:
    """The other end of a terminal on which a shell runs."""

    def __init__(self, fd, pid):
        self.fd, self.pid, self.text = fd, pid, ""

    def type(self, text):
        """Type a text; a line ends with a return."""
        os.write(self.fd, text.encode())

    def line(self, text):
        """Type a line."""
        self.type(text + "\r")

    def expect(self, pattern):
        """Wait for a pattern; returns its match, and forgets what came up to its end."""
        while not (found := re.search(pattern, self.text)):
            ready, _, _ = select.select([self.fd], [], [], LIMIT)
            assert ready, f"{pattern!r} did not come, but {self.text!r}"
            try:
                self.text += os.read(self.fd, 4096).decode(errors="replace").replace("\r", "")
            except OSError as error:
                raise AssertionError(f"{pattern!r} did not come before the end: {self.text!r}") from error
        self.text = self.text[found.end():]
        return found

    def resize(self, rows, columns):
        """Change the size of the window."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@contextmanager
def terminal(*argv):
    """A terminal with this command as the leader of its session."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(PS1=OUTER, HISTFILE="")
        os.execvp(argv[0], argv)
    running = Terminal(fd, pid)
    try:
        running.resize(24, 80)
        yield running
    finally:
        os.kill(pid, signal.SIGKILL)
        os.close(fd)
        os.waitpid(pid, 0)


@contextmanager
def outer_shell():
    """A terminal with an interactive shell that is ready."""
    with terminal(*BASH.split()) as running:
        running.expect(OUTER)
        yield running


@pytest.fixture(name="command")
def the_command(node, caller):
    """A function: the line that runs a program in the node, as the caller."""
    def line(*program):
        return shlex.join(map(str, [*caller, REDWRAP, "-r", node, "--", *program]))
    return line


def configure(node, line):
    """Add a line to the section config of the node."""
    write_node(node, SYSTEM + f"  {line}\n")


def namespace_of_node(outer):
    """Return the PID namespace of the node whose redwrap the shell started."""
    redwrap, = children(outer.pid)
    init = init_of(redwrap)
    assert pid_namespace(init) != pid_namespace("self")
    return pid_namespace(init)


def states(namespace):
    """Return the states of the processes of a PID namespace, but those of its init."""
    found = []
    for pid in members(namespace):
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            fields = dict(line.split(":\t", 1) for line in status.read().splitlines() if ":\t" in line)
        if fields["NSpid"].split()[-1] != "1":
            found.append(fields["State"][0])
    return found


def start(outer, command, script, trap=":"):
    """Run a script in the node and wait until it runs. Its loops should not fork: a shell that has
    called vfork(2) does not stop, in a node or not."""
    outer.line(command("/bin/bash", "-c", f"{trap}; echo rea''dy; {script}"))
    outer.expect("ready")


# Jobs of the outer shell.

def test_the_job_stops_and_goes_on(command):
    """^Z stops redwrap as the shell sees it, and the payload; fg and bg continue both."""
    with outer_shell() as outer:
        start(outer, command, "while read word; do echo $word; done; echo clo''sed")
        namespace = namespace_of_node(outer)
        for word in ("one", "two"):
            outer.type(SUSPEND)
            outer.expect(r"Stopped")
            outer.expect(OUTER)
            wait_until(lambda: set(states(namespace)) == {"T"})
            outer.line("jobs")
            outer.expect(r"\[1\]\+ +Stopped")
            outer.expect(OUTER)
            outer.line("fg")
            outer.expect("redwrap -r.*\n")
            outer.line(word)
            outer.expect(f"{word}\n{word}\n")
        outer.type("\x04")
        outer.expect("closed")
        outer.expect(OUTER)
        outer.line("echo sta''tus $?")
        outer.expect("status 0\n")


def test_a_job_in_the_background_stops_when_it_reads(command):
    with outer_shell() as outer:
        outer.line(command("cat") + " &")
        outer.expect(OUTER)
        outer.line("wait %1; jobs")
        outer.expect(r"\[1\]\+ +Stopped")
        outer.expect(OUTER)
        outer.line("fg")
        outer.expect("redwrap -r.*\n")
        outer.line("word")
        outer.expect("word\nword\n")
        outer.type(INTERRUPT)
        outer.expect(OUTER)
        outer.line("echo sta''tus $?")
        outer.expect("status 130\n")


def test_a_payload_that_does_not_stop_is_not_stopped(command):
    with outer_shell() as outer:
        start(outer, command, "while read word; do echo $word$word; done", trap="trap 'echo refu''sed' TSTP")
        outer.type(SUSPEND)
        outer.line("ab")
        outer.expect("refused")
        outer.line("cd")
        outer.expect("cdcd")


@pytest.mark.parametrize("key, status", [(INTERRUPT, 130), ("\x1c", 131)])
def test_keys_end_the_payload(command, key, status):
    with outer_shell() as outer:
        start(outer, command, "exec cat")
        outer.line("ab")
        outer.expect("ab\nab\n")
        outer.type(key)
        outer.expect(OUTER)
        outer.line("echo sta''tus $?")
        outer.expect(f"status {status}\n")


def test_a_key_reaches_the_payload_once(command):
    """The terminal's signals are not forwarded: the payload has them already."""
    with outer_shell() as outer:
        start(outer, command, "while :; do read -t 1 word; echo $word$word; done",
              trap="trap 'echo ca''ught' INT")
        outer.type(INTERRUPT)
        outer.expect("caught")
        outer.line("ab")
        assert "caught" not in outer.expect("(.*)abab").group(1)
        assert "caught" not in outer.text


# A shell in the node.

@contextmanager
def inner_shell(outer, command):
    """An interactive shell in the node, ready."""
    outer.line(command(*BASH.split()))
    outer.expect(r"bash[^\n]*[$#] ")
    outer.line("PS1='INNER''-READY> '")
    outer.expect(INNER)
    yield
    outer.line("exit 7")
    outer.expect(OUTER)
    outer.line("echo sta''tus $?")
    outer.expect("status 7\n")


def test_a_shell_in_the_node_has_job_control(command):
    with outer_shell() as outer, inner_shell(outer, command):
        outer.line("bash -c 'trap \"echo o\"\"n\" CONT; echo rea''dy; while :; do read -t 0.01; done'")
        outer.expect("ready")
        outer.type(SUSPEND)
        outer.expect("Stopped")
        outer.expect(INNER)
        outer.line("cat &")
        outer.expect(r"\[2\] \d+")
        outer.line("wait %2; jobs")
        outer.expect(r"\[2\]\+ +Stopped")
        outer.line("fg %1")
        outer.expect("\non\n")
        outer.type(INTERRUPT)
        outer.expect(INNER)
        outer.line("echo sta''tus $?")
        outer.expect("status 130\n")
        outer.line("fg %2")
        outer.expect("cat\n")
        outer.type("\x04")
        outer.expect(INNER)


def test_a_shell_in_the_node_suspends_itself(command):
    """The foreground comes back to the shell's own group, which the outer shell does not know."""
    with outer_shell() as outer, inner_shell(outer, command):
        for _ in range(2):
            outer.line("suspend")
            outer.expect("Stopped")
            outer.expect(OUTER)
            outer.line("fg")
            outer.expect("redwrap -r.*\n")
            outer.expect(INNER)
        outer.line("sh -c 'echo rea''dy; while read word; do :; done; echo clo''sed'")
        outer.expect("ready\n")
        outer.type(SUSPEND)
        outer.expect("Stopped")
        outer.expect(INNER)
        outer.line("fg")
        outer.expect("sh -c .*\n")
        outer.type("\x04")
        outer.expect("closed\n")


def test_the_terminal_comes_back_to_a_script(command):
    """Its group would be a background one: no shell takes the foreground back for it."""
    script = f"{command(*BASH.split())}; echo sta''tus $?; read word; echo $word$word"
    with terminal("sh", "-c", script) as outer:
        outer.expect(r"bash[^\n]*[$#] ")
        outer.line("exit 7")
        outer.expect("status 7\n")
        outer.line("ab")
        outer.expect("abab\n")


# Window and session.

def test_a_payload_with_new_session_has_no_terminal_of_its_own(node, command):
    """With new-session Enabled it is in a session of its own, without a controlling terminal."""
    script = "set -- $(cat /proc/$$/stat); (: </dev/tty) 2>/dev/null && echo seen $6 || echo none $6"
    with outer_shell() as outer:
        for line, seen in (("new-session: Enabled", "none 2"), ("new-session: Disabled", "seen 0"),
                           ("new-session: Unset", "seen 0")):
            configure(node, line)
            outer.line(command("/bin/sh", "-c", script))
            outer.expect(f"{seen}\n")


@pytest.mark.parametrize("session", ["Enabled", "Disabled"])
def test_the_window_size_follows(node, command, session):
    configure(node, f"new-session: {session}")
    with outer_shell() as outer:
        start(outer, command, "while :; do sleep 0.01; done", trap="trap 'stty size' WINCH")
        outer.resize(33, 99)
        outer.expect("33 99\n")


@pytest.mark.parametrize("session", ["Enabled", "Disabled"])
def test_keys_and_hangup_end_a_session_of_its_own(node, command, session):
    """redwrap forwards what the terminal does not send there."""
    configure(node, f"new-session: {session}")
    with outer_shell() as outer:
        start(outer, command, "exec sleep 30")
        outer.type(INTERRUPT)
        outer.expect(OUTER)
        outer.line("echo sta''tus $?")
        outer.expect("status 130\n")
        start(outer, command, "exec sleep 30")
        namespace = namespace_of_node(outer)
        os.kill(outer.pid, signal.SIGHUP)
        wait_until(lambda: not members(namespace))


def test_hangup_of_a_stopped_job_ends_it(command):
    """The kernel sends it when the shell that could continue the job ends, setpgid(2)."""
    with outer_shell() as outer:
        start(outer, command, "exec sleep 30")
        namespace = namespace_of_node(outer)
        outer.type(SUSPEND)
        outer.expect("Stopped")
        outer.expect(OUTER)
        wait_until(lambda: states(namespace) == ["T"])
        os.kill(outer.pid, signal.SIGKILL)
        wait_until(lambda: not members(namespace))


def test_a_stop_that_is_typed_before_the_program_begins_does_not_hold_the_terminal(command, place):
    """The payload waits for the last word, strace(1) holds it back: the job stops, or goes on to its end."""
    trace = place / "trace"
    trace.touch(mode=0o666)
    trace.chmod(0o666)
    held = f"strace -DDD -f -o {trace} -e trace=sendto -e inject=sendto:delay_enter=500000 "
    with outer_shell() as outer:
        outer.line(held + command("/bin/true") + "; echo back''-at-$?; fg; echo it''-ended")
        wait_until(lambda: trace.read_text(encoding="utf-8").count("sendto(") == 2)
        outer.type(SUSPEND)
        outer.expect("back-at-[0-9]+")
        outer.expect("it-ended")
