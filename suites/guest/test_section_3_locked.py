# SPDX-License-Identifier: Apache-2.0
"""rednode.md 3: mounts are locked, also for a real root; the node's other namespaces are the payload's."""
import pytest

from group_runs import MOUNT, UID, limited, running
from redwrap_runs import CALLERS, run, shell

TRIES = ["mount -o remount,bind,rw /usr", "mount -o remount,bind,suid,dev,ro /usr", "umount /proc/kcore",
         "umount -l /usr", "mount --move /usr /tmp"]


def payload_of(process):
    """Return the payload: the last of those that descend from redwrap, each from the one before."""
    pid = process.pid
    while True:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            below = file.read().split()
        if not below:
            return pid
        pid = below[-1]


@pytest.mark.parametrize("attempt", TRIES)
def test_a_root_that_joined_clears_no_flag_and_uncovers_nothing(place, caller, attempt):
    """Root of the host in the node's user and mount namespaces; control: without a new user namespace."""
    with running(limited(place / "node"), MOUNT, caller) as process:
        words = ("nsenter", "-t", payload_of(process), "-Ump", "--preserve-credentials")
        done = run(*words, "sh", "-c", attempt)
        assert done.returncode != 0, attempt
    with running(limited(place / "shared", share_user="Enabled"), MOUNT) as process:
        done = run("nsenter", "-t", payload_of(process), "-m", "-p", "sh", "-c", attempt)
        assert done.returncode == 0 or "--move" in attempt, done.stderr


def test_kept_capabilities_act_on_the_nodes_other_namespaces(place, caller):
    """The host name of the node; control: without the capability, and in the host's namespace."""
    kept = [{"cap": "cap_sys_admin", "add": 1}]
    script = "/usr/bin/python3 -c 'import socket; socket.sethostname(\"renamed\")'"

    def permitted(**config):
        return shell(limited(place / "node", **config), script, CALLERS[caller]).returncode == 0

    assert UID[caller] or not permitted(capabilities=kept, share_uts="Enabled")
    assert permitted(capabilities=kept) and not permitted()
