# SPDX-License-Identifier: Apache-2.0
"""rednode.md 3: what holds for all exports, and what the modes with a file system of their own hold."""
import ctypes
import os

import pytest

from exports_runs import export, owned_node, shared_directory
from redwrap_runs import REDWRAP, each_caller, run, shell, trusted_place

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, shared_directory, trusted_place)

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1",
         "stderr": "/proc/self/fd/2", "core": "/proc/kcore", "ptmx": "pts/ptmx"}
READ_ONLY = ("sys", "sysrq-trigger", "irq", "bus")
MASKED = ("kcore", "keys", "timer_list", "kmsg", "sched_debug")
# Prints the serial number of the caller's session keyring; keyctl(2).
KEYRING = "import ctypes; print(ctypes.CDLL(None).syscall(250, 0, -3, 0))"


def mounts(place, caller, *exports, **settings):
    """Return {mount point: (its own flags, optional fields, type)} as a node with these exports sees it."""
    done = shell(owned_node(place, caller, *exports, **settings), "cat /proc/self/mountinfo", caller)
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        before, after = line.split(" - ")
        words = before.split()
        found[words[4]] = (set(words[5].split(",")), words[6:], after.split()[0])
    return found


def test_binds_are_nosuid_and_nodev(place, shared, caller):
    """In each mode that binds; control: the host's flags there are others."""
    (shared / "file").touch()
    modes = ("Public", "Private", "Restricted", "PrivateRestricted")
    files = ("PublicFile", "PrivateFile", "RestrictedFile")
    found = mounts(place, caller, *(export(mode, f"/{mode}", shared) for mode in modes),
                   *(export(mode, f"/{mode}", shared / "file") for mode in files))
    for mode in (*modes, *files):
        flags = found[f"/{mode}"][0]
        assert {"nosuid", "nodev"} <= flags
        assert ("ro" in flags) == ("Restricted" in mode)
    assert not os.statvfs("/usr").f_flag & os.ST_NOSUID


def test_the_root_is_a_tmpfs_and_every_mount_is_private(place, shared, caller):
    """Control: a mount of the host that is shared has a field that says so."""
    node = owned_node(place, caller, export("Public", "/made", shared))
    script = ("mount -t tmpfs none /mnt && mount --make-shared /mnt && "
              "grep -c ' /mnt .* shared:' /proc/self/mountinfo && exec \"$@\"")
    words = ("unshare", "--mount", "sh", "-c", script, "sh")
    done = run(*words, *caller, REDWRAP, "-r", node, "--", "/bin/sh", "-c", "cat /proc/self/mountinfo")
    control, *lines = done.stdout.splitlines()
    assert control == "1", done.stderr
    fields = {line.split()[4]: line.split(" - ")[0].split()[6:] for line in lines}
    assert "/made" in fields and not any(fields.values())
    assert any(line.split()[4] == "/" and " - tmpfs " in line for line in lines)


def test_devfs_holds_the_devices_of_the_host(place, caller):
    """The same devices, which can be opened: they are not nodev."""
    names = " ".join(f"/dev/{name}" for name in DEVICES)
    done = shell(owned_node(place, caller), f"stat -c %t:%T {names}; echo lost >/dev/null", caller)
    numbers = [os.stat(f"/dev/{name}").st_rdev for name in DEVICES]
    assert done.stdout.splitlines() == [f"{os.major(n):x}:{os.minor(n):x}" for n in numbers]
    assert done.stderr == ""


def test_devfs_has_terminals_and_links_of_its_own(place, caller):
    """A devpts instance that is not the host's, and where the links lead."""
    script = "; ".join(f"readlink /dev/{name}" for name in LINKS)
    done = shell(owned_node(place, caller), f"{script}; ls /dev/pts; stat -f -c %T /dev/pts /dev/shm", caller)
    lines = done.stdout.splitlines()
    assert lines[:len(LINKS)] == list(LINKS.values())
    assert lines[len(LINKS):] == ["ptmx", "devpts", "tmpfs"]


def test_procfs_is_read_only_where_it_acts_on_the_system(place, caller):
    """Control: what is the process's own can be written."""
    look = "[ ! -e /proc/{0} ] || grep -q ' /proc/{0} ro' /proc/self/mountinfo || echo {0};"
    script = "".join(look.format(name) for name in READ_ONLY)
    script += "echo 500 >/proc/self/oom_score_adj && echo written"
    done = shell(owned_node(place, caller), script, caller)
    assert done.stdout == "written\n", done.stderr


def test_procfs_masks_what_tells_of_the_system(place, caller):
    """Nothing is read there; control: the files that the host's proc has."""
    present = [name for name in MASKED if os.path.exists(f"/proc/{name}")]
    assert "kcore" in present or "keys" in present
    script = "".join(f"head -c1 /proc/{name} 2>&- | od -An -tx1;" for name in present)
    assert shell(owned_node(place, caller), script, caller).stdout == ""
    masks = mounts(place, caller)
    assert all(f"/proc/{name}" in masks for name in present)


def test_a_new_network_namespace_has_its_loopback_up(place, caller):
    """A port of one's own is reached through it; control: nobody listens at another one."""
    script = ("import socket; s = socket.create_server(('127.0.0.1', 0)); "
              "socket.create_connection(s.getsockname()).close(); print('reached'); s.close(); "
              "socket.create_connection(('127.0.0.1', 9))")
    done = shell(owned_node(place, caller), f'/usr/bin/python3 -c "{script}"', caller)
    assert done.stdout == "reached\n" and "refused" in done.stderr


def test_the_payload_has_a_session_keyring_of_its_own(place, caller):
    """Control: a program that is started without redwrap has the caller's."""
    libc = ctypes.CDLL(None)
    # KEYCTL_JOIN_SESSION_KEYRING: the test itself gets one, which a child inherits.
    assert libc.syscall(250, 1, None) > 0
    own = run(*caller, "/usr/bin/python3", "-c", KEYRING).stdout
    control = run(*caller, "/usr/bin/python3", "-c", KEYRING).stdout
    assert own == control and int(own) != 0
    node = owned_node(place, caller, seccomp="off")
    inside = shell(node, f'/usr/bin/python3 -c "{KEYRING}"', caller)
    assert inside.returncode == 0 and int(inside.stdout) > 0 and inside.stdout != own


@pytest.mark.parametrize("mode", ["Restricted", "Public"])
def test_intermediate_mount_points_are_made(place, shared, caller, mode):
    """Directories down to it; control: beside it there is nothing."""
    done = shell(owned_node(place, caller, export(mode, "/one/two/three", shared)),
                 "ls -d /one/two/three && ls -A /one /one/two", caller)
    assert done.stdout == "/one/two/three\n/one:\ntwo\n\n/one/two:\nthree\n"


def test_a_missing_path_is_the_mount(place, shared, caller):
    """Control: with a path it is that."""
    (shared / "here").touch()
    done = shell(owned_node(place, caller, export("Restricted", shared)), f"ls {shared}", caller)
    assert done.stdout == "here\n"
    (shared / "below").mkdir()
    node = owned_node(place, caller, export("Restricted", shared, shared / "below"))
    done = shell(node, f"ls {shared}", caller)
    assert (done.returncode, done.stdout) == (0, "")


def test_an_export_that_fails_is_fatal(place, caller):
    """Nothing is run; control: without it."""
    bad = export("RestrictedFile", "/made", "/nowhere/at/all")
    assert shell(owned_node(place, caller, bad), "echo ran", caller).stdout == ""
    assert shell(owned_node(place, caller), "echo ran", caller).stdout == "ran\n"
