# SPDX-License-Identifier: Apache-2.0
"""Configurations that are made to harm, and what they must not leave behind."""

import os
from pathlib import Path

from framework import export, minimal
from framework.process import command_line, mount_points
from harness.hostile_files import FLOODS

HEADERS = "headers: {alias: hostile}\n"
# Beyond every bound of rednode.md, section 2.
LONG, TOO_LARGE = "x" * 5000, "#" * (1 << 20)
OUTSIDE = "/redproof-hostile"


def _config(text):
    return f"{HEADERS}config: {{{text}}}\n"


def _export(text):
    return f"{HEADERS}exports: [{{{text}}}]\n"


def _floods(*names):
    return {name: FLOODS[name][0] for name in names}


# Item: {name: text of redpak.yaml}.
HOSTILE = {
    "malformed": {
        "empty": "", "no-yaml": "headers: [", "tabs": "headers:\n\talias: x\n",
        "tag": "headers: !!python/object/apply:os.system [id]\n",
        "two-documents": HEADERS + "---\n" + HEADERS, "list": "- headers\n",
        "not-utf-8": b"headers: {alias: \xff\xfe}\n"},
    "schema": {
        "unknown-key": _config("colour: red"), "key-twice": _config("umask: 027, UMASK: 022"),
        "no-alias": "headers: {name: x}\n", "unknown-mode": _export("mode: Mine, mount: /x"),
        "scalar-for-mapping": HEADERS + "config: all\n", "no-section": HEADERS + "exports:\n",
        "unknown-capability": _config("capabilities: [{cap: cap_everything, add: 1}]")},
    "numbers": {
        "user-beyond-32-bits": _config("set-user: 4294967296, set-group: 0"),
        "user-minus-one": _config("set-user: -1, set-group: 0"),
        "huge": _config("verbose: 99999999999999999999999999"), "umask": _config("umask: 07777"),
        "capability-seven-times": _config("capabilities: [{cap: cap_kill, add: 7}]"),
        "size": _config("tmpfs_size: 99999999999999999999T"), "fraction": _config("map-root-user: 1.5")},
    "oversized": {
        "file": HEADERS + TOO_LARGE, "mount": _export(f"mode: Tmpfs, mount: /{LONG}"),
        **_floods("flow-list", "hostname")},
    "depth": _floods("flow-depth", "block-depth", "mapping-depth"),
    "expansion": _floods("bombs", "tags", "commands", "parentheses"),
    "mounts": {
        "climbs": _export(f"mode: Tmpfs, mount: /..{OUTSIDE}"),
        "climbs-late": _export(f"mode: Anonymous, mount: /a/../../..{OUTSIDE}"),
        "climbs-expanded": _export(f"mode: Anonymous, mount: '/$NODE_ALIAS/../..{OUTSIDE}'"),
        "relative": _export(f"mode: Anonymous, mount: ..{OUTSIDE}"),
        "made-outside": _export(f"mode: Public, mount: /a, path: {OUTSIDE}/a"), **_floods("parents")},
    "control-characters": {
        "escape": f'headers: {{alias: "a{chr(27)}[2J"}}\n', "nul": HEADERS + "\0", **_floods("zeros"),
        "escaped-nul": _export('mode: Tmpfs, mount: "/a\\0b"')},
    "late-errors": {
        "file-missing": f"{HEADERS}exports: [{{mode: Tmpfs, mount: /a}}, {{mode: PublicFile, mount: /z, "
                        f"path: {OUTSIDE}}}]\n",
        "chdir": f"{HEADERS}exports: [{{mode: Tmpfs, mount: /a}}]\nconfig: {{chdir: {OUTSIDE}}}\n",
        "group": _config("share_cgroup: Disabled, cgroups: {pids: {max: lots}}"),
        "namespace": _config(f"share_net: {OUTSIDE}")},
}


def mended(check, item):
    """Return a Node that has what the item's texts have, and nothing wrong: it must start."""
    folder = check.scratch()
    (folder / "file").touch()
    writable = {"umask": "027", "capabilities": {"cap_kill": 1}}
    return {
        "schema": minimal(export("Tmpfs", "/x"), **writable),
        "numbers": minimal(**{"set-user": check.caller.uid, "set-group": check.caller.gid, "verbose": 5,
                              "map-root-user": 1}, tmpfs_size="16M", **writable),
        "oversized": minimal(export("Tmpfs", "/x"), hostname="h" * 64),
        "expansion": minimal(export("Anonymous", "/$NODE_ALIAS"), hostname="$NODE_ALIAS"),
        "mounts": minimal(export("Anonymous", "/a/../b"), export("Anonymous", "/$NODE_ALIAS/../c"),
                          export("Public", "/d", folder)),
        "late-errors": minimal(export("Tmpfs", "/a"), export("PublicFile", "/z", folder / "file"), chdir="/a",
                               share_net="/proc/self/ns/net" if check.caller.uid == 0 else "Disabled"),
    }.get(item, minimal())


def host():
    """Return what there is on the host that a node could leave: mounts, groups, processes, files."""
    groups = Path("/sys/fs/cgroup")
    places = ("/", "/tmp", "/var/tmp", "/run", "/etc")
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return {"mounts": sorted(mount_points("self")), "processes": sorted(filter(command_line, pids)),
            "groups": sorted(str(path) for path in groups.rglob("*") if path.is_dir()),
            "files": {place: sorted(os.listdir(place)) for place in places}}
