# SPDX-License-Identifier: Apache-2.0
"""Writable exports that hold what holds the node: its control groups (W15), its configuration (W16)."""

from cgroups.groups import Member, prepare
from framework import export, minimal, verifies
from framework.host import content
from framework.nodes import ADMIN, CONFIGURATION, STATUS

from . import conclude, denied, items, permitted

LIMIT = "50"
# Technique: (what the witness tries in the place of the group, what a run shows where that has worked).
GROUP_WAYS = {"raise-own-limit": ("write_text={}/pids.max,max", lambda run: run.outside["limit"] != LIMIT),
              "leave-own-group": ("write_text={}/other/cgroup.procs,0",
                                  lambda run: permitted(run, "leave-own-group")),
              "make-a-group": ("make_directory={}/made", lambda run: run.outside["made"])}
# Technique: (what the witness tries, on what, the file that is another then).
FILE_WAYS = {"rewrite-own-configuration": ("append_file", CONFIGURATION, CONFIGURATION),
             "rewrite-own-status": ("append_file", STATUS, STATUS),
             "add-an-admin-configuration": ("make_file", ADMIN, ADMIN),
             "replace-own-directory": ("move_aside", "etc", CONFIGURATION)}


def _group(check):
    """Have the caller start in a group of its own, with a limit and another below. Returns the group."""
    base, _ = prepare(check, own=True)
    other = base.path / "other"
    other.mkdir()
    for path in (base.path / "pids.max", other, other / "cgroup.procs"):
        check.caller.own(path)
    check.caller = check.caller.as_a(Member, base.path)
    return base


@verifies(*items(*GROUP_WAYS), needs=("cgroup.mode", "cgroup.controller.pids"))
def test_control_groups_are_read_only(check):
    """CVE-2023-25809: what the caller may do to its groups, the payload may not, whatever shows them."""
    def look(node, place, role):
        base.write("pids.max", LIMIT)
        if (base.path / "made").exists():
            (base.path / "made").rmdir()
        attempts = (f"{name}:{attempt.format(place)}" for name, (attempt, _) in GROUP_WAYS.items())
        return check.observe(node, *attempts, role=role,
                             outside=lambda _: {"limit": base.text("pids.max"),
                                                "made": (base.path / "made").exists()})

    base = _group(check)
    shown = {"/data": base.path, f"/data/fs/cgroup/{base.path.name}": "/sys"}
    protected = [look(minimal(export("Public", "/data", path), share_cgroup="Enabled"), place, "protected")
                 for place, path in shown.items()]
    control = look(None, base.path, "control")
    for name, (_, worked) in GROUP_WAYS.items():
        conclude(check, name, "W15", "CVE-2023-25809", exposed=permitted(control, name) and worked(control),
                 holds=all(denied(check, run, name) and not worked(run) for run in protected),
                 expected="nothing written to control groups, and none made")


@verifies(*items(*FILE_WAYS), needs=("namespace.mnt",))
def test_the_configuration_is_covered(check):
    """The node's directory is exported: what it is configured by is read-only, the rest is not."""
    files = sorted({file for _, _, file in FILE_WAYS.values()})

    def look(base, node, where, role):
        before = {name: content(base / name) for name in files}
        attempts = (f"{name}:{attempt}={where}/{on}" for name, (attempt, on, _) in FILE_WAYS.items())

        def changed(_running):
            return [name for name in files if content(base / name) != before[name]]
        return check.observe(node, *attempts, f"rest:make_file={where}/made", role=role, outside=changed)

    base, other = check.place(minimal(export("Public", "/data", "$NODE_PATH"))), check.place(minimal())
    protected, control = look(base, base, "/data", "protected"), look(other, None, other, "control")
    for name, (_, _, file) in FILE_WAYS.items():
        conclude(check, name, "W16", exposed=permitted(control, name) and bool(control.outside),
                 holds=denied(check, protected, name) and file not in protected.outside
                 and permitted(protected, "rest"),
                 expected="nothing that the node is configured by written, made or moved, but another file")
