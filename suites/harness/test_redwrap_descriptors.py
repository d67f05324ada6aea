# SPDX-License-Identifier: Apache-2.0
"""Which descriptors redwrap, init and the payload hold (rednode.md 5 and 8; W3, CVE-2024-21626)."""
import os
from pathlib import Path

import pytest

from redwrap_runs import (REDWRAP, SYSTEM, children, each_caller, run, started, system_node, trusted_place,
                          wait_until, write_node)

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
        wait_until(lambda: children(process.pid))
        init, = children(process.pid)
        kept = held(init)
    assert [link.split(":")[0] for number, link in kept.items() if int(number) > 2] == ["socket"]
    assert kept["0"] == "/dev/null"
    assert all(kept[str(number)] == "/dev/null" for number, form in enumerate(("<&-", ">&-", "2>&-"))
               if form in closed.split())
    links = (place / "out/links").read_text(encoding="utf-8").split()
    assert links[0] == "/dev/null" and "/" not in links


def test_init_offers_no_way_to_the_host(node, caller):
    """Seen from outside, where everything shows."""
    with started(*caller, REDWRAP, "-r", node, "--", "/bin/sh", "-c", "echo ready; sleep 30",
                 cwd="/usr/share") as process:
        assert process.stdout.readline() == "ready\n"
        init, = children(process.pid)
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
