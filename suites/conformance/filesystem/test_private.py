# SPDX-License-Identifier: Apache-2.0
"""What a node exports for itself alone is not what the nodes below it get (weakness F8)."""

from framework import export, minimal, verifies

ITEM = "REDPAK.HRQ-R-RED-MOU-SEL-PAR-HOS-FIL/selected"


@verifies(ITEM, needs=("namespace.mnt",))
def test_private_exports_of_the_parent(check):
    """A directory and a file; what the parent exports to everybody, its child has."""
    check.launcher.native("parents of a node")
    folder = check.scratch()
    (folder / "secret").write_text("secret\n")

    def look(modes, role):
        exports = export(modes[0], "/data", folder), export(modes[1], "/secret", folder / "secret")
        child = check.place(minimal(), below=check.place(minimal(*exports)))
        return check.observe(child, "directory:read_file=/data/secret", "file:read_file=/secret", role=role)

    protected = look(("Private", "PrivateFile"), "protected")
    control = look(("Public", "PublicFile"), "control")
    names = "directory", "file"
    check.conclude(holds=all(protected.inside[name]["errno"] == "ENOENT" for name in names),
                   exposed=all(control.inside[name]["permitted"] for name in names),
                   expected="neither the directory nor the file in the child")
