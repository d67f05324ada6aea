# SPDX-License-Identifier: Apache-2.0
"""The command redprobe in a guest: the profiles, by root and by a user, and the static program.

Run there, as root, by test_redprobe_static.py; the static program is in /input.
"""
import json
import subprocess

import pytest

from guest_runs import REDPROBE, USER, restored_sysctl

FIXTURES = (restored_sysctl,)
STATIC = "/input/redprobe"


def run(*argv, **options):
    """Run a command to its end and return it with its outputs as text."""
    return subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=False,
                          **options)


def kernel_log():
    """What the kernel has said so far."""
    return run("dmesg").stdout


@pytest.mark.parametrize("program", [REDPROBE, STATIC])
@pytest.mark.parametrize("profile", ["rednode-minimal", "rednode-full", "rednode-rootless"])
def test_root_has_all_that_nodes_need(program, profile):
    done = run(program, "--require", profile)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert f"{profile}: met: " in done.stdout


@pytest.mark.parametrize("program", [REDPROBE, STATIC])
def test_a_user_has_what_a_users_node_needs(program):
    done = run(program, "--require", "rednode-rootless", **USER)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_what_a_user_lacks_falls_short():
    """Control: without privilege there are no control groups to be had."""
    done = run(REDPROBE, "--require", "rednode-full", **USER)
    assert (done.returncode, done.stderr) == (1, "")
    assert "required cgroup.item.memory.max: " in done.stdout


def test_only_what_libkmod_knows_is_unknown_to_the_static_program():
    """And to the other one, nothing; neither writes anything to the log of the kernel."""
    before = kernel_log()
    ours, theirs = (json.loads(run(program, "--json").stdout)["features"] for program in (STATIC, REDPROBE))
    assert kernel_log() == before
    assert "unknown" not in {finding["status"] for finding in theirs.values()}
    differ = {name for name in ours if ours[name]["status"] != theirs[name]["status"]}
    assert {ours[name]["status"] for name in differ} <= {"unknown"}
    assert all("libkmod" in ours[name]["needs"] for name in differ)
    assert list(ours) == list(theirs)


def test_the_configuration_contradicts_nothing():
    """Debian's configuration of this kernel is there, and agrees with every finding."""
    features = json.loads(run(REDPROBE, "--json").stdout)["features"]
    said = {name: finding["config"] for name, finding in features.items() if "config" in finding}
    assert len(said) > 30
    assert [name for name, config in said.items() if not config["agrees"]] == []


def test_what_a_limit_takes_away_is_lost(tmp_path, sysctl):
    """Two reports of one kernel, between which a sysctl was changed."""
    (tmp_path / "before").write_text(run(REDPROBE, "--json").stdout, encoding="utf-8")
    sysctl("user.max_uts_namespaces", 0)
    (tmp_path / "after").write_text(run(REDPROBE, "--json").stdout, encoding="utf-8")
    done = run(REDPROBE, "--diff", tmp_path / "before", tmp_path / "after")
    assert (done.returncode, done.stderr) == (1, "")
    assert "lost\n" in done.stdout and "  namespace.uts: supported -> restricted: " in done.stdout
    done = run(REDPROBE, "--diff", tmp_path / "after", tmp_path / "before")
    assert "gained\n" in done.stdout and "  namespace.uts: restricted -> supported: " in done.stdout
