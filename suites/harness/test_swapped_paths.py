# SPDX-License-Identifier: Apache-2.0
"""Paths that are links, or become links while a node is built: where it mounts, what it exports or writes.

rednode.md 3, W17, and what other runtimes had of this kind (suites/sections/cves.md).
"""
import os
import threading

import pytest

from framework.host import swapping

from exports_runs import export, owned_node, owner, shared_directory, with_exports
from redwrap_runs import (REDWRAP, assert_error, each_caller, run, shell, trusted_place, wait_until,
                          write_node)

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, shared_directory, trusted_place)
# Type, major and minor number of each device that Devfs shows.
DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
# What each mode that makes or mounts something takes as its path.
MADE = {"Tmpfs": None, "Procfs": None, "Devfs": None, "Mqueue": None, "Anonymous": None, "Restricted": "/usr",
        "Execfd": "echo written", "Internal": "9", "RestrictedFile": "/usr/bin/true", "Symlink": "/usr"}
OF_FILES = ("Execfd", "Internal", "RestrictedFile")


# Links in what a node shows as /b: by the paths of the node, and by those of the host, that it is built in.
LINKS = {"inside": "/a".format, "outside": "..{}".format}


def belong(caller, *paths):
    """Give files, links and directories to the caller."""
    for path in paths:
        os.chown(path, owner(caller), owner(caller), follow_symlinks=False)


def contents(directory):
    """Return what a directory of the host holds: names, and what is in the files."""
    return {str(path.relative_to(directory)): path.is_file() and path.read_text(encoding="utf-8")
            for path in directory.rglob("*")}


@pytest.fixture(name="outside")
def outside_directory(place, caller):
    """A directory of the caller's with a file and a directory, which nodes show as /a."""
    outside = place / "outside"
    (outside / "directory").mkdir(parents=True)
    (outside / "file").write_text("outside\n", encoding="utf-8")
    belong(caller, outside, *outside.rglob("*"))
    return outside


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("mode", MADE)
@pytest.mark.parametrize("at", ["link", "link/below"])
def test_no_link_leads_to_where_something_is_made(place, shared, outside, caller, link, mode, at):
    """CVE-2015-1335, CVE-2019-19921 and CVE-2023-27561 (proc), CVE-2025-24965 (a file), in an export.

    A file is mounted on the link itself, as on a file. The control has no link there.
    """
    target = LINKS[link](outside) + ("/file" if mode in OF_FILES and at == "link" else "/directory")
    belong(caller, shared)
    node = owned_node(place, caller, export("Public", "/a", outside), export("Public", "/b", shared),
                      export(mode, f"/b/{at}", MADE[mode]))
    start = ("bash", "-c", 'exec "$@" 9</dev/null', "bash", *caller, REDWRAP, "-r", node, "--", "/bin/grep",
             "-c", " /a/", "/proc/self/mountinfo")
    (shared / "link").symlink_to(target)
    belong(caller, shared / "link")
    before = contents(outside)
    done = run(*start)
    if mode in OF_FILES and at == "link":
        assert done.stdout == "0\n"
    else:
        assert_error(done, 125, "redpak.yaml:", f"/b/{at}")
    assert contents(outside) == before
    (shared / "link").unlink()
    assert run(*start).stdout == "0\n"


@pytest.mark.parametrize("mode, at", [("Procfs", "/proc"), ("Procfs", "/proc/below"), ("Devfs", "/dev"),
                                      ("Tmpfs", "/tmp")])
def test_an_exported_root_has_no_links_for_mount_points(place, outside, caller, mode, at):
    """CVE-2019-19921 and CVE-2023-27561: the root itself is what somebody else filled; control: no link."""
    root = place / "root"
    for name in ("usr", "proc/below", "dev", "tmp", "var/empty", "elsewhere/below"):
        (root / name).mkdir(parents=True)
    for name in ("bin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    top = root / at.split("/")[1]
    belong(caller, root, *root.rglob("*"))
    node = write_node(place / "node", with_exports(export("Public", "/", root)).replace(
        f"{{mode: {mode}, mount: /{top.name}}}", f"{{mode: {mode}, mount: {at}}}"))
    assert shell(node, "echo started", caller).stdout == "started\n"
    for target in ("elsewhere", str(outside)):
        top.rename(root / "kept")
        top.symlink_to(target)
        belong(caller, top)
        before = contents(outside)
        assert_error(shell(node, "echo started", caller), 125, "redpak.yaml:", at)
        assert contents(outside) == before
        top.unlink()
        (root / "kept").rename(top)


def test_a_source_that_is_swapped_meanwhile_shows_nothing_else(place, outside, caller):
    """CVE-2026-41579, CVE-2021-30465: another instance of the node, say, swaps what is to be exported."""
    node = owned_node(place, caller, export("Public", "/data", "$NODE_PATH/data"),
                      export("Restricted", "/x", "$NODE_PATH/data/x/directory"))
    own, link = node / "data/x", node / "data/link"
    (own / "directory").mkdir(parents=True)
    (own / "directory/file").write_text("own\n", encoding="utf-8")
    (outside / "directory/file").write_text("secret\n", encoding="utf-8")
    link.symlink_to(outside)
    belong(caller, node / "data", *(node / "data").rglob("*"))
    with swapping(own, link):
        runs = [shell(node, "cat /x/file", caller) for _ in range(100)]
    for done in runs:
        assert (done.returncode, done.stdout) in ((0, "own\n"), (125, "")), done.stderr
    assert {done.returncode for done in runs} == {0, 125}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("mode", ["Tmpfs", "Execfd", "Anonymous"])
def test_a_mount_point_that_is_swapped_meanwhile_is_nowhere_else(place, shared, outside, caller, link, mode):
    """CVE-2026-47766, CVE-2024-45310: neither mounted nor made, not even something empty, elsewhere."""
    (shared / "x").mkdir()
    (shared / "link").symlink_to(LINKS[link](outside))
    belong(caller, shared, *shared.iterdir())
    before, runs = contents(outside), []
    with swapping(shared / "x", shared / "link"):
        for number in range(40):
            node = owned_node(place, caller, export("Public", "/a", outside),
                              export("Public", "/b", shared), export(mode, f"/b/x/made{number}", MADE[mode]))
            runs.append(shell(node, "grep -c ' /a/' /proc/self/mountinfo; :", caller))
    assert contents(outside) == before
    for done in runs:
        assert (done.returncode, done.stdout) in ((0, "0\n"), (125, "")), done.stderr
    assert {done.returncode for done in runs} == {0, 125}


@pytest.mark.parametrize("swapped", [True, False])
def test_w17_a_directory_that_was_just_made_is_given_to_nobody_through_a_link(place, swapped):
    """Its place is taken by a link as soon as it is there, strace(1) holding redwrap; control: it stays."""
    node = owned_node(place, (), export("Public", "/made", "$NODE_PATH/spot/made"), **{"set-user": "1"})
    made, victim = node / "spot/made", place / "victim"
    for directory in (node / "spot", victim):
        directory.mkdir()

    def swap():
        wait_until(made.exists)
        if swapped:
            made.rename(node / "spot/away")
            made.symlink_to(victim)

    swapper = threading.Thread(target=swap)
    swapper.start()
    done = run("strace", "-f", "-o", "/dev/null", "-e", "inject=mkdirat:delay_exit=100000", REDWRAP, "-r",
               node, "--", "/bin/true")
    swapper.join()
    assert (done.returncode, victim.stat().st_uid) == (125 if swapped else 0, 0), done.stderr
    assert swapped or made.stat().st_uid == 1


def test_what_is_written_to_proc_goes_to_the_hosts(place, shared, caller):
    """CVE-2025-52881: a node whose /proc is what somebody else filled redirects no setting of its own."""
    names = ("self/timens_offsets", "self/uid_map", "self/gid_map", "self/setgroups", "self/attr/current",
             "self/attr/smack/current", "self/oom_score_adj", "sys/user/max_user_namespaces")
    for name in names:
        (shared / name).parent.mkdir(parents=True, exist_ok=True)
        (shared / name).touch()
    belong(caller, *shared.rglob("*"))
    settings = {"map-root-user": 1, "nested_userns": "Disabled"}
    node = owned_node(place, caller, export("Public", "/proc", shared), export("Procfs", "/real"), **settings)
    text = (node / "etc/redpak.yaml").read_text(encoding="utf-8")
    write_node(node, text.replace("- {mode: Procfs, mount: /proc}\n", ""))
    belong(caller, *node.rglob("*"))
    script = "cat /real/self/timens_offsets /real/self/uid_map; unshare --user true"
    done = shell(node, script, caller)
    offsets, mapped = ["monotonic", "86400", "0", "boottime", "0", "0"], ["0", str(owner(caller)), "1"]
    assert done.stdout.split() == offsets + mapped
    assert done.returncode != 0 and "unshare failed" in done.stderr
    assert {name: (shared / name).read_text(encoding="utf-8") for name in names} == dict.fromkeys(names, "")


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_of_the_host_that_is_a_link_is_not_shown(place, caller, name):
    """CVE-2025-31133 and CVE-2025-52565: in a /dev of the test's own; control: without the link."""
    marker = place / "marker"
    marker.write_text("marker\n", encoding="ascii")
    belong(caller, marker)
    node = owned_node(place, caller)

    def start(link):
        made = [f"ln -s {marker} {device}" if device == link else f"mknod -m 666 {device} c {major} {minor}"
                for device, (major, minor) in DEVICES.items()]
        script = " && ".join(["mount -t tmpfs none /dev", "cd /dev", *made, "cd /", 'exec "$@"'])
        return run("unshare", "--mount", "sh", "-c", script, "sh", *caller, REDWRAP, "-r", node, "--",
                   "/bin/stat", "-c", "%F", f"/dev/{name}")

    assert start(None).stdout == "character special file\n"
    assert_error(start(name), 125, f"/dev/{name}")
    assert marker.read_text(encoding="ascii") == "marker\n"
