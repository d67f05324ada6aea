# SPDX-License-Identifier: Apache-2.0
"""What an export must not open: its masks, the node's configuration, control groups, replaced devices.

Weaknesses W2, W15 and W16, and CVE-2025-31133. On a kernel without mount_setattr these go another way.
"""

import os
import stat
from pathlib import Path

from framework import export, minimal, node, verifies
from framework.caller import CALLERS

from . import content

ITEM = "REDPAK.HRQ-R-RED-MOU-SEL-PAR-HOS-FIL/"
GROUPS = Path("/sys/fs/cgroup")
# All that a node lacks otherwise: what it is refused is not for want of a capability.
EVERYTHING = {"ALL": 1}


@verifies(ITEM + "read-only", needs=("namespace.mnt", "namespace.user"), callers=("root",))
def test_w2_files_and_masks_stay(check):
    """A payload with every capability can neither remount an exported file nor uncover what proc hides."""
    attempts = ("remount_writable=/data", "unmount=/data", "unmount=/proc/keys", "remount_writable=/proc/sys")

    def look(share, role):
        file = check.scratch(disk=True) / "file"
        file.write_text("kept\n")
        each = [check.observe(minimal(export("RestrictedFile", "/data", file), export("Procfs", "/proc"),
                                      share_user=share, capabilities=EVERYTHING), attempt, role=role)
                for attempt in attempts]
        return [next(iter(run.inside.values()))["permitted"] for run in each]

    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    check.conclude(holds=not any(protected), exposed=all(control),
                   expected="remount and unmount refused where the user namespace is the node's own")


@verifies("REDPAK.HRQ-R-RED-LEV-PAR-CGR/memory.max", needs=("namespace.mnt",), callers=("root",))
def test_w15_control_groups_are_read_only(check):
    """CVE-2023-25809: also below a writable export, as a part of it: nobody raises the node's own limits."""
    def look(place, exports, role):
        made = f"{place}/redproof-made"
        script = f"mkdir {made}; [ -d {made} ] && echo true || echo false; read line"
        run = check.run(exports and node(*exports, capabilities=EVERYTHING), ["/bin/sh", "-c", script],
                        role=role, outside=lambda running: (GROUPS / "redproof-made").exists())
        if run.outside:
            (GROUPS / "redproof-made").rmdir()
        return run

    whole = look("/data", [export("Public", "/data", GROUPS)], "protected")
    below = look("/data/fs/cgroup", [export("Public", "/data", "/sys")], "protected")
    control = look(GROUPS, None, "control")
    check.conclude(holds=all(run.inside is False and not run.outside and "Read-only" in run.stderr
                             for run in (whole, below)),
                   exposed=control.inside is True and control.outside,
                   expected="no group made from inside, as the file system is read-only")


@verifies(ITEM + "read-write", needs=("namespace.mnt",))
def test_w16_the_configuration_is_covered(check):
    """The node's directory is exported: what it is configured by is read-only, the rest is not."""
    added = "etc/redpak-admin.yaml"

    def look(place, where, role):
        return [check.observe(place, f"make_file={where}/{name}", role=role,
                              outside=lambda running, name=name: content(base / name))
                for name in (added, "made")]

    base = check.place(minimal(export("Public", "/data", "$NODE_PATH")))
    protected = look(base, "/data", "protected")
    base = check.place(minimal())
    control = look(None, base, "control")
    check.conclude(holds=protected[0].inside["make_file"]["errno"] == "EROFS"
                   and protected[0].outside is None and protected[1].outside is not None,
                   exposed=all(run.outside is not None for run in control),
                   expected="no admin configuration made from inside, but another file")


def _replace(check, device, target):
    """Put a link in the place of a device until the check ends."""
    kept = device.with_name(device.name + ".kept")
    device.rename(kept)
    check.at_end(kept.rename, device)
    device.symlink_to(target)
    check.at_end(device.unlink)


@verifies(ITEM + "selected", needs=("namespace.mnt",), callers=("root",))
def test_a_replaced_device_is_not_exported(check):
    """CVE-2025-31133: a link in the place of a device shows, read-write, what it leads to."""
    marker = check.scratch(owner=CALLERS["root"]) / "marker"
    marker.write_text("marker\n")
    device = Path("/dev/full")
    devices = minimal(export("Devfs", "/dev"))
    control = check.observe(devices, "read_file=/dev/full", role="control",
                            outside=lambda running: stat.S_ISCHR(
                                os.stat(f"/proc/{running.pid}/root/dev/full").st_mode))
    _replace(check, device, marker)
    protected = check.run(devices, ["/witness", "pid"])
    check.conclude(holds=protected.status == 125 and str(device) in protected.stderr
                   and not protected.stdout,
                   exposed=control.inside["read_file"]["permitted"] and control.outside,
                   expected="the node refused, as /dev/full of the host is no device")


@verifies(ITEM + "read-only", needs=("namespace.mnt",))
def test_an_exported_root_is_read_only(check):
    """Mode Restricted at "/", with the mounts below it."""
    def look(mode, role):
        root = check.scratch(disk=True)
        (root / "witness").touch()
        return check.observe(minimal(export(mode, "/", root)), "make_file=/made", role=role,
                             outside=lambda running: content(root / "made"))

    protected, control = look("Restricted", "protected"), look("Public", "control")
    check.conclude(holds=protected.inside["make_file"]["errno"] == "EROFS" and protected.outside is None,
                   exposed=control.outside is not None, expected="writing to the root refused (EROFS)")
