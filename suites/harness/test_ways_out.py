# SPDX-License-Identifier: Apache-2.0
"""Ways out of a node that are older than namespaces: chroot, device files, set-user-ID files (cves.md)."""
import os
import shutil

import pytest

from exports_runs import export, owned_node, shared_directory
from redwrap_runs import REDWRAP, USER, assert_error, each_caller, run, shell, trusted_place

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, shared_directory, trusted_place)
# chroot(2): the root of a process that keeps a directory open above it does not hold it.
ESCAPE = """
import os, sys
top = os.open("/", os.O_RDONLY)
os.mkdir(sys.argv[1])
os.chroot(sys.argv[1])
os.fchdir(top)
for _ in range(99):
    os.chdir("..")
os.chroot(".")
print(*sorted(os.listdir("/")))
"""


def test_a_second_chroot_leads_no_further_than_the_root_of_the_node(place, caller):
    """With CAP_SYS_CHROOT; control: out of a chroot that is none of redwrap's it leads to the host."""
    script = "/usr/bin/python3 -c \"$0\" /tmp/below; ls -x -w 0 /"
    node = owned_node(place, caller, capabilities=[{"cap": "sys_chroot", "add": 1}])
    done = run(*caller, REDWRAP, "-r", node, "--", "/bin/sh", "-c", script, ESCAPE)
    escaped, own = (line.split() for line in done.stdout.splitlines())
    assert escaped == own and "usr" in own and "root" not in own
    start = f"import os; os.chroot({str(place)!r}); os.chdir('/')\n" + ESCAPE
    control = run("/usr/bin/python3", "-c", start, "/below")
    assert control.stdout.split() == sorted(os.listdir("/"))


def test_a_device_file_opens_no_device(place, shared, caller):
    """Neither one that is made in the node nor one of an export; control: those of Devfs do."""
    os.mknod(shared / "device", 0o20666, os.makedev(1, 3))
    (shared / "device").chmod(0o666)
    kept = [{"cap": "mknod", "add": 1}]
    made = "mknod -m 666 /tmp/made c 1 3 && cat /tmp/made; mknod -m 666 /made c 1 3 && cat /made; "
    for share in ("Enabled", "Disabled"):
        node = owned_node(place, caller, export("Public", "/b", shared), capabilities=kept, share_user=share)
        done = shell(node, made + "cat /b/device; cat /dev/null && echo opened", caller)
        assert done.stdout == "opened\n"
        refusals = [line for line in done.stderr.splitlines() if line.endswith(("permitted", "denied"))]
        assert len(refusals) == 3, done.stderr


@pytest.mark.parametrize("mode", [0o4755, 0o2755])
def test_a_set_user_id_file_of_an_export_sets_none(place, shared, mode):
    """Control: outside it does."""
    copy = shared / "id"
    shutil.copy("/usr/bin/id", copy)
    copy.chmod(mode)
    node = owned_node(place, USER, export("Restricted", "/b", shared), id_map="single")
    option = "-u" if mode & 0o4000 else "-g"
    assert shell(node, f"/b/id {option}", USER).stdout == "1000\n"
    assert run(*USER, copy, option).stdout == "0\n"


@pytest.mark.parametrize("mounted", [False, True])
@pytest.mark.parametrize("user", ["Enabled", "Disabled"])
def test_a_start_from_a_chroot_is_refused(place, mounted, user):
    """Also where it is a mount, above which the host would stay in the node. Control: not in a chroot."""
    node = owned_node(place, (), share_user=user, capabilities=[{"cap": "sys_chroot", "add": 1}])
    for name in ("usr", "proc", "dev"):
        (place / name).mkdir()
    for name in ("bin", "lib", "lib64"):
        (place / name).symlink_to(f"usr/{name}")
    shutil.copy(REDWRAP, place / "redwrap")
    mounts = [f"mount --bind {place} {place}"] * mounted + \
        [f"mount --rbind /{name} {place}/{name}" for name in ("usr", "proc", "dev")]
    script = " && ".join([*mounts, 'exec "$@"'])
    enter = ("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh")
    inside = run(*enter, "chroot", place, "/redwrap", "-r", f"/{node.name}", "--", "/bin/ls", "/")
    assert run(*enter, REDWRAP, "-r", node, "--", "/bin/ls", "/").returncode == 0
    assert_error(inside, 125)
