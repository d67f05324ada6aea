# SPDX-License-Identifier: Apache-2.0
"""Which descriptors redwrap, init and the payload hold (rednode.md 5 and 8; W3, CVE-2024-21626)."""
import os
from pathlib import Path

import pytest

from redwrap_runs import (REDWRAP, SYSTEM, assert_error, each_caller, init_of, run, started, system_node,
                          trusted_place, wait_until, write_node)

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, system_node, trusted_place)


def held(pid):
    """Return the open descriptors of a process: number to what it links to."""
    return {name: os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")}


def test_w3_descriptors_above_2_are_closed(node, caller):
    """rednode.md 5, W3. `ls` has one of its own, for the directory that it lists."""
    opened = ("bash", "-c", 'exec 3</dev/null 9</dev/null 100</dev/null; exec "$@"', "bash", *caller)
    control = run(*opened, "ls", "/proc/self/fd")
    inside = run(*opened, REDWRAP, "-r", node, "--", "ls", "/proc/self/fd")
    assert {"3", "9", "100"} < set(control.stdout.split())
    assert inside.stdout.split() == ["0", "1", "2", "3"]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_a_closed_standard_descriptor_becomes_no_way_to_the_host(node, place, caller, closed):
    """Descriptors of redwrap would take the number; init keeps the lowest three and its channel."""
    (place / "out").mkdir()
    (place / "out").chmod(0o777)
    write_node(node, SYSTEM.replace("config:", f"- {{mode: Public, mount: /o, path: {place}/out}}\nconfig:"))
    script = "readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 >/o/links; echo done >/o/done"
    with started("sh", "-c", f'exec "$@" {closed}', "sh", *caller, REDWRAP, "-r", node, "--", "/bin/sh", "-c",
                 script + "; sleep 30") as process:
        wait_until((place / "out/done").exists)
        init = init_of(process.pid)
        kept = held(init)
    assert [link.split(":")[0] for number, link in kept.items() if int(number) > 2] == ["socket"]
    assert kept["0"] == "/dev/null"
    assert all(kept[str(number)] == "/dev/null" for number, form in enumerate(("<&-", ">&-", "2>&-"))
               if form in closed.split())
    links = (place / "out/links").read_text(encoding="utf-8").split()
    assert links[0] == "/dev/null" and "/" not in links


@pytest.mark.parametrize("closed, command", [("<&-", "cat"), (">&-", "echo lost"), ("2>&-", "echo lost >&2")])
def test_f1_a_closed_standard_descriptor_fails_as_a_closed_one_does(node, caller, closed, command):
    """F1: the payload is not told that what is lost is written."""
    words = (*caller, REDWRAP, "-r", node, "--", "/bin/sh", "-c", command)
    done = run("sh", "-c", f'exec "$@" {closed}', "sh", *words)
    assert done.returncode not in (0, 125)
    assert run(*words).returncode == 0


def test_init_offers_no_way_to_the_host(node, caller):
    """Seen from outside, where everything shows."""
    with started(*caller, REDWRAP, "-r", node, "--", "/bin/sh", "-c", "echo ready; sleep 30",
                 cwd="/usr/share") as process:
        assert process.stdout.readline() == "ready\n"
        init = init_of(process.pid)
        wait_until(lambda: len(held(init)) == 4)
        status = Path(f"/proc/{init}/status").read_text(encoding="ascii")
        assert {os.readlink(f"/proc/{init}/{name}") for name in ("cwd", "root")} == {"/"}
        assert os.stat(f"/proc/{init}/cwd").st_dev == os.stat(f"/proc/{init}/root").st_dev
        assert os.stat(f"/proc/{init}/root").st_dev != os.stat("/").st_dev
    assert f"CapPrm:\t{'0' * 16}\n" in status and f"CapEff:\t{'0' * 16}\n" in status


def test_redwrap_keeps_no_descriptor_of_its_caller(node, place, caller):
    """Whoever waits for the end of a pipe would wait for redwrap, too."""
    (place / "held").touch()
    holding = ("bash", "-c", 'exec 9<"$0"; exec "$@"', place / "held")
    payload = ("/bin/sh", "-c", "echo ready; sleep 30")
    with started(*holding, *caller, REDWRAP, "-r", node, "--", *payload) as process:
        assert process.stdout.readline() == "ready\n"
        links = held(process.pid).values()
    assert str(place / "held") not in links and "/dev/null" in links


def preserving(numbers, *caller):
    """The words that open these descriptors, on /dev/null, before a command of the caller's."""
    return ("bash", "-c", "".join(f"exec {number}</dev/null; " for number in numbers) + 'exec "$@"', "bash",
            *caller)


def test_preserved_descriptors_reach_the_payload(node, caller):
    """rednode.md 5 and 8: with their numbers, and no other."""
    options = ("--preserve-fd", "9", "--preserve-fd", "4", "--preserve-fd=100", "--preserve-fd", "2")
    done = run(*preserving([3, 4, 9, 10, 100], *caller), REDWRAP, "-r", node, *options, "--", "ls",
               "/proc/self/fd")
    # `ls` has one of its own, the lowest that is free.
    assert sorted(map(int, done.stdout.split())) == [0, 1, 2, 3, 4, 9, 100]


def test_preserved_descriptors_are_the_callers(node, place, caller):
    """What is written there arrives, whatever redwrap opens for itself."""
    (place / "written").touch()
    (place / "written").chmod(0o666)
    opened = ("bash", "-c", 'exec 3>>"$0" 5>>"$0" 4>>"$0"; exec "$@"', place / "written")
    options = ("--preserve-fd", "3", "--preserve-fd", "5")
    script = "echo three >&3; echo five >&5; { echo four >&4; } 2>/dev/null; :"
    assert run(*opened, *caller, REDWRAP, "-r", node, *options, "--", "sh", "-c", script).returncode == 0
    assert (place / "written").read_text(encoding="ascii") == "three\nfive\n"


def test_a_preserved_descriptor_must_be_open(node, caller):
    for number in (3, 7, 1000):
        done = run(*caller, REDWRAP, "-r", node, "--preserve-fd", number, "--", "echo", "ran")
        assert_error(done, 125, f"descriptor {number}", "Bad file descriptor")


def test_init_and_redwrap_keep_no_preserved_descriptor(node, place, caller):
    """Whoever waits for the end of one would wait for the whole node."""
    (place / "held").touch()
    holding = ("bash", "-c", 'exec 9<"$0"; exec "$@"', place / "held")
    payload = ("/bin/sh", "-c", "readlink /proc/$$/fd/9; exec 9<&-; echo ready; sleep 30")
    with started(*holding, *caller, REDWRAP, "-r", node, "--preserve-fd", 9, "--", *payload) as process:
        assert process.stdout.readline() != "ready\n"
        assert process.stdout.readline() == "ready\n"
        init = init_of(process.pid)
        wait_until(lambda: len(held(init)) == 4)
        assert str(place / "held") not in [*held(init).values(), *held(process.pid).values()]


def test_cve_2024_21626_no_directory_of_the_host_is_a_way_in(node, caller):
    """CVE-2024-21626: a descriptor that stays open would be one; a preserved one is refused as such."""
    opened = ("bash", "-c", 'exec 9</; exec "$@"', "bash", *caller)
    for number in range(3, 12):
        write_node(node, SYSTEM + f"  chdir: /proc/self/fd/{number}\n")
        assert_error(run(*opened, REDWRAP, "-r", node, "--", "pwd"), 125, f"/proc/self/fd/{number}")
    write_node(node, SYSTEM + "  chdir: /proc/self/fd/9\n")
    done = run(*opened, REDWRAP, "-r", node, "--preserve-fd", 9, "--", "pwd")
    assert_error(done, 125, "out of the node")
    write_node(node)
    control = run(*opened, REDWRAP, "-r", node, "--preserve-fd", 9, "--", "ls", "/proc/self/fd/9/.")
    assert "root" in control.stdout.split()
