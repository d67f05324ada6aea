# SPDX-License-Identifier: Apache-2.0
"""W6: what somebody else owns, writes, links or swaps of a node runs nothing (rednode.md 1)."""
import os
import shutil
import socket
import struct
import threading
from pathlib import Path

import pytest

from redwrap_runs import (CALLERS, LIMITED, REDWRAP, assert_error, run, shell, system_node,
                          trusted_place, write_node)

# pytest finds fixtures by their being here.
FIXTURES = (trusted_place, system_node)
STRANGER = 1001
CONFIG, STATUS = "etc/redpak.yaml", ".rednode.yaml"


def owned_by(name, owner=STRANGER):
    """Give something of the node away."""
    return lambda node: os.chown(node / name, owner, owner, follow_symlinks=False)


def with_mode(name, mode):
    """Change a mode in the node."""
    return lambda node: (node / name).chmod(mode)


def replaced(name, make):
    """Put something else in the place of a file of the node."""
    def spoil(node):
        (node / name).unlink()
        make(node / name)
    return spoil


def listen(path):
    """Make a UNIX socket."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def link_to_strangers(path):
    """Link to a copy of the configuration that somebody else owns."""
    theirs = path.parents[1] / "theirs.yaml"
    theirs.write_text("headers: {alias: theirs}\n", encoding="ascii")
    os.chown(theirs, STRANGER, STRANGER)
    path.symlink_to(theirs)


def link_through_strangers(path):
    """Link to root's file in a directory that somebody else owns."""
    theirs = path.parents[1] / "theirs"
    theirs.mkdir()
    (theirs / "file.yaml").write_text("headers: {alias: theirs}\n", encoding="ascii")
    os.chown(theirs, STRANGER, STRANGER)
    path.symlink_to(theirs / "file.yaml")


def link_of_stranger(path):
    """A link that somebody else made to what root owns."""
    mine = path.parents[1] / "mine.yaml"
    mine.write_text("headers: {alias: mine}\n", encoding="ascii")
    path.symlink_to(mine)
    os.chown(path, STRANGER, STRANGER, follow_symlinks=False)


def writable_by_acl(name, tag, who):
    """Give one user (tag 2) or group (tag 8) the right to write, acl(5)."""
    anybody = 0xffffffff
    middle = [(tag, 6, who), (4, 4, anybody)] if tag == 2 else [(4, 4, anybody), (tag, 6, who)]
    entries = [(1, 7, anybody), *middle, (16, 7, anybody), (32, 5, anybody)]
    value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    return lambda node: os.setxattr(node / name, "system.posix_acl_access", value)


def planted_above(node):
    """Somebody else makes the directory above a node."""
    status = node.parent / STATUS
    status.write_text((node / STATUS).read_text(encoding="ascii"), encoding="ascii")
    os.chown(status, STRANGER, STRANGER)


def etc_elsewhere(node):
    """The directory of the configuration is a link to somebody else's."""
    (node / "etc").rename(node.parent / "elsewhere")
    (node / "etc").symlink_to(node.parent / "elsewhere")
    os.chown(node.parent / "elsewhere", STRANGER, STRANGER)


def write_bytes(name, content):
    """Make a file of the node hold these bytes."""
    return lambda node: (node / name).write_bytes(content)


# name: (what is done to the node, what the error names, reason)
PLACES = {
    **{f"owner-of-{name.strip('./') or 'node'}": (owned_by(name), name, "belongs to user 1001")
       for name in (".", "etc", STATUS, CONFIG)},
    "owner-above": (lambda node: os.chown(node.parent, STRANGER, STRANGER), "..", "belongs to user 1001"),
    "owner-nobody": (owned_by(CONFIG, 65534), CONFIG, "belongs to user 65534"),
    **{f"mode-{mode:04o}-of-{name.strip('./') or 'node'}": (with_mode(name, mode), name, "others may write")
       for name in (".", "etc") for mode in (0o777, 0o775, 0o757, 0o773)},
    **{f"mode-{mode:04o}-of-{name.strip('./')}": (with_mode(name, mode), name, "others may write")
       for name in (STATUS, CONFIG) for mode in (0o666, 0o664, 0o646, 0o1666)},
    "mode-above": (with_mode("..", 0o777), "..", "others may write"),
    **{f"acl-{tag}-of-{name.strip('./') or 'node'}":
       (writable_by_acl(name, tag, STRANGER), name, "others may write")
       for tag in (2, 8) for name in (".", "etc", STATUS, CONFIG)},
    "fifo": (replaced(CONFIG, os.mkfifo), CONFIG, "not a regular file"),
    "directory": (replaced(CONFIG, os.mkdir), CONFIG, "not a regular file"),
    "socket": (replaced(CONFIG, listen), CONFIG, "No such device"),
    "device": (replaced(CONFIG, lambda path: os.mknod(path, 0o20644, os.makedev(1, 5))), CONFIG,
               "not a regular file"),
    "nothing": (replaced(CONFIG, lambda path: None), CONFIG, "no such file"),
    "no-etc": (lambda node: (node / "etc").rename(node / "gone"), "etc", "No such file"),
    "etc-file": (lambda node: ((node / "etc").rename(node / "gone"), (node / "etc").touch()), "etc",
                 "Not a directory"),
    "status-fifo": (replaced(STATUS, os.mkfifo), ".", "not a node"),
    "status-directory": (replaced(STATUS, os.mkdir), ".", "not a node"),
    "status-nothing": (replaced(STATUS, lambda path: None), ".", "not a node"),
    "status-link-to-nothing": (replaced(STATUS, lambda path: path.symlink_to("none")), STATUS,
                               "No such file"),
    "status-link-to-stranger": (replaced(STATUS, link_to_strangers), "", "belongs to user 1001"),
    "link-to-nothing": (replaced(CONFIG, lambda path: path.symlink_to("none")), "etc/none", "No such file"),
    "link-to-itself": (replaced(CONFIG, lambda path: path.symlink_to(path)), CONFIG, "follow the link"),
    "link-to-directory": (replaced(CONFIG, lambda path: path.symlink_to("/usr")), "/usr",
                          "not a regular file"),
    "link-to-device": (replaced(CONFIG, lambda path: path.symlink_to("/dev/zero")), "/dev/zero", ""),
    "link-to-process": (replaced(CONFIG, lambda path: path.symlink_to("/proc/self/environ")), CONFIG,
                        "not YAML"),
    "link-to-strangers": (replaced(CONFIG, link_to_strangers), "theirs.yaml", "belongs to user 1001"),
    "link-through-strangers": (replaced(CONFIG, link_through_strangers), "theirs", "belongs to user 1001"),
    "link-of-stranger": (replaced(CONFIG, link_of_stranger), CONFIG, "belongs to user 1001"),
    "etc-of-stranger": (etc_elsewhere, "elsewhere", "belongs to user 1001"),
    "planted-above": (planted_above, "../" + STATUS, "belongs to user 1001"),
    "larger-than-1-mib": (write_bytes(CONFIG, b"#" * ((1 << 20) + 1)), CONFIG, "larger than 1048576"),
    "status-larger-than-1-mib": (write_bytes(STATUS, b"#" * ((1 << 20) + 1)), STATUS, "larger than 1048576"),
    "nul": (write_bytes(CONFIG, bytes(4096)), CONFIG + ":1:1: ", "control characters"),
    "sparse": (lambda node: os.truncate(node / CONFIG, 1 << 40), CONFIG, "larger than 1048576"),
}


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
@pytest.mark.parametrize("name", PLACES)
def test_w6_what_others_made_or_may_write_runs_nothing(place, caller, name):
    spoil, named, reason = PLACES[name]
    node = write_node(place / "node")
    command = ("/usr/bin/echo", "ran")
    control = run(*caller, REDWRAP, "--redpath", node, "--", *command)
    assert (control.returncode, control.stdout) == (0, "ran\n"), control.stderr
    spoil(node)
    done = run(*caller, REDWRAP, "--redpath", node, "--", *command, **LIMITED)
    shown = Path(os.path.normpath(node / named.partition(":")[0]))
    assert_error(done, 125, shown if named.startswith((".", "etc")) else named, reason)


def test_w6_a_linked_configuration_runs_when_both_paths_are_roots(place, node):
    """Control of the links: one that leads through root's directories is followed."""
    (place / "kept").mkdir()
    (node / CONFIG).rename(place / "kept/node.yaml")
    (node / CONFIG).symlink_to("../../kept/node.yaml")
    assert shell(node, "echo ran").stdout == "ran\n"


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
def test_w6_a_configuration_that_is_swapped_meanwhile_is_never_a_strangers(place, node, caller):
    """The node's own file and a link to somebody else's change places while redwrap starts."""
    link_to_strangers(node / "etc/other.yaml")
    (node / "theirs.yaml").write_text("headers: {alias: theirs}\nexports: [{mode: Restricted, mount: /}]\n",
                                      encoding="ascii")
    ended = threading.Event()

    def swap():
        first, second, spare = node / CONFIG, node / "etc/other.yaml", node / "etc/spare.yaml"
        while not ended.is_set():
            for source, target in ((first, spare), (second, first), (spare, second)):
                source.rename(target)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        runs = [run(*caller, REDWRAP, "--redpath", node, "--", "/bin/sh", "-c", "test -e /root || echo ran")
                for _ in range(100)]
    finally:
        ended.set()
        swapper.join()
    for done in runs:
        assert (done.returncode, done.stdout) in ((0, "ran\n"), (125, "")), done.stderr
    assert {done.returncode for done in runs} == {0, 125}


@pytest.mark.parametrize("rights", [0o755, 0o4755])
def test_nobody_learns_what_there_is_where_he_may_not_look(place, rights):
    """CVE-2022-47952: what is there and what is not are told alike; control: root is told the difference."""
    closed = place / "closed"
    closed.mkdir()
    (closed / "there").mkdir()
    closed.chmod(0o700)
    copy = shutil.copy(REDWRAP, place / "redwrap")
    os.chmod(copy, rights)

    def told(name, caller, key):
        path = closed / name
        config = {"export": f"exports: [{{mode: RestrictedFile, mount: /x, path: {path}}}]\n",
                  "share": f"config: {{share_net: {path}}}\n", "node": ""}[key]
        node = write_node(place / "node", "headers: {alias: n}\n" + config)
        command = copy if caller == "user" else REDWRAP
        done = run(*CALLERS[caller], command, "-r", path if key == "node" else node, "--", "/bin/true")
        assert done.returncode == 125
        return done.stderr.replace(name, "NAME")

    for key in ("export", "share", "node"):
        assert told("there", "user", key) == told("none", "user", key)
        assert told("there", "root", key) != told("none", "root", key)


def test_it_lends_no_rights_of_a_set_user_id_file(node, place):
    """rednode.md 1: the files of a node are trusted as far as the caller is."""
    copy = shutil.copy(REDWRAP, place / "redwrap")
    words = (*CALLERS["user"], copy, "-r", node, "--", "/bin/true")
    assert run(*words).returncode == 0
    os.chmod(copy, 0o4755)
    assert_error(run(*words), 125, "set-user-ID", "chmod")
