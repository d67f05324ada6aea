# SPDX-License-Identifier: Apache-2.0
"""redwrap and the processes of a node: signals, orphans, the end; and that launches leave nothing behind."""
import os
import shutil
import signal
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from redwrap_runs import (LIMIT, MINIMAL, REDWRAP, SYSTEM, children, each_caller, init_of, members,
                          pid_namespace, run, runs, shell, started, system_node, trusted_place, wait_until,
                          write_node)

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, system_node, trusted_place)

# Before a script that signals process 1 or all: only where these are the node's.
IN_OWN_NAMESPACE = '[ "$$ $PPID" = "2 1" ] || exit 99; '


@contextmanager
def running_node(node, caller, script):
    """A started node that printed a line; yields (redwrap's process, its PID namespace as /proc says)."""
    with started(*caller, REDWRAP, "-r", node, "--", "/bin/sh", "-c", script) as process:
        assert process.stdout.readline() == "ready\n"
        init = init_of(process.pid)
        namespace = pid_namespace(init)
        assert namespace != pid_namespace("self")
        yield process, namespace
    wait_until(lambda: not members(namespace))


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "USR1", "USR2", "WINCH", "CONT", "RTMIN"])
def test_a_signal_to_redwrap_reaches_the_payload(node, caller, name):
    script = f"trap 'echo got; exit 9' {name}; echo ready; while :; do sleep 0.01; done"
    if name == "RTMIN":  # dash knows it by its number only
        script = script.replace("RTMIN", str(int(signal.SIGRTMIN)))
    with running_node(node, caller, script) as (process, _):
        process.send_signal(signal.Signals[f"SIG{name}"])
        assert process.stdout.read() == "got\n"
        assert process.wait(LIMIT) == 9


def test_f15_sigterm_ends_a_payload_that_does_not_take_it(node, caller):
    with running_node(node, caller, "echo ready; exec sleep 30") as (process, _):
        process.terminate()
        assert process.wait(LIMIT) == 128 + signal.SIGTERM


def test_a_signal_within_the_node_is_not_forwarded(node, caller):
    """Init takes none from the processes of the node."""
    done = shell(node, IN_OWN_NAMESPACE + "trap 'echo got' TERM; kill -TERM 1; sleep 0.2; echo end", caller)
    assert (done.returncode, done.stdout) == (0, "end\n")


def test_whoever_helped_to_build_the_node_has_ended_when_the_payload_begins(node, caller, place):
    """Although their ends take long; control: they are among the processes that strace(1) sees."""
    trace = place / "trace"
    slow = ("-e", "trace=process", "-e", "inject=exit_group:delay_enter=200000")
    done = run("strace", "-f", "-o", trace, *slow, *caller, REDWRAP, "-r", node, "--", "/bin/true")
    assert done.returncode == 0, done.stderr
    before = trace.read_text(encoding="utf-8").partition('execve("/bin/true"')[0].splitlines()
    seen = {line.split()[0] for line in before}
    ended = {line.split()[0] for line in before if "+++ exited" in line}
    assert ended and len(seen - ended) == 3


def test_kill_of_redwrap_leaves_no_process(node, caller):
    script = "sleep 30 & (setsid sleep 30 &) ; echo ready; wait"
    with running_node(node, caller, script) as (process, namespace):
        assert len(members(namespace)) >= 4
        process.kill()
        process.wait(LIMIT)
        wait_until(lambda: not members(namespace))


def test_the_payload_cannot_end_init(node, caller):
    done = shell(node, IN_OWN_NAMESPACE + "kill -KILL 1; kill -STOP 1; kill -SEGV 1; echo alive", caller)
    assert (done.returncode, done.stdout) == (0, "alive\n")


def test_orphans_are_reaped(node, caller):
    """A zombie that nobody waits for would still be listed, as one that runs is."""
    def listed(orphan):
        script = f"(sh -c '{orphan}' &) ; sleep 0.1; for f in /proc/[0-9]*; do echo ${{f#/proc/}}; done"
        return shell(node, f"{IN_OWN_NAMESPACE} {script}; kill -KILL -1", caller).stdout.split()

    assert listed("exit 3") == ["1", "2"]
    assert len(listed("sleep 30; true")) > 2


def test_redwrap_ends_with_the_last_process_and_the_payloads_status(node, caller, place):
    fifo = place / "fifo"
    os.mkfifo(fifo, 0o666)
    fifo.chmod(0o666)
    write_node(node, SYSTEM.replace("config:", f"- {{mode: Public, mount: /fifo, path: {fifo}}}\nconfig:"))
    script = "(cat /fifo >/dev/null &) ; echo ready; exit 7"
    with running_node(node, caller, script) as (process, namespace):
        wait_until(lambda: len(members(namespace)) == 2)
        assert process.poll() is None
        process.terminate()  # the payload has gone: nobody gets it
        with fifo.open("w", encoding="ascii"):
            pass
        assert process.wait(LIMIT) == 7


@pytest.mark.parametrize("name", ["CHLD", "PIPE", "TERM"])
def test_a_signal_that_the_caller_ignores_does_not_matter(node, caller, name):
    ignore = ("bash", "-c", f'trap "" {name}; exec "$@"', "bash")
    done = shell(node, "exit 7", (*ignore, *caller))
    assert (done.returncode, done.stderr) == (7, "")


def test_cve_2016_9962_a_payload_with_all_capabilities_cannot_enter_the_host_through_init(place, caller):
    """CVE-2016-9962: it tries as soon as it can; in its own process it may."""
    config = MINIMAL + "- {mode: Procfs, mount: /proc}\nconfig: {capabilities: [{cap: ALL, add: 1}]}\n"
    node = write_node(place, config)
    ways = [f"fd/{number}/." for number in range(10)] + ["cwd/.", "root/."]
    for _ in range(30):
        done = run(*caller, REDWRAP, "-r", node, "--", "/bin/ls", "-d", *(f"/proc/1/{way}" for way in ways))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("Permission denied") >= 2
    control = run(*caller, REDWRAP, "-r", node, "--", "/bin/ls", "-d", *(f"/proc/self/{way}" for way in ways))
    assert control.stdout.split() == ["/proc/self/cwd/.", "/proc/self/root/."]


# Nothing is left.

def test_the_mounts_of_the_host_are_unchanged(node, caller):
    before = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    inside = shell(node, "cat /proc/self/mountinfo", caller).stdout
    assert inside and inside != before
    shell(node, "kill -KILL $$", caller)
    run(*caller, REDWRAP, "-r", node, "--", "/none")
    assert Path("/proc/self/mountinfo").read_text(encoding="utf-8") == before


def test_hundreds_of_launches_leave_nothing(node, place, caller):
    """Neither process nor file nor descriptor, whether they run or fail."""
    def left():
        files = sorted(str(path) for path in place.rglob("*"))
        return {name for name in os.listdir("/proc") if name.isdigit() and redwraps(name)}, files

    def redwraps(name):
        try:
            return os.path.samefile(f"/proc/{name}/exe", REDWRAP)
        except OSError:
            return False

    before = left()
    for _ in range(10):
        batch = [subprocess.Popen([*caller, str(REDWRAP), "-r", str(node), "--", program],
                                  stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                 for program in ["/bin/true"] * 8 + ["/none"] * 2]
        assert [process.wait(LIMIT) for process in batch] == [0] * 8 + [127] * 2
    assert left() == before


def test_two_starts_make_the_same_directory(place, caller):
    """A mount point below an export that both have, many levels down, made by whoever comes first."""
    shared = place / "shared"
    deep = "/s" + "/d" * 200
    config = MINIMAL + f"- {{mode: Public, mount: /s, path: {shared}}}\n- {{mode: Tmpfs, mount: {deep}}}\n"
    node = write_node(place / "node", config)
    for _ in range(10):
        shared.mkdir()
        shared.chmod(0o777)
        batch = [subprocess.Popen([*caller, str(REDWRAP), "-r", str(node), "--", "/bin/true"],
                                  stdin=subprocess.DEVNULL) for _ in range(4)]
        assert [process.wait(LIMIT) for process in batch] == [0] * 4
        shutil.rmtree(shared)


# The process that started redwrap.

@pytest.mark.parametrize("line, ends", [
    ("die-with-parent: Enabled", True), ("die-with-parent: Disabled", False),
    ("die-with-parent: Unset", False)])
def test_die_with_parent(node, caller, line, ends):
    """rednode.md 5 and 10: the node ends with the process that started redwrap, if it shall."""
    write_node(node, SYSTEM + f"  {line}\n")
    # The shell starts redwrap as a child of its own, after whose end it would go on.
    starter = ("sh", "-c", '"$@" & wait; :', "sh", *caller, REDWRAP, "-r", node, "--", "sh", "-c",
               "trap 'echo term; exit' TERM; echo ready; while :; do sleep 0.01; done")
    with started(*starter) as process:
        assert process.stdout.readline() == "ready\n"
        redwrap, = children(process.pid)
        try:
            init = init_of(redwrap)
            namespace = pid_namespace(init)
            process.kill()
            process.wait(LIMIT)
            if not ends:
                os.kill(redwrap, signal.SIGTERM)
            assert process.stdout.read() == ("" if ends else "term\n")
            wait_until(lambda: not members(namespace) and not runs(redwrap))
        finally:
            if runs(redwrap):
                os.kill(redwrap, signal.SIGKILL)


def test_a_parent_that_lives_on_without_the_thread_that_started_redwrap(node, caller):
    """die-with-parent is about the process; PR_SET_PDEATHSIG is about the thread."""
    write_node(node, SYSTEM + "  die-with-parent: Enabled\n")
    begun = []

    def begin():
        begun.append(subprocess.Popen([*map(str, caller), str(REDWRAP), "-r", str(node), "--", "sh", "-c",
                                       "echo ready; read word; echo $word"], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True))
        assert begun[0].stdout.readline() == "ready\n"

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    with begun[0] as process:
        assert process.communicate("lives\n", timeout=LIMIT)[0] == "lives\n"
        assert process.returncode == 0


def test_a_shared_pid_namespace_ends_the_payload_with_redwrap(node, caller):
    """Its descendants are a matter of the cgroup, of which there is none here."""
    write_node(node, SYSTEM + "  share_pid: Enabled\n")
    with started(*caller, REDWRAP, "-r", node, "--", "sh", "-c", "echo $$; exec sleep 30") as process:
        payload = int(process.stdout.readline())
        init = init_of(process.pid)
        assert children(init) == [payload]
        process.kill()
        process.wait(LIMIT)
        wait_until(lambda: not runs(payload) and not runs(init))


# The launcher's own program.

def test_cve_2019_5736_the_launcher_is_not_overwritten(place, node, caller):
    """CVE-2019-5736: neither through init nor by a payload that is the launcher itself; outside it can be."""
    redwrap = place / "redwrap"
    shutil.copy(REDWRAP, redwrap)
    os.chown(redwrap, *((1000, 1000) if caller else (0, 0)))
    before = redwrap.read_bytes()
    write_node(node, SYSTEM + "  capabilities: [{cap: ALL, add: 1}]\n")
    script = "for name in 1/exe self/exe; do (echo x >>/proc/$name) 2>/dev/null && echo wrote; done; :"
    done = run(*caller, redwrap, "-r", node, "--", "/bin/sh", "-c", script)
    assert (done.returncode, done.stdout) == (0, "")
    done = run(*caller, redwrap, "-r", node, "--", "/proc/self/exe", "--help")
    assert done.returncode == 0 and done.stdout.startswith("Usage: redwrap")
    assert redwrap.read_bytes() == before
    assert run(*caller, "sh", "-c", f"echo x >>{redwrap}").returncode == 0
    assert redwrap.read_bytes() == before + b"x\n"


def capabilities(pid):
    """Return the capability sets of a process: a dict of name to number."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return {line[:6]: int(line.split()[1], 16) for line in lines if line.startswith("Cap")}


def test_redwrap_of_root_uses_few_privileges_and_lets_nobody_trace_it(node):
    """Whoever lacks what is permitted to a process may not trace it, ptrace(2): a payload of a node that
    shares its namespaces must not reach the redwrap of another.
    """
    with running_node(node, (), "echo ready; sleep 100") as (process, _):
        own, of_redwrap = capabilities("self"), capabilities(process.pid)
        assert of_redwrap["CapPrm"] == own["CapPrm"]
        # CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL
        assert of_redwrap["CapEff"] == own["CapEff"] & 0b101010
        process.terminate()
