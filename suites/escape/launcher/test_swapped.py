# SPDX-License-Identifier: Apache-2.0
"""Paths that become links while a node is built, and those that a payload made links for the next start."""

import os

from framework import export, minimal, verifies
from framework.host import swapping
from framework.mounts import unmount_below
from framework.nodes import witness

from . import conclude, items, permitted

STARTS = 12


def _tree(check):
    """Return two directories of the caller's: one that a node shows, read-write, and one that none does.

    The first holds `x/directory/file`, and `link`, which leads to the other; so does the other.
    """
    shown, outside = check.scratch(), check.scratch()
    check.at_end(unmount_below, shown)
    for folder, text in ((shown / "x", "own\n"), (outside, "secret\n")):
        (folder / "directory").mkdir(parents=True)
        (folder / "directory/file").write_text(text)
    (shown / "link").symlink_to(outside)
    for path in (*shown.rglob("*"), *outside.rglob("*")):
        check.caller.own(path)
    return shown, outside


@verifies(*items("source-swapped", "source-made-a-link"), needs=("namespace.mnt",))
def test_sources(check):
    """CVE-2026-41579, CVE-2021-30465: what is exported is swapped by another instance of the node, say."""
    shown, _ = _tree(check)
    source = shown / "x/directory"
    node = minimal(export("Public", "/data", shown), export("Restricted", "/x", source))
    inside, outside = witness("find_text=/x/file,secret\n"), witness(f"find_text={source}/file,secret\n")

    def found(run):
        return permitted(run, "find_text")

    with swapping(shown / "x", shown / "link"):
        swapped = [check.run(node, inside) for _ in range(STARTS)]
        racing = check.run(None, outside, role="control")
    if not (shown / "x").is_symlink():
        (shown / "x").rename(shown / "own")
        (shown / "link").rename(shown / "x")
    linked, control = check.run(node, inside), check.run(None, outside, role="control")
    conclude(check, "source-swapped", "W17", "CVE-2026-41579", holds=not any(map(found, swapped)),
             exposed=found(racing), runs=[*swapped, racing], expected="nothing of the host's directory shown")
    conclude(check, "source-made-a-link", "W17", "CVE-2021-30465", holds=not found(linked),
             exposed=found(control), runs=[linked, control], expected="nothing of the host's directory shown")


@verifies(*items("mount-point-swapped"), needs=("namespace.mnt",))
def test_mount_points_that_are_swapped(check):
    """CVE-2026-47766, CVE-2024-45310: neither mounted nor made, not even something empty, elsewhere."""
    shown, outside = _tree(check)
    shared = export("Public", "/b", shown)
    with swapping(shown / "x", shown / "link"):
        runs = [check.run(minimal(shared, export(mode, f"/b/x/made{number}")), witness("pid"))
                for number in range(STARTS // 2) for mode in ("Tmpfs", "Anonymous")]
        left = sorted(os.listdir(outside))
        control = check.run(None, witness(f"make_elsewhere={shown}/x/made,{outside}/made"), role="control")
    conclude(check, "mount-point-swapped", "W17", "CVE-2026-47766", holds=left == ["directory"],
             exposed=permitted(control, "make_elsewhere"), runs=[*runs, control],
             expected="nothing made in the host's directory")
