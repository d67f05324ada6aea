# SPDX-License-Identifier: Apache-2.0
"""redprobe with little of what processes have: what it cannot find out is unknown, and nothing is wrong."""
import os
import resource

import pytest

from redprobe_area_runs import ask, filtered
from redprobe_runs import ROOT, assert_refused, probe, run


@pytest.fixture(name="statuses", scope="module")
def plentiful():
    """The status of each feature where nothing is missing."""
    return {name: finding["status"] for name, finding in probe().items()}


def limited(script):
    """Return a command that runs what follows after a line of shell."""
    return ("bash", "-c", script + '; exec "$@"', "bash")


def changed(statuses, features):
    """Return what is found otherwise, without what is now unknown."""
    assert list(features) == list(statuses)
    return {name: (statuses[name], finding["status"], finding["detail"]) for name, finding in features.items()
            if finding["status"] not in ("unknown", statuses[name])}


@pytest.mark.parametrize("count", [4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 32])
def test_few_descriptors(statuses, count):
    """With fewer than there are areas, too, nobody waits for ever."""
    features = probe(*limited(f"ulimit -n {count}"))
    assert not changed(statuses, features)
    if count == 4:
        assert {finding["status"] for finding in features.values()} == {"unknown"}


def test_no_more_processes():
    """The limit is not root's, so another user asks."""
    caller = ("setpriv", "--reuid", "61234", "--regid", "61234", "--clear-groups")
    features = probe(*caller, "prlimit", "--nproc=1")
    assert {finding["status"] for finding in features.values()} == {"unknown"}
    assert all("RLIMIT_NPROC" in finding["needs"] for finding in features.values())
    assert "supported" in {finding["status"] for finding in probe(*caller).values()}


def test_no_room_in_files(statuses):
    """Not even in those of a tmpfs of its own."""
    assert not changed(statuses, probe(*limited("ulimit -f 0")))


@pytest.mark.parametrize("action", ["ENOSYS", "EPERM"])
@pytest.mark.parametrize("call", ["clone", "pipe2", "unlink", "symlinkat", "getdents64"])
def test_what_is_refused_on_the_way_to_a_trial_tells_nothing(statuses, call, action):
    """No feature is these calls: without them it cannot be tried."""
    features = probe(*filtered(action, call))
    assert not changed(statuses, features)
    assert "unknown" in {features[name]["status"] for name in statuses if statuses[name] != "unknown"}


@pytest.mark.parametrize("action", ["ENOSYS", "EPERM"])
def test_who_cannot_read_its_capabilities_does_not_try_for_ever(action):
    features = ask("capability", *filtered(action, "capget"))
    each = [finding["status"] for name, finding in features.items() if name.startswith("capability.cap_")]
    assert set(each) == {"unknown"}
    assert features["capability.last"]["status"] == "supported"


def test_a_filter_of_user_namespaces_is_no_switch_of_the_kernel(statuses):
    name = "security.unprivileged_userns_restricted"
    assert statuses[name] == "restricted"
    finding = probe(*filtered("EPERM", "unshare"))[name]
    assert (finding["status"], finding["needs"]) == ("unknown", "a process without seccomp filter")


def test_no_descriptor_at_all():
    """The static one: a library takes one."""
    def take_all():
        resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
        for descriptor in range(3, 16):
            os.dup2(0, descriptor)

    done = run(ROOT / "build/static/redprobe", "--list", preexec_fn=take_all, close_fds=False)
    assert_refused(done, "descriptor")


@pytest.mark.parametrize("script", ["trap '' CHLD", "trap '' CHLD PIPE TERM INT HUP ALRM SEGV SYS",
                                    "ulimit -c unlimited"])
def test_what_is_inherited_changes_nothing(statuses, script):
    features = probe(*limited(script))
    assert {name: finding["status"] for name, finding in features.items()} == statuses
