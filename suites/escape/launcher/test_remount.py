# SPDX-License-Identifier: Apache-2.0
"""A payload with every capability undoes what its mounts forbid (weakness W2).

The controls are mounts in a namespace that the witness has made for itself: it may change those.
"""

from pathlib import Path

from framework import export, minimal, verifies
from framework.host import MADE, content
from framework.mounts import mount, unmount_below

from . import conclude, denied, items, permitted

EVERYTHING = {"ALL": 1}
WAYS = {"remount-read-only-export": "write_by_remount", "mount-again-writable": "write_by_bind",
        "clear-read-only-by-setattr": "write_by_setattr", "clone-of-a-mount": "write_by_clone",
        "remount-submount": "write_by_remount"}
MASK = "unmount-mask"
PROC = "/proc/sys/kernel/core_pattern"


def _tree(check):
    """Return a directory of the host with one for each way, the last with a mount in it, and a secret."""
    folder = check.scratch(disk=True)
    for name in (*WAYS, MASK):
        (folder / name).mkdir()
    (folder / "remount-submount/below").mkdir()
    (folder / MASK / "inner").mkdir()
    (folder / MASK / "inner/secret").write_text("secret\n")
    mount("redproof", folder / "remount-submount/below", "tmpfs")
    # Also what a launcher has let through to the host.
    check.at_end(unmount_below, folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777)
    return folder


def _places(folder):
    """Return where each way is tried, below the directory `folder`."""
    return {name: f"{folder}/{name}" + "/below" * (name == "remount-submount") for name in WAYS}


def _look(check, node, tree, folder, prepared=(), role="protected"):
    """Have the witness try each way below `folder`, in a node or after what is `prepared`.

    tree: the same directory, of the host.
    """
    attempts = [f"{name}:{WAYS[name]}={place}" for name, place in _places(folder).items()]

    def outside(_running):
        return {name: content(Path(place) / "made") for name, place in _places(tree).items()}
    return check.observe(node, *prepared, *attempts, f"{MASK}:read_by_unmount={folder}/{MASK}/inner/secret",
                         role=role, outside=outside)


@verifies(*items(*WAYS, MASK),
          needs=("namespace.mnt", "namespace.user.unprivileged", "mount.mount_setattr", "mount.new_api"))
def test_mounts_are_locked(check):
    """A read-only export stays so, directly and below, and what is hidden by a mount stays hidden."""
    tree, other = _tree(check), _tree(check)
    exports = (export("Restricted", f"/data/{name}", tree / name) for name in (*WAYS, MASK))
    node = minimal(*exports, export("Tmpfs", f"/data/{MASK}/inner"), capabilities=EVERYTHING)
    protected = _look(check, node, tree, "/data")
    covered = (f"ro-{name}:bind_read_only={place}" for name, place in _places(other).items())
    prepared = ["own_namespaces", *covered, f"mount_tmpfs={other}/{MASK}/inner"]
    control = _look(check, None, other, other, prepared, "control")
    for name in WAYS:
        conclude(check, name, "W2", holds=denied(check, protected, name) and protected.outside[name] is None,
                 exposed=permitted(control, name) and control.outside[name] == MADE,
                 expected="nothing written to the host below a read-only export")
    conclude(check, MASK, "W2", holds=denied(check, protected, MASK), exposed=permitted(control, MASK),
             expected="the file under the mount not to be read")


@verifies(*items("uncover-proc"), needs=("namespace.mnt", "namespace.user"), callers=("root",))
def test_proc_stays_covered(check):
    """The settings of the kernel, whose files belong to root also in a user namespace of root's."""
    attempt = f"open_by_remount={PROC}"
    protected = check.observe(minimal(export("Procfs", "/proc"), capabilities=EVERYTHING), attempt)
    control = check.observe(None, "own_namespaces", "bind_read_only=/proc/sys/kernel", attempt,
                            role="control")
    conclude(check, "uncover-proc", "W2", holds=denied(check, protected, "open_by_remount"),
             exposed=permitted(control, "bind_read_only") and permitted(control, "open_by_remount"),
             expected="no setting of the kernel opened for writing")
