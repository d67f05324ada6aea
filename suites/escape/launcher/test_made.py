# SPDX-License-Identifier: Apache-2.0
"""What a launcher makes on the host, and where: mount points, directories, files (W4, W17, W18)."""

import os

from framework import export, minimal, verifies
from framework.caller import NEIGHBOUR
from framework.nodes import ADMIN, CONFIGURATION, STATUS, witness
from framework.redconf import creation, redconf

from . import conclude, denied, items, permitted, secret

# To the top, from wherever.
UP = "/.." * 20
WRITABLE = 0o022


@verifies(*items("climbing-mount-point"), needs=("namespace.mnt",))
def test_a_mount_point_does_not_climb(check):
    """`..` above the new root would be a directory of the host."""
    folder, other, root = check.scratch(), check.scratch(), check.scratch()
    (root / "a").mkdir()
    runs = [check.run(minimal(export(mode, f"/a{UP}{folder}/made", path)), witness("pid"))
            for mode, path in (("Anonymous", None), ("Tmpfs", None), ("Symlink", "/a"))]
    control = check.run(None, witness(f"make_directory={root}/a{UP}{other}/made"), role="control")
    conclude(check, "climbing-mount-point", "W4", exposed=os.listdir(other) == ["made"]
             and permitted(control, "make_directory"),
             holds=not os.listdir(folder) and all(run.inside or check.refused(run) for run in runs),
             expected="nothing made on the host")


@verifies(*items("directory-made-through-a-link", "directory-made-elsewhere"))
def test_missing_directories(check):
    """They are made beneath the node alone, and not where a link of it leads."""
    force = check.launcher.native("--force")
    shared = check.scratch()

    def look(path, target=None, role="protected", extra=()):
        place = check.place(minimal(export("Public", "/made", path)))
        if target:
            (place / "link").symlink_to(target)
            check.caller.own(place / "link")
        run = check.run(place, witness("pid"), role=role, extra=extra)
        run.observation["outside"] = sorted(os.listdir(shared))
        return run

    def refused(run):
        return check.refused(run) and run.outside == []

    link = "$NODE_PATH/link/data"
    through = [look(link, shared), look(link, shared / "missing"),
               look(link, shared / "missing", extra=force)]
    beside = look(shared / "one/two")
    followed = look(link, shared, "control", force)
    forced = look(shared / "one/two", None, "control", force)
    conclude(check, "directory-made-through-a-link", "W17", runs=[*through, followed],
             holds=all(map(refused, through)), exposed=followed.outside == ["data"],
             expected="the node refused, and nothing made")
    conclude(check, "directory-made-elsewhere", "W17", runs=[beside, forced], holds=refused(beside),
             exposed="one" in forced.outside, expected="the node refused, and nothing made")


@verifies(*items("link-of-a-stranger"), needs=("namespace.mnt",))
def test_a_link_of_a_stranger(check):
    """Whoever may put a link where an export leads would choose what the node shows."""
    marker, folder = secret(check), check.scratch()
    link = folder / "link"
    link.symlink_to(marker.parent)
    node = minimal(export("Restricted", "/data", link))

    def look(owner, role):
        owner.own(link)
        return check.run(node, witness("read_file=/data/marker"), role=role)

    control, protected = look(check.caller, "control"), look(NEIGHBOUR, "protected")
    conclude(check, "link-of-a-stranger", "W17", holds=denied(check, protected, "read_file"),
             exposed=permitted(control, "read_file"), expected="the node refused")


def _writable(directory):
    """Return the names below a directory that others than the owner may write."""
    return sorted(path.name for path in directory.rglob("*") if path.stat().st_mode & WRITABLE)


@verifies(*items("loose-umask"))
def test_configurations_under_a_loose_umask(check):
    """What redconf makes is its owner's to write, as the trust rule wants it."""
    folder = check.scratch()
    protected = redconf(check, *creation(check, folder / "above/node"), umask="0")
    protected.observation["outside"] = _writable(folder)
    made = {str(path.relative_to(folder / "above/node")) for path in folder.rglob("*.yaml")}
    control = check.run(None, ["/bin/sh", "-c", 'umask 0; mkdir "$0"; : >"$0/file"', str(folder / "plain")],
                        role="control")
    control.observation["outside"] = _writable(folder)
    conclude(check, "loose-umask", "W18", exposed=control.outside == ["file", "plain"],
             holds=protected.outside == [] and made == {CONFIGURATION, ADMIN, STATUS},
             expected="neither files nor directories that others may write")
