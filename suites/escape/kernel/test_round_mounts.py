# SPDX-License-Identifier: Apache-2.0
"""Ways round what is mounted: read-only, masked, or not exported at all."""

from types import SimpleNamespace

from framework import export, minimal, verifies
from framework.host import SECRET
from framework.mounts import mount, unmount
from framework.process import mount_points

from .technique import CONTROL, Technique, attempt, conclude, items

MS_SHARED = 1 << 20
ALL = {"capabilities": {"ALL": 1}, "seccomp": "off", "nested_userns": "Enabled"}

LOCKED = (
    Technique("move-mask", "move_mask=/proc/timer_list,/mnt/mask"),
    Technique("bind-below-mask", "look_below=/proc,/mnt,timer_list"),
    Technique("second-proc", "mount_and_read=/mnt,proc,timer_list"),
)
REACHED = (
    Technique("pivot-root", "swap_roots={place},{secret}"),
    Technique("fchdir-out-of-chroot", "climb_from_descriptor={secret}"),
    Technique("symbolic-link", "follow_link={data},link,{secret}", cve="CVE-2025-24965"),
    Technique("dot-dot", "climb_from_export={data},../secret"),
    Technique("hard-link", "link_file={fixed}/file,{data}/other",
              lambda it: "linked" in (it.fixed / "file").read_text()),
)
PROPAGATED = (
    Technique("mount-propagation", "mount_tmpfs={inner}", lambda it: it.has_mount()),
)


@verifies(*items(LOCKED), needs=("namespace.user", "namespace.pid"), callers=("root",))
def test_locked_mounts(check):
    """The masks of proc, with every capability in a user namespace of the node's own, or of the host's."""
    stage = SimpleNamespace(fields={})

    def look(user, role="protected"):
        node = minimal(export("Procfs", "/proc"), export("Tmpfs", "/mnt"), share_user=user, **ALL)
        return attempt(check, node, LOCKED, stage, role)

    conclude(check, LOCKED, [look("Disabled"), look("Enabled", CONTROL)])


@verifies(*items(REACHED), needs=("namespace.mnt",), callers=("root",))
def test_files_of_the_host(check):
    """The payload, with every capability, looks for what is beside its exports and above its root."""
    above = check.scratch(disk=True)
    data, fixed, place = (above / name for name in ("data", "fixed", "place"))
    for folder in (data, fixed, place):
        folder.mkdir()
    (above / "secret").write_text(SECRET)
    (fixed / "file").write_text("kept\n")
    stage = SimpleNamespace(fixed=fixed, fields={"secret": above / "secret", "data": data, "fixed": fixed,
                                                 "place": place})
    node = minimal(export("Public", data), export("Restricted", fixed), export("Anonymous", place),
                   export("Tmpfs", "/tmp"), share_all="Enabled", **ALL)
    protected = attempt(check, node, REACHED, stage)
    for left in data.iterdir():
        left.unlink()
    conclude(check, REACHED, [protected, attempt(check, None, REACHED, stage, CONTROL)])


@verifies(*items(PROPAGATED), needs=("namespace.mnt",), callers=("root",))
def test_propagation(check):
    """What is exported is a shared mount of the host: what is mounted in it would come there."""
    folder = check.scratch()
    mount("redproof", folder, "tmpfs")
    check.at_end(unmount, folder)
    mount(None, folder, None, MS_SHARED)
    inner = folder / "inner"
    inner.mkdir()
    stage = SimpleNamespace(fields={"inner": inner}, has_mount=lambda: str(inner) in mount_points("self"))
    node = minimal(export("Public", folder), share_all="Enabled", **ALL)
    conclude(check, PROPAGATED, [attempt(check, node, PROPAGATED, stage),
                                 attempt(check, None, PROPAGATED, stage, CONTROL)])
