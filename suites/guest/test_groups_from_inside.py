# SPDX-License-Identifier: Apache-2.0
"""Control groups as a payload meets them; rednode.md 3 and 7, W15, suites/sections/cves.md."""
import shlex

import pytest

from group_runs import LIMITS, MOUNT, entering, limited, read, running, tree_name
from redwrap_runs import CALLERS, REDWRAP, run

ALL = [{"cap": "ALL", "add": 1}]
OPEN = {"capabilities": ALL, "seccomp": "off", "nested_userns": "Enabled"}
LEGACY = """set -e
mount -t tmpfs none /mnt
mkdir /mnt/groups
mount -t cgroup -o none,name=redproof none /mnt/groups
trap 'umount /mnt/groups /mnt' EXIT
"""


def shown(path):
    """A directory of the host, read-write at the same place."""
    return [{"mode": "Public", "mount": str(path)}]


@pytest.mark.parametrize("share", ["Enabled", "Disabled"])
def test_a_payload_does_not_raise_its_own_limits(place, base, caller, share):
    """CVE-2023-25809: the group of an ordinary user, too, which is his own; control: he does, outside."""
    node = limited(place / "node", LIMITS, exports=shown(MOUNT), share_cgroup=share)
    group = base / tree_name(node)
    script = (f"exec 2>&1; cd {shlex.quote(str(group))} && echo ready; echo max >pids.max; "
              "echo $$ >../cgroup.procs; read end")
    with running(node, base, caller, script=script) as process:
        assert process.said == "ready\n"
        said = [process.stdout.readline() for _ in range(2)]
        assert all("Read-only file system" in line for line in said), said
        assert read(group, "pids.max") == "50"
        outside = run(*CALLERS[caller], "sh", "-c", 'echo 60 >"$0"', group / "pids.max")
        assert (outside.returncode, read(group, "pids.max")) == (0, "60")


def test_no_descriptor_of_a_group_reaches_the_payload(place, base, caller):
    """CVE-2021-4197: one that was opened outside could be written with the rights of the opener.

    The control hands one over.
    """
    node = limited(place / "node", LIMITS)
    script = "for fd in /proc/$$/fd/*; do echo ${fd##*/}; done; echo 40 >&9"

    def outcome(*options):
        opened = ("bash", "-c", f'exec 9<>{base}/pids.max; exec "$@"', "bash", *CALLERS[caller])
        return run(*opened, REDWRAP, "-r", node, *options, "--", "/bin/sh", "-c", script,
                   preexec_fn=entering(base))

    (base / "pids.max").write_text("90", encoding="utf-8")
    done = outcome()
    assert done.stdout.split() == ["0", "1", "2", "3"] and read(base, "pids.max") == "90"
    outcome("--preserve-fd", "9")
    assert read(base, "pids.max") == "40"


def test_no_payload_names_a_release_agent(place):
    """CVE-2022-0492: with every capability, in namespaces of its own, too; control: root outside."""
    node = limited(place / "node", exports=shown("/mnt"), **OPEN)
    name, anew = "mkdir /mnt/groups/made; echo /x >/mnt/groups/release_agent", \
        "mount -t cgroup -o none,name=redproof none /made && echo /x >/made/release_agent"
    inside = (f"{name}; mount -o remount,bind,rw /mnt/groups; {name}; mkdir /made; {anew}; "
              f"unshare -UrmC sh -c '{anew}'; echo tried")
    script = LEGACY + '"$@"; cd /mnt/groups; { ls -d made && rmdir made; } || :; cat release_agent; cd /'

    def outcome(*words):
        done = run("unshare", "-m", "sh", "-c", script, "sh", *words)
        assert "tried" in done.stdout, done.stderr
        return done.stdout.split()[1:]

    assert outcome(REDWRAP, "-r", node, "--", "/bin/sh", "-c", inside) == []
    assert outcome("sh", "-c", f"{name}; echo tried") == ["made", "/x"]
