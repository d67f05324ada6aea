# SPDX-License-Identifier: Apache-2.0
"""What an export must not open: its masks, its root.

Weakness W2; escape/launcher has more. On a kernel without mount_setattr these go another way.
"""

from framework import export, minimal, verifies
from framework.host import content

ITEM = "REDPAK.HRQ-R-RED-MOU-SEL-PAR-HOS-FIL/"
# All that a node lacks otherwise: what it is refused is not for want of a capability.
EVERYTHING = {"ALL": 1}


@verifies(ITEM + "read-only", needs=("namespace.mnt", "namespace.user"), callers=("root",))
def test_w2_files_and_masks_stay(check):
    """A payload with every capability can neither remount an exported file nor uncover what proc hides.

    Not every launcher hides something there: what is not to be undone with the host's capabilities is none.
    """
    on_file = ("remount_writable=/data", "unmount=/data")
    attempts = ("remount_writable=/proc/sys", "unmount=/proc/keys", *on_file)

    def look(share, role):
        file = check.scratch(disk=True) / "file"
        file.write_text("kept\n")
        node = minimal(export("RestrictedFile", "/data", file), export("Procfs", "/proc"), share_user=share,
                       capabilities=EVERYTHING)
        words = [f"{number}:{attempt}" for number, attempt in enumerate(attempts)]
        run = check.observe(node, *words, role=role)
        return {attempt for number, attempt in enumerate(attempts) if run.inside[str(number)]["permitted"]}

    protected, control = look("Disabled", "protected"), look("Enabled", "control")
    check.conclude(holds=not protected, exposed=control >= set(on_file),
                   expected="remount and unmount refused where the user namespace is the node's own")


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
