# SPDX-License-Identifier: Apache-2.0
"""The sixteen export modes: what each makes, and what it does when the host lacks its path (rednode.md 3)."""
import fcntl
import os
import stat
from pathlib import Path

import pytest

from exports_runs import export, owned_node, owner, shared_directory, with_exports
from redwrap_runs import REDWRAP, assert_error, each_caller, run, shell, trusted_place, write_node

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, shared_directory, trusted_place)

DIRECTORIES = ["Restricted", "Public", "Private", "PrivateRestricted"]
FILES = ["RestrictedFile", "PublicFile", "PrivateFile"]
WRITABLE = {"Public", "Private", "PublicFile", "PrivateFile"}
# mode: its path, a script, and what that prints in the node.
MADE_NEW = {
    "Anonymous": (None, "stat -c '%F %a' /made; ls -A /made", "directory 755\n"),
    "Symlink": ("../usr/./share", "readlink /made", "../usr/./share\n"),
    "Execfd": ("printf 'a\\0b'; echo $((2+3))", "od -An -c /made; stat -c '%F %a' /made",
               "   a  \\0   b   5  \\n\nregular file 644\n"),
    "Internal": ("9", "cat /made; stat -c '%F %a' /made", "handed over\nregular file 644\n"),
    "Tmpfs": (None, "stat -f -c %T /made; stat -c '%F %a' /made", "tmpfs\ndirectory 1777\n"),
    "Procfs": (None, "stat -f -c %T /made; cat /made/1/comm", "proc\nredwrap\n"),
    "Mqueue": (None, "grep -c ' /made .*mqueue' /proc/self/mountinfo; ls -A /made", "1\n"),
    "Devfs": (None, "ls /made; stat -c %a /made/shm; cat /made/null; head -c1 /made/zero | od -An -tx1",
              "core\nfd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n"
              "1777\n 00\n"),
}


def outcome(place, caller, *exports, script="true", **options):
    """Run a script in a node of the caller's own with these exports."""
    return shell(owned_node(place, caller, *exports), script, caller, **options)


def with_descriptor(place, caller, *exports, script="true", text="handed over\n"):
    """The same with a descriptor 9 that yields `text`."""
    content = place / "content"
    content.write_text(text, encoding="utf-8")
    node = owned_node(place, caller, *exports)
    return run("bash", "-c", f'exec "$@" 9<{content}', "bash", *caller, REDWRAP, "-r", node, "--", "/bin/sh",
               "-c", script)


@pytest.mark.parametrize("mode", DIRECTORIES)
def test_a_directory_of_the_host(place, shared, caller, mode):
    (shared / "file").write_text("content\n", encoding="utf-8")
    done = outcome(place, caller, export(mode, "/made", shared), script="cat /made/file; echo x >/made/new")
    assert done.stdout == "content\n"
    assert ("Read-only file system" not in done.stderr) == (mode in WRITABLE) == (shared / "new").exists()


@pytest.mark.parametrize("mode", DIRECTORIES + FILES)
def test_a_file_of_the_host(place, shared, caller, mode):
    """Directory modes take a file, too."""
    file = shared / "file"
    file.write_text("content\n", encoding="utf-8")
    file.chmod(0o666)
    done = outcome(place, caller, export(mode, "/made", file), script="cat /made; echo new >/made")
    assert done.stdout == "content\n"
    assert ("Read-only file system" not in done.stderr) == (mode in WRITABLE)
    assert file.read_text(encoding="utf-8") == ("new\n" if mode in WRITABLE else "content\n")


@pytest.mark.parametrize("mode", MADE_NEW)
def test_what_is_made_new(place, caller, mode):
    path, script, expected = MADE_NEW[mode]
    done = with_descriptor(place, caller, export(mode, "/made", path), script=script)
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


@pytest.mark.parametrize("mode", DIRECTORIES)
def test_a_missing_directory_is_made(place, caller, mode):
    """0775 less the caller's umask, for the payload's user, with those above it."""
    done = outcome(place, caller, export(mode, "/made", "$NODE_PATH/one/two"), script="ls -A /made",
                   umask=0o027)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for directory in (place / "own/one", place / "own/one/two"):
        status = directory.stat()
        assert stat.S_IMODE(status.st_mode) == 0o750
        assert (status.st_uid, status.st_gid) == (owner(caller), owner(caller))


@pytest.mark.parametrize("mode", FILES)
def test_f2_a_missing_file_is_an_error(place, caller, mode):
    """F2: the reference refused the files that are there."""
    path = place / "own/missing"
    done = outcome(place, caller, export(mode, "/made", path))
    assert_error(done, 125, "redpak.yaml:11:3", path, "No such file")
    assert not path.exists()


@pytest.mark.parametrize("mode", FILES)
def test_a_directory_is_no_file(place, shared, caller, mode):
    assert_error(outcome(place, caller, export(mode, "/made", shared)), 125, "redpak.yaml:11:3", shared, mode)


@pytest.mark.parametrize("mode", ["Symlink", "Execfd", "Internal"])
def test_a_path_is_needed(place, caller, mode):
    assert_error(outcome(place, caller, export(mode, "/made")), 125, mode, "needs a path")


def test_a_failing_command_is_an_error(place, caller):
    assert_error(outcome(place, caller, export("Execfd", "/made", "echo begun; exit 3")), 125, "exit 3")


@pytest.mark.parametrize("number", ["2", "0", "-1", "9x", "99", "99999999999", "8.0"])
def test_internal_needs_an_inherited_descriptor(place, caller, number):
    done = with_descriptor(place, caller, export("Internal", "/made", number))
    assert_error(done, 125, "redpak.yaml:11:3", number)


def test_internal_is_bounded(place, caller):
    """1 MiB, as the output of a command."""
    for length, status in ((1 << 20, 0), ((1 << 20) + 1, 125)):
        done = with_descriptor(place, caller, export("Internal", "/made", "9"), script="wc -c </made",
                               text="x" * length)
        assert done.returncode == status
    assert_error(done, 125, "1048576", "descriptor 9")


def test_internal_twice_is_the_same_content(place, caller):
    done = with_descriptor(place, caller, export("Internal", "/one", "9"), export("Internal", "/two", "9"),
                           script="cat /one /two; ls /proc/self/fd")
    assert done.stdout == "handed over\n" * 2 + "0\n1\n2\n3\n"


def test_the_payload_owns_what_is_made_for_it(place, caller):
    """Files with content, the root, Anonymous and Tmpfs; and it can write to them."""
    paths = "/ /file /empty /between /between/empty /tmp"
    done = outcome(place, caller, export("Execfd", "/file", "echo x"), export("Anonymous", "/empty"),
                   export("Anonymous", "/between/empty"),
                   script=f"stat -c %u {paths}; for d in / /empty /between /tmp; do echo y >$d/new; done; "
                          "echo more >>/file; cat /file")
    assert (done.stdout, done.stderr) == (f"{owner(caller)}\n" * 6 + "x\nmore\n", "")


def test_a_restrictive_umask_closes_no_way(place, caller):
    done = outcome(place, caller, export("Anonymous", "/between/empty"),
                   script="stat -c %a / /between /between/empty", umask=0o077)
    assert done.stdout == "755\n" * 3


def test_mqueue_needs_an_ipc_namespace(place, caller):
    node = owned_node(place, caller, export("Mqueue", "/made"), share_ipc="Enabled")
    assert_error(shell(node, "true", caller), 125, "redpak.yaml:11:3", "Mqueue", "share_ipc")


def test_lock_needs_its_file(place, caller):
    done = outcome(place, caller, export("Lock", "/missing"))
    assert_error(done, 125, "/missing", "No such file")


def test_lock_holds_a_shared_record_lock(place, caller):
    """For as long as the node lives, and afterwards not."""
    node = owned_node(place, caller, export("Public", "/data", "$NODE_PATH/data"),
                      export("Lock", "/data/file"))
    (node / "data").mkdir()
    file = node / "data/file"
    file.touch()
    for path in (file, file.parent):
        os.chown(path, owner(caller), owner(caller))
    held = f"READ.*:{file.stat().st_ino} "
    assert run("grep", "-c", held, "/proc/locks").stdout == "0\n"
    assert shell(node, f"grep -c '{held}' /proc/locks", caller).stdout == "1\n"
    assert run("grep", "-c", held, "/proc/locks").stdout == "0\n"


def test_lock_needs_a_regular_file_that_nobody_has_locked(place, caller):
    """rednode.md 3: a lock that cannot be had is an error; a link or a pipe is no file to lock."""
    node = owned_node(place, caller, export("Public", "/data", "$NODE_PATH/data"),
                      export("Lock", "/data/file"))
    data = node / "data"
    data.mkdir()
    os.mkfifo(data / "pipe")
    (data / "pipe").chmod(0o666)
    (data / "other").touch()
    for make, reason in ((lambda: os.link(data / "pipe", data / "file"), "Invalid argument"),
                         (lambda: (data / "file").symlink_to("other"), "ymbolic link")):
        make()
        assert_error(shell(node, "echo ran", caller), 125, "/data/file", reason)
        (data / "file").unlink()
    (data / "file").touch()
    with (data / "file").open("r+", encoding="ascii") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        assert_error(shell(node, "echo ran", caller), 125, "/data/file", "another process")
        fcntl.lockf(file, fcntl.LOCK_SH)
        assert shell(node, "echo ran", caller).stdout == "ran\n"


@pytest.mark.parametrize("mode, reaches", [("Public", True), ("Private", False), ("Restricted", True),
                                           ("PrivateRestricted", False), ("PublicFile", True),
                                           ("PrivateFile", False)])
def test_f8_private_exports_are_of_the_leaf_only(place, shared, caller, mode, reaches):
    """F8: an ancestor's are not there at all."""
    source = shared
    if mode.endswith("File"):
        source = shared / "file"
        source.touch()
    parent = write_node(place / "parent", with_exports(export(mode, "/made", source)))
    child = write_node(parent / "child", with_exports())
    assert shell(parent, "ls -d /made", caller).stdout == "/made\n"
    assert (shell(child, "ls -d /made", caller).stdout == "/made\n") == reaches


@pytest.mark.parametrize("mode, found", [("Restricted", "ro"), ("Public", "rw"), ("Tmpfs", "rw")])
def test_an_export_can_be_the_root(place, caller, mode, found):
    """Mount points must be there: this root is as the tmpfs of others would be."""
    root = place / "root"
    for name in ("usr", "proc", "dev", "tmp", "var/empty"):
        (root / name).mkdir(parents=True)
    for name, target in (("bin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")):
        (root / name).symlink_to(target)
    done = outcome(place, caller, export(mode, "/", None if mode == "Tmpfs" else root),
                   script="while read -r _ _ _ _ point options _; do [ $point != / ] || echo $options; done "
                          "</proc/self/mountinfo")
    assert (done.returncode, done.stdout.split(",")[0]) == (0, found), done.stderr


@pytest.mark.parametrize("size, blocks", [("1M", 256), (None, None)])
def test_tmpfs_size_holds_for_the_root_and_tmpfs_exports(place, caller, size, blocks):
    """Unset: a quarter of memory for the root, the kernel's default (half) for the others."""
    node = owned_node(place, caller, export("Tmpfs", "/made"), **({"tmpfs_size": size} if size else {}))
    done = shell(node, "stat -f -c '%b %S' / /made", caller)
    (root, page), (made, _) = (map(int, line.split()) for line in done.stdout.splitlines())
    if blocks:
        assert (root, made) == (blocks * 4096 // page,) * 2
    else:
        memory = int(Path("/proc/meminfo").read_text(encoding="ascii").split()[1]) * 1024 // page
        assert abs(root - memory // 4) <= 1 and abs(made - memory // 2) <= 1
