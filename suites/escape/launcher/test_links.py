# SPDX-License-Identifier: Apache-2.0
"""Links where a node is built: at a mount point, in the place of /proc, of a device, of files of proc."""

import os
from pathlib import Path

from framework import export, minimal, verifies
from framework.host import content
from framework.nodes import witness

from . import conclude, items, permitted, secret

PROC_SUPER_MAGIC = 0x9fa0
# Below its own root a launcher may have the host's at hand while it builds a node; bwrap(1) has it there.
TARGETS = ("{0}", "/oldroot{0}", "../../../../..{0}", "../../../../../oldroot{0}")
# What a launcher writes about itself, proc(5) and user_namespaces(7).
SETTINGS = ("self/uid_map", "self/gid_map", "self/setgroups", "self/timens_offsets", "self/attr/current",
            "self/oom_score_adj", "self/loginuid", "sys/user/max_user_namespaces")


def _linked(check, target):
    """Make a directory of the caller's with a link in it. Returns the directory."""
    shared = check.scratch()
    (shared / "link").symlink_to(target)
    check.caller.own(shared / "link")
    return shared


@verifies(*items("mount-point-through-a-link", "file-made-through-a-link"), needs=("namespace.mnt",))
def test_mount_points(check):
    """CVE-2015-1335, CVE-2021-30465: a directory; CVE-2024-45310, CVE-2025-24965: an empty file.

    Whoever may write to an export has put a link there that leads to the host, for the next start.
    """
    marker = secret(check)

    def look(mode, path=None):
        outside, runs = check.scratch(), []
        for target in TARGETS:
            shared = _linked(check, target.format(outside))
            runs.append(check.run(minimal(export("Public", "/b", shared),
                                          export(mode, "/b/link/made", path)), witness("pid")))
            runs[-1].observation["outside"] = sorted(os.listdir(outside))
        return runs

    made = {"mount-point-through-a-link": [*look("Tmpfs"), *look("Anonymous")],
            "file-made-through-a-link": look("RestrictedFile", marker)}
    outside = check.scratch()
    shared = _linked(check, outside)
    control = check.run(None, witness(f"make_directory={shared}/link/one", f"make_file={shared}/link/two"),
                        role="control")
    control.observation["outside"] = sorted(os.listdir(outside))
    for (name, runs), cve in zip(made.items(), ("CVE-2021-30465", "CVE-2024-45310")):
        conclude(check, name, "W17", cve, holds=not any(run.outside for run in runs),
                 exposed=control.outside == ["one", "two"], runs=[*runs, control],
                 expected="nothing made in the host's directory")


@verifies(*items("proc-through-a-link"), needs=("namespace.mnt", "namespace.user.unprivileged"))
def test_proc(check):
    """CVE-2019-19921, CVE-2023-27561: in an exported root /proc is a link, and proc would be elsewhere."""
    root = check.scratch()
    for name in ("witness", "proc-elsewhere"):
        (root / name).touch() if name == "witness" else (root / name).mkdir()
    (root / "proc").symlink_to("proc-elsewhere")
    check.caller.own(root / "proc")
    look = "filesystem=/proc-elsewhere"
    protected = check.run(minimal(export("Public", "/", root), export("Procfs", "/proc")), witness(look))
    control = check.observe(None, "own_namespaces", f"mount_tmpfs={root}/proc",
                            f"filesystem={root}/proc-elsewhere", role="control")
    conclude(check, "proc-through-a-link", cve="CVE-2019-19921",
             holds=check.refused(protected) if protected.inside is None
             else protected.inside["filesystem"]["magic"] != PROC_SUPER_MAGIC,
             exposed=control.inside["filesystem"]["device"] != os.stat(root).st_dev,
             expected="proc mounted nowhere else")


@verifies(*items("settings-written-to-another-proc"), needs=("namespace.mnt", "namespace.user"))
def test_settings_in_proc(check):
    """CVE-2025-52881: a node whose /proc is what somebody else filled gets nothing written there."""
    shared = check.scratch()

    def told(_running):
        return [name for name in SETTINGS if (shared / name).stat().st_size]

    for name in SETTINGS:
        (shared / name).parent.mkdir(parents=True, exist_ok=True)
        (shared / name).touch()
        check.caller.own(shared / name)

    def mapped(running):
        return [told(running), Path(f"/proc/{running.pid}/uid_map").read_text(encoding="ascii").split()]

    protected = check.observe(minimal(export("Public", "/proc", shared)), "pid", outside=mapped)
    control = check.observe(None, *(f"{name}:append_file={shared}/{name}" for name in SETTINGS),
                            role="control", outside=told)
    conclude(check, "settings-written-to-another-proc", cve="CVE-2025-52881",
             holds=protected.outside[0] == [] and protected.outside[1][2] == "1",
             exposed=control.outside == list(SETTINGS),
             expected="the id map set, and nothing written to those files")


def _replace(check, device, target):
    """Put a link in the place of a device until the check ends."""
    kept = device.with_name(device.name + ".kept")
    device.rename(kept)
    check.at_end(kept.rename, device)
    device.symlink_to(target)
    check.at_end(device.unlink)


@verifies(*items("device-replaced-by-a-link"), needs=("namespace.mnt",))
def test_devices(check):
    """CVE-2025-31133, CVE-2025-52565: a link in the place of a device shows, read-write, what it leads to."""
    marker, device = secret(check), Path("/dev/full")
    _replace(check, device, marker)

    def look(node, role):
        run = check.run(node, witness(f"append_file={device}"), role=role)
        run.observation["outside"] = content(marker)
        return run

    protected, control = look(minimal(export("Devfs", "/dev")), "protected"), look(None, "control")
    conclude(check, "device-replaced-by-a-link", cve="CVE-2025-31133",
             holds=protected.outside == "secret\n",
             exposed=permitted(control, "append_file") and control.outside != "secret\n",
             expected="nothing written to what the link leads to")
