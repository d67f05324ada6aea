# SPDX-License-Identifier: Apache-2.0
"""Writable exports that hold what holds the node: its control groups (W15), its configuration (W16)."""

import os

from cgroups.groups import Member, prepare
from framework import export, minimal, verifies

from . import conclude, content, denied, items, permitted

LIMIT = "50"
GROUP_WAYS = ("raise-own-limit", "leave-own-group", "make-a-group")
FILES = (".rednode.yaml", "etc/redpak.yaml", "etc/redpak-admin.yaml")
FILE_WAYS = ("rewrite-own-configuration", "rewrite-own-status", "add-an-admin-configuration",
             "replace-own-directory")


def _group(check):
    """Have the caller start in a group of its own, with a limit and another below. Returns the group."""
    base, _ = prepare(check, own=True)
    other = base.path / "other"
    other.mkdir()
    base.write("pids.max", LIMIT)
    for path in (base.path / "pids.max", other, other / "cgroup.procs"):
        os.chown(path, check.caller.uid, check.caller.gid)
    check.caller = Member(check.caller.name, check.caller.uid, check.caller.gid, base.path)
    return base


@verifies(*items(*GROUP_WAYS), needs=("cgroup.mode", "cgroup.controller.pids"))
def test_control_groups_are_read_only(check):
    """CVE-2023-25809: what the caller may do to its groups, the payload may not, whatever shows them."""
    def look(node, place, role):
        attempts = (f"{place}/pids.max,max", f"{place}/other/cgroup.procs,0")
        written = (f"{name}:write_text={words}" for name, words in zip(GROUP_WAYS, attempts))
        return check.observe(node, *written, f"{GROUP_WAYS[2]}:make_directory={place}/made", role=role,
                             outside=lambda _: [base.text("pids.max"), (base.path / "made").exists()])

    base = _group(check)
    shown = {"/data": base.path, f"/data/fs/cgroup/{base.path.name}": "/sys"}
    protected = [look(minimal(export("Public", "/data", path), share_cgroup="Enabled"), place, "protected")
                 for place, path in shown.items()]
    control = look(None, base.path, "control")
    for name in GROUP_WAYS:
        conclude(check, name, "W15", "CVE-2023-25809", exposed=permitted(control, name)
                 and control.outside == ["max", True],
                 holds=all(denied(check, run, name) and run.outside == [LIMIT, False] for run in protected),
                 expected="nothing written to control groups, and none made")


@verifies(*items(*FILE_WAYS), needs=("namespace.mnt",))
def test_the_configuration_is_covered(check):
    """The node's directory is exported: what it is configured by is read-only, the rest is not."""
    def look(place, where, role):
        attempts = (f"append_file={where}/{FILES[1]}", f"append_file={where}/{FILES[0]}",
                    f"make_file={where}/{FILES[2]}", f"move_aside={where}/etc")
        before = [content(base / name) for name in FILES]
        return check.observe(place, *(f"{name}:{words}" for name, words in zip(FILE_WAYS, attempts)),
                             f"rest:make_file={where}/made", role=role,
                             outside=lambda _: [content(base / name) for name in FILES] != before)

    base = check.place(minimal(export("Public", "/data", "$NODE_PATH")))
    protected = look(base, "/data", "protected")
    base = check.place(minimal())
    control = look(None, base, "control")
    # The record of a run reads the configuration.
    (base / "etc-aside").rename(base / "etc")
    for name in FILE_WAYS:
        conclude(check, name, "W16", exposed=permitted(control, name) and control.outside,
                 holds=denied(check, protected, name) and not protected.outside
                 and permitted(protected, "rest"),
                 expected="nothing that the node is configured by written, made or moved, but another file")
