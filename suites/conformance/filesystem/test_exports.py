# SPDX-License-Identifier: Apache-2.0
"""Parts of the host in a node: those selected, read-only or not."""

import os

from framework import export, minimal, verifies
from framework.mounts import mount, unmount
from framework.nodes import witness

from . import content

ITEM = "REDPAK.HRQ-R-RED-MOU-SEL-PAR-HOS-FIL/"
MADE = "made\n"


def _tree(check):
    """Return a directory of the host that holds `part` and `other`, each with a file that may be read."""
    folder = check.scratch()
    for name in ("part", "other"):
        (folder / name).mkdir()
        (folder / name / "file").write_text(name)
    return folder


@verifies(ITEM + "selected", needs=("namespace.mnt",))
def test_selected_part(check):
    """What is exported is there, what stands beside it on the host is not."""
    folder = _tree(check)
    part, other = (export("Restricted", folder / name) for name in ("part", "other"))

    def look(exports, role):
        return check.observe(minimal(*exports), f"read_file={folder}/part/file", f"directory={folder}",
                             role=role,
                             outside=lambda running: sorted(os.listdir(f"/proc/{running.pid}/root{folder}")))

    protected, control = look([part], "protected"), look([part, other], "control")
    check.conclude(holds=protected.inside["read_file"]["permitted"]
                   and protected.inside["directory"] == protected.outside == ["part"],
                   exposed=control.inside["directory"] == control.outside == ["other", "part"],
                   expected="the part that is exported, and not the one beside it")


def _write_everywhere(check, mode, role, mounted=True):
    """Export a directory and try to make a file in it and, if `mounted`, in a mount below it.

    Returns the runs; what each holds as seen from outside is the file's content on the host.
    """
    folder = check.scratch(disk=True)
    if mounted:
        (folder / "below").mkdir()
        mount("redproof", folder / "below", "tmpfs")
        check.at_end(unmount, folder / "below")
        (folder / "below").chmod(0o777)
    node = minimal(export(mode, "/data", folder))
    return [check.observe(node, f"make_file=/data/{name}", role=role,
                          outside=lambda running, name=name: content(folder / name))
            for name in ("made", "below/made")[:1 + mounted]]


def _refused(run):
    return run.inside["make_file"]["errno"] == "EROFS" and run.outside is None


def _reached(run):
    return run.inside["make_file"]["permitted"] and run.outside == MADE


@verifies(ITEM + "read-only", needs=("namespace.mnt",))
def test_read_only(check):
    """A Restricted export cannot be written to, nor can what is mounted below it on the host."""
    protected = _write_everywhere(check, "Restricted", "protected")
    control = _write_everywhere(check, "Public", "control")
    check.conclude(holds=all(map(_refused, protected)), exposed=all(map(_reached, control)),
                   expected="writing refused (EROFS), also in the mount below, and nothing on the host")


@verifies(ITEM + "read-only", needs=("namespace.mnt", "namespace.user"), callers=("root",))
def test_read_only_stays(check):
    """A payload with every capability in its user namespace can neither remount the export nor uncover it."""
    def look(share, role):
        folder = check.scratch(disk=True)
        node = minimal(export("Restricted", "/data", folder), share_user=share, capabilities={"ALL": 1})
        return check.observe(node, "remount_writable=/data", "make_file=/data/made", "unmount=/data",
                             role=role, outside=lambda running: content(folder / "made"))

    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    check.conclude(holds=not protected.inside["remount_writable"]["permitted"] and _refused(protected)
                   and not protected.inside["unmount"]["permitted"],
                   exposed=control.inside["remount_writable"]["permitted"] and _reached(control)
                   and control.inside["unmount"]["permitted"],
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
    protected = _write_everywhere(check, "Public", "protected", mounted=False)
    control = _write_everywhere(check, "Tmpfs", "control", mounted=False)
    check.conclude(holds=all(map(_reached, protected)),
                   exposed=all(run.inside["make_file"]["permitted"] and run.outside is None
                               for run in control),
                   expected="the file that the payload made on the host")
