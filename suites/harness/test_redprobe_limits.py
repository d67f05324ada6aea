# SPDX-License-Identifier: Apache-2.0
"""redprobe with little of what processes have: what it cannot find out is unknown, and nothing is wrong."""
import pytest

from redprobe_runs import probe


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


@pytest.mark.parametrize("script", ["trap '' CHLD", "trap '' CHLD PIPE TERM INT HUP ALRM SEGV SYS",
                                    "ulimit -c unlimited"])
def test_what_is_inherited_changes_nothing(statuses, script):
    features = probe(*limited(script))
    assert {name: finding["status"] for name, finding in features.items()} == statuses
