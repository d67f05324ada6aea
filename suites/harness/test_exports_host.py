# SPDX-License-Identifier: Apache-2.0
"""Paths of the host: what is followed, what is made where, and what is left of a start that is refused.

rednode.md 2 and 3, W4, W17, CVE-2021-30465.
"""
import os
import stat

import pytest

from exports_runs import export, owned_node, owner, shared_directory, with_exports
from redwrap_runs import REDWRAP, assert_error, each_caller, run, shell, trusted_place, write_node

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, shared_directory, trusted_place)
STRANGER = 1001


def tree(directory):
    """Return the names of everything below a directory."""
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def give(path, uid):
    """Give a file or link to somebody."""
    os.chown(path, uid, uid, follow_symlinks=False)


def start(node, caller, *options):
    """Run the node with these options of redwrap."""
    return run(*caller, REDWRAP, "-r", node, *options, "--", "/bin/true")


@pytest.mark.parametrize("mode", ["Anonymous", "Public", "Symlink", "Tmpfs"])
def test_w4_no_mount_point_leaves_the_root(place, shared, caller, mode):
    """rednode.md 2: `..` is resolved as text, and refused where it climbs above `/`."""
    made = shared / "made"

    def node(mount):
        path = "/usr" if mode in ("Public", "Symlink") else None
        return owned_node(place, caller, export(mode, mount, path))

    assert_error(start(node(f"/a/../../..{made}"), caller), 125, "redpak.yaml:", "climb")
    assert tree(shared) == []
    assert shell(node(f"/a/b/../..{made}"), f"ls -d {made}", caller).stdout == f"{made}\n"
    assert tree(shared) == []


def test_w17_directories_are_made_only_beneath_a_node(place, shared, caller):
    """Elsewhere with --force alone; the control is the same node with it."""
    node = owned_node(place, caller, export("Public", "/made", shared / "one/two"))
    assert_error(start(node, caller), 125, "redpak.yaml:11:3", shared / "one/two", "--force")
    assert not tree(shared)
    assert start(node, caller, "--force").returncode == 0
    assert tree(shared) == ["one", "one/two"]


def test_directories_are_made_beneath_an_ancestor_node(place, caller):
    parent = owned_node(place, caller)
    child = write_node(parent / "child", with_exports(export("Public", "/made", parent / "data")))
    for path in (child, *child.rglob("*")):
        give(path, owner(caller))
    assert start(child, caller).returncode == 0
    assert (parent / "data").is_dir()


def test_strict_makes_nothing(place, caller):
    node = owned_node(place, caller, export("Restricted", "/made", "$NODE_PATH/data"))
    before = tree(node)
    assert_error(start(node, caller, "--strict"), 125, "redpak.yaml:11:3", node / "data", "--strict")
    assert tree(node) == before
    assert start(node, caller, "--strict=no").returncode == 0
    assert (node / "data").is_dir()


def test_w17_no_link_leads_to_where_a_directory_is_made(place, shared, caller):
    """A link to nothing is refused, whoever made it, with --force, too: CVE-2024-45310."""
    node = owned_node(place, caller, export("Public", "/made", "$NODE_PATH/link/data"))
    (node / "link").symlink_to(shared / "missing")
    give(node / "link", owner(caller))
    for options in ((), ("--force",)):
        assert_error(start(node, caller, *options), 125, node / "link/data", "symbolic link", "missing")
    assert not tree(shared)


def test_w17_the_existing_part_counts_not_its_name(place, shared, caller):
    """A link in the node to an existing directory outside: what would be made lies outside, too."""
    node = owned_node(place, caller, export("Public", "/made", "$NODE_PATH/link/data"))
    (node / "link").symlink_to(shared)
    give(node / "link", owner(caller))
    assert_error(start(node, caller), 125, "--force")
    assert not tree(shared)
    assert start(node, caller, "--force").returncode == 0
    assert tree(shared) == ["data"]


@pytest.mark.parametrize("final", [True, False])
def test_w17_a_strangers_link_is_not_followed(place, shared, caller, final):
    """Neither as the path itself nor on the way; root's and the caller's are."""
    (shared / "real/data").mkdir(parents=True)
    link = shared / "link"
    link.symlink_to("real/data" if final else "real")
    node = owned_node(place, caller, export("Restricted", "/made", link if final else link / "data"))
    for uid in (0, owner(caller)):
        give(link, uid)
        assert start(node, caller).returncode == 0
    give(link, STRANGER)
    assert_error(start(node, caller), 125, "redpak.yaml:11:3", link, f"user {STRANGER}", "chown -h")


@pytest.mark.parametrize("final", [True, False])
def test_w17_a_link_that_a_payload_made_is_not_followed(place, shared, caller, final):
    """CVE-2021-30465: the next start would show the payload what it chose. The control is no link of its."""
    node = owned_node(place, caller, export("Public", "/data", "$NODE_PATH/data"),
                      export("Public", "/x", "$NODE_PATH/data/x" + ("" if final else "/y")))
    (shared / "y").mkdir()
    assert shell(node, "mv /data/x /data/was; ln -s was /data/x", caller).returncode == 0
    link = node / "data/x"
    for target in (shared, "was"):
        link.unlink()
        link.symlink_to(target)
        give(link, owner(caller))
        assert_error(shell(node, "echo started", caller), 125, "redpak.yaml:", link, "payload")
    link.unlink()
    (node / "data/was").rename(link)
    assert shell(node, "echo started", caller).stdout == "started\n"


def test_links_are_resolved_as_by_the_kernel(place, shared, caller):
    """Absolute, relative, through `..`, and one to the next; a loop ends."""
    (shared / "a/b").mkdir(parents=True)
    (shared / "a/b/file").write_text("found\n", encoding="utf-8")
    for name, target in (("absolute", shared / "a"), ("up", "a/../../shared/a"), ("chain", "absolute/b"),
                         ("top", "../" * 40 + str(shared / "a")[1:]), ("loop", "loop")):
        (shared / name).symlink_to(target)
    for path in ("absolute/b", "up/b", "chain", "top/b"):
        node = owned_node(place, caller, export("Restricted", "/made", shared / path))
        assert shell(node, "cat /made/file", caller).stdout == "found\n"
    node = owned_node(place, caller, export("Restricted", "/made", shared / "loop"))
    assert_error(start(node, caller), 125, "redpak.yaml:11:3", shared / "loop")


def test_a_refused_start_leaves_no_directory(place, shared, caller):
    """What was made for it, on the way and as mount points below a writable export, is removed."""
    node = owned_node(place, caller, export("Public", "/a", "$NODE_PATH/one/two"),
                      export("Public", "/b", shared), export("Tmpfs", "/b/x/y"),
                      export("Execfd", "/b/z", "echo x"), export("Symlink", "/b/link", "z"),
                      export("RestrictedFile", "/c", "/nowhere/file"))
    before = tree(node)
    assert_error(start(node, caller), 125, "/nowhere/file")
    assert tree(node) == before and not tree(shared)
    (node / "etc/redpak.yaml").write_text(
        with_exports(export("Public", "/a", "$NODE_PATH/one/two"), export("Public", "/b", shared),
                     export("Tmpfs", "/b/x/y"), export("Execfd", "/b/z", "echo x"),
                     export("Symlink", "/b/link", "z")), encoding="utf-8")
    assert start(node, caller).returncode == 0
    assert tree(node) == sorted(before + ["one", "one/two"])
    assert tree(shared) == ["link", "x", "x/y", "z"]
    assert start(node, caller).returncode == 0, "the next start finds them"


def test_a_refused_start_leaves_what_has_content(place, shared, caller):
    """And what was there before."""
    (shared / "x").mkdir()
    node = owned_node(place, caller, export("Public", "/b", shared), export("Tmpfs", "/b/x/y"),
                      export("RestrictedFile", "/c", "/nowhere/file"))
    give(shared / "x", owner(caller))
    assert_error(start(node, caller), 125, "/nowhere/file")
    assert tree(shared) == ["x"]


def test_a_program_that_is_not_there_is_a_refused_start(place, caller):
    node = owned_node(place, caller, export("Public", "/a", "$NODE_PATH/one"))
    done = run(*caller, REDWRAP, "-r", node, "--", "/nowhere")
    assert_error(done, 127, "/nowhere")
    assert not (node / "one").exists()


def test_a_directory_that_cannot_be_made_is_named(place, shared):
    """Here: beneath one that the caller may not write to."""
    caller = ("setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups")
    (shared / "closed").mkdir()
    (shared / "closed").chmod(0o755)
    node = owned_node(place, caller, export("Public", "/made", shared / "closed/data"))
    assert_error(start(node, caller, "--force"), 125, "redpak.yaml:11:3", shared / "closed/data",
                 "Permission denied")


def test_mount_points_below_a_read_only_export_must_exist(place, shared, caller):
    """The control has them."""
    node = owned_node(place, caller, export("Restricted", "/b", shared), export("Tmpfs", "/b/x/y"))
    (shared / "x").mkdir()
    assert_error(start(node, caller), 125, "redpak.yaml:12:3", "/b/x/y", "read-only export")
    assert tree(shared) == ["x"]
    (shared / "x/y").mkdir()
    done = shell(node, "echo >/b/x/y/new; ls /b/x/y; echo >/b/x/new", caller)
    assert done.stdout == "new\n" and "Read-only file system" in done.stderr


def test_a_mount_point_is_no_link(place, shared, caller):
    """Nothing is mounted where a link leads: it may be the payload's (CVE-2021-30465, CVE-2015-1335)."""
    (shared / "link").symlink_to("/usr")
    node = owned_node(place, caller, export("Public", "/b", shared), export("Tmpfs", "/b/link"))
    assert_error(start(node, caller), 125, "redpak.yaml:12:3", "/b/link")


def test_an_export_within_one_that_comes_late_is_there(place, caller):
    """Below proc, which a process inside the new namespace makes."""
    node = owned_node(place, caller, export("Tmpfs", "/proc/fs"))
    assert shell(node, "stat -f -c %T /proc/fs", caller).stdout == "tmpfs\n"


def test_exports_are_made_by_what_their_mounts_mean(place, shared, caller):
    """`/./b/x` stands below `/b`, though its text comes first."""
    (shared / "x").mkdir()
    node = owned_node(place, caller, export("Restricted", "/b", shared), export("Tmpfs", "/./b/x"))
    assert shell(node, "stat -f -c %T /b/x", caller).stdout == "tmpfs\n"


@pytest.mark.parametrize("umask, mode", [(0o022, 0o755), (0o002, 0o775), (0o077, 0o700)])
def test_the_callers_umask_holds_for_what_is_made(place, caller, umask, mode):
    node = owned_node(place, caller, export("Public", "/made", "$NODE_PATH/data"))
    assert shell(node, "true", caller, umask=umask).returncode == 0
    assert stat.S_IMODE((node / "data").stat().st_mode) == mode


@pytest.mark.parametrize("user", ["Enabled", "Disabled"])
def test_what_was_made_is_removed_when_the_program_is_not_there(place, caller, user):
    """Also where redwrap itself has mounted on it; control: of a program that is there it stays."""
    node = owned_node(place, caller, export("Public", "/data", "$NODE_PATH/data"),
                      export("Tmpfs", "/data/sub/tmp"), share_user=user)
    before = tree(node)
    done = run(*caller, REDWRAP, "-r", node, "--", "/nowhere")
    assert (done.returncode, tree(node)) == (127, before), done.stderr
    assert start(node, caller).returncode == 0
    assert tree(node) != before
