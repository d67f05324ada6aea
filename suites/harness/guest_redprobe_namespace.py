# SPDX-License-Identifier: Apache-2.0
"""redprobe's namespaces and capabilities in a guest: sysctls of the whole machine, and what is left.

Run by test_redprobe_namespace.py in a guest, as root, where nobody else makes namespaces.
"""
import os
import subprocess
from pathlib import Path

import pytest

import guest_runs
from guest_runs import USER, restored_sysctl, statuses

FIXTURES = (restored_sysctl,)
NAMES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


def probe(**options):
    """Return the features of the two areas."""
    return guest_runs.probe(only="namespace,capability", **options)


def traces():
    """Return what a probe could leave: namespaces, processes, modules, lines of the kernel log."""
    namespaces = {os.readlink(link) for link in Path("/proc").glob("[0-9]*/ns/*") if os.path.lexists(link)}
    processes = {path.name for path in Path("/proc").glob("[0-9]*")
                 if (path / "comm").read_text(encoding="utf-8").startswith("redprobe")}
    return (namespaces, processes, Path("/proc/modules").read_text(encoding="utf-8"),
            subprocess.check_output(["dmesg"]))


@pytest.mark.parametrize("caller", [{}, USER])
def test_everything_is_supported_and_nothing_left(caller):
    before = traces()
    found = probe(**caller)
    assert {name: finding for name, finding in found.items() if finding["status"] != "supported"} == {}
    assert len(found) >= 8 * 4 + 41
    assert traces() == before


def test_numbers():
    """All Debian kernels know 41 capabilities, and root here has them all in its bounding set."""
    found = probe()
    assert found["capability.last"]["number"] == 40
    assert found["capability.bounding"]["number"] == 41
    for name in NAMES:
        limit = Path(f"/proc/sys/user/max_{name}_namespaces").read_text(encoding="utf-8")
        assert found[f"namespace.{name}.limit"]["number"] == int(limit)


@pytest.mark.parametrize("name, value, aspects", [
    ("kernel.unprivileged_userns_clone", "0", ("unprivileged",)),
    ("user.max_user_namespaces", "0", ("unprivileged",)),
])
def test_no_user_namespaces_for_whom(sysctl, name, value, aspects):
    """Root still makes and joins all others; who has no privilege makes none."""
    sysctl(name, value)
    cause = f"sysctl {name} = {value}"
    found = probe()
    for kind in set(NAMES) - {"user"}:
        assert statuses(found, f"namespace.{kind}.join") == {"supported"}
        assert found[f"namespace.{kind}"]["status"] == "supported"
        for aspect in aspects:
            assert found[f"namespace.{kind}.{aspect}"]["forbidden_by"] == cause
    found = probe(**USER)
    made = {key: finding for key, finding in found.items()
            if key.startswith("namespace.") and not key.endswith(".limit")}
    assert {finding.get("forbidden_by") for finding in made.values()} == {cause}
    single = {key: finding for key, finding in found.items() if key.startswith("capability.cap_")}
    assert {finding["forbidden_by"] for finding in single.values()} == {f"missing privilege, and {cause}"}


@pytest.mark.parametrize("kind", ["net", "pid", "uts"])
def test_limit_of_the_machine(sysctl, kind):
    sysctl(f"user.max_{kind}_namespaces", "0")
    found = probe()
    for aspect in ("", ".join", ".unprivileged", ".limit"):
        assert found[f"namespace.{kind}{aspect}"]["forbidden_by"] == f"sysctl user.max_{kind}_namespaces = 0"
    assert found["namespace.ipc"]["status"] == "supported"
