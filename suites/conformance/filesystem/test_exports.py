# SPDX-License-Identifier: Apache-2.0
"""Parts of the host in a node: those selected, read-only or not."""

import os
import stat

from framework import export, minimal, verifies
from framework.host import MADE, content
from framework.mounts import mount, unmount
from framework.nodes import witness

ITEM = "REDPAK.HRQ-R-RED-MOU-SEL-PAR-HOS-FIL/"


def _tree(check):
    """Return a directory of the host that holds `part` and `other`, each with a file that may be read."""
    folder = check.scratch()
    for name in ("part", "other"):
        (folder / name).mkdir()
        (folder / name / "file").write_text(name)
    (folder / "part" / "link").symlink_to("../other/file")
    return folder


@verifies(ITEM + "selected", needs=("namespace.mnt",))
def test_selected_part(check):
    """What is exported is there, what stands beside it on the host is not, and no link leads there."""
    folder = _tree(check)
    part, other = (export("Restricted", folder / name) for name in ("part", "other"))

    def look(exports, role):
        return check.observe(minimal(*exports), f"read_file={folder}/part/file", f"directory={folder}",
                             f"link:read_file={folder}/part/link",
                             role=role,
                             outside=lambda running: sorted(os.listdir(f"/proc/{running.pid}/root{folder}")))

    protected, control = look([part], "protected"), look([part, other], "control")
    check.conclude(holds=protected.inside["read_file"]["permitted"]
                   and protected.inside["directory"] == protected.outside == ["part"]
                   and protected.inside["link"]["errno"] == "ENOENT",
                   exposed=control.inside["directory"] == control.outside == ["other", "part"]
                   and control.inside["link"]["permitted"],
                   expected="the part that is exported, and not the one beside it")


# Where a file is tried to be made: in what is exported, in a mount below it, and in one below that.
PLACES = ("made", "below/made", "below/deeper/made")


def _mount_below(check, directory):
    """Mount a tmpfs that anybody may write to on a new directory."""
    directory.mkdir()
    mount("redproof", directory, "tmpfs")
    check.at_end(unmount, directory)
    directory.chmod(0o777)


def _write_everywhere(check, mode, role, places=PLACES):
    """Export a directory and try to make a file at each of `places`; outside is what the host has there."""
    folder = check.scratch(disk=True)
    if len(places) > 1:
        _mount_below(check, folder / "below")
        _mount_below(check, folder / "below" / "deeper")
    return check.observe(minimal(export(mode, "/data", folder)),
                         *(f"{place}:make_file=/data/{place}" for place in places), role=role,
                         outside=lambda running: {place: content(folder / place) for place in places})


def _refused(run):
    return (all(seen["errno"] == "EROFS" for seen in run.inside.values())
            and not any(run.outside.values()))


def _reached(run):
    return (all(seen["permitted"] for seen in run.inside.values())
            and all(text == MADE for text in run.outside.values()))


@verifies(ITEM + "read-only", needs=("namespace.mnt",))
def test_read_only(check):
    """A Restricted export cannot be written to, nor can what is mounted below it, however deep."""
    protected = _write_everywhere(check, "Restricted", "protected")
    control = _write_everywhere(check, "Public", "control")
    check.conclude(holds=_refused(protected), exposed=_reached(control),
                   expected="writing refused (EROFS), also in the mounts below, and nothing on the host")


@verifies(ITEM + "read-only", needs=("namespace.mnt", "namespace.user"), callers=("root",))
def test_read_only_stays(check):
    """A payload with every capability in its user namespace can neither remount the export nor uncover it."""
    def look(share, role):
        folder = check.scratch(disk=True)
        node = minimal(export("Restricted", "/data", folder), share_user=share, capabilities={"ALL": 1})
        return check.observe(node, "remount_writable=/data", "make_file=/data/made", "unmount=/data",
                             role=role, outside=lambda running: content(folder / "made"))

    def permitted(run):
        return [run.inside[name]["permitted"] for name in ("remount_writable", "unmount")]

    def made(run):
        return run.inside["make_file"]["permitted"], run.outside

    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    check.conclude(holds=not any(permitted(protected)) and made(protected) == (False, None)
                   and protected.inside["make_file"]["errno"] == "EROFS",
                   exposed=all(permitted(control)) and made(control) == (True, MADE),
                   expected="remount and unmount refused where the user namespace is the node's own")


@verifies(ITEM + "read-only", needs=("namespace.mnt",))
def test_later_mount(check):
    """What the host mounts below a Restricted export while the node runs cannot be written to either."""
    def look(place, node, role):
        folder = check.scratch(disk=True)
        (folder / "below").mkdir()
        command = witness("pid", "--", f"make_file={place or folder}/below/made")
        with check.start(node and node(folder), command, role) as running:
            running.observe()
            mount("redproof", folder / "below", "tmpfs")
            check.at_end(unmount, folder / "below")
            (folder / "below").chmod(0o777)
            running.send("")
            seen = running.observe()["make_file"]
            running.outside = {"attempt": seen, "content": content(folder / "below" / "made")}
        return running.run

    protected = look("/data", lambda folder: minimal(export("Restricted", "/data", folder)), "protected")
    control = look(None, None, "control")
    refused = {"attempt": {"permitted": False, "errno": "EROFS"}, "content": None}
    check.conclude(holds=protected.outside == refused,
                   exposed=control.outside["attempt"]["permitted"] and control.outside["content"] == MADE,
                   expected="writing refused (EROFS), and nothing in the host's new mount")


@verifies(ITEM + "read-write", needs=("namespace.mnt",))
def test_read_write(check):
    """What is written to a Public export reaches the host; what is written to a Tmpfs does not."""
    protected = _write_everywhere(check, "Public", "protected", PLACES[:1])
    control = _write_everywhere(check, "Tmpfs", "control", PLACES[:1])
    check.conclude(holds=_reached(protected),
                   exposed=control.inside["made"]["permitted"] and control.outside["made"] is None,
                   expected="the file that the payload made on the host")


@verifies(ITEM + "read-only", needs=("namespace.mnt",))
def test_a_file(check):
    """A single file."""
    def look(mode, role):
        file = check.scratch() / "file"
        file.write_text("kept\n")
        check.caller.own(file)
        return check.observe(minimal(export(mode, "/data", file)), "append_file=/data", role=role,
                             outside=lambda running: content(file))

    protected, control = look("RestrictedFile", "protected"), look("PublicFile", "control")
    check.conclude(holds=protected.inside["append_file"]["errno"] == "EROFS"
                   and protected.outside == "kept\n",
                   exposed=control.inside["append_file"]["permitted"] and control.outside != "kept\n",
                   expected="writing to the file refused (EROFS)")


@verifies(ITEM + "selected", needs=("namespace.mnt",))
def test_devices(check):
    """None of a node's devices leads to data of the host: no disk, no memory, no messages of the kernel."""
    host = sorted(entry.name for entry in os.scandir("/dev")
                  if stat.S_ISBLK(entry.stat().st_mode) or entry.name in ("kmsg", "mem", "port"))

    def look(node, role):
        return check.observe(node, "directory=/dev", role=role)

    protected, control = look(minimal(export("Devfs", "/dev")), "protected"), look(None, "control")
    check.conclude(holds="null" in protected.inside["directory"]
                   and not set(host) & set(protected.inside["directory"]),
                   exposed=bool(host) and set(host) <= set(control.inside["directory"]),
                   expected=f"null, and none of {', '.join(host)}")
