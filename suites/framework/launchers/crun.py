# SPDX-License-Identifier: Apache-2.0
"""crun, by a bundle of the OCI runtime specification that says what the node says; see crun(1)."""

import json
import os
import secrets
from pathlib import Path

from .base import Inexpressible, Launcher
from .wanted import READ_ONLY, READ_WRITE, SHARED, Wanted

NAMESPACES = {"user": "user", "cgroup": "cgroup", "net": "network", "pid": "pid", "ipc": "ipc", "uts": "uts",
              "time": "time"}
SETS = ("bounding", "effective", "inheritable", "permitted", "ambient")
SAFE = ("nosuid", "nodev")
MOUNTED = {"Procfs": ("proc", ()), "Tmpfs": ("tmpfs", ()), "Devfs": ("tmpfs", ("mode=755",)),
           "Mqueue": ("mqueue", ())}
# What the node's own proc hides; rednode.md, section 3.
PROC = {"readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"],
        "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/kmsg", "/proc/sched_debug"]}
# Sections of cgroups that are called otherwise than their controller; rednode.md, section 7.
CONTROLLERS = {"mem": "memory"}
GROUPS = "/sys/fs/cgroup"
# What it writes to timens_offsets, before there was a place for it in the specification.
OFFSETS = "run.oci.timens_offset"
# The name that the checks know from redwrap; rednode.md, section 7.
ASIDE = "redpak-pids-leaf"
# A group that has processes can have no limited ones below it, and crun leaves its own where it is.
STEP_ASIDE = ["sh", "-ec", 'mkdir -p -- "$1" && echo $$ >"$1/cgroup.procs" && shift && exec "$@"', "sh"]


class Crun(Launcher):
    """A node becomes a bundle: a root directory of its own, and a config.json."""

    name = "crun"

    def command(self, directory, payload, caller, scratch):
        """See Launcher."""
        wanted, bundle = Wanted(directory), scratch()
        wanted.imply_user(caller)
        root = _root(wanted, bundle)
        limits, mapped = _limits(wanted), bool(wanted.take("map-root-user"))
        document = {"ociVersion": "1.0.0", "root": root, "annotations": _annotations(wanted),
                    "process": _process(wanted, payload, caller, mapped),
                    "mounts": _mounts(wanted, bundle / "root" if root["path"] == "root" else None),
                    "linux": _linux(wanted, caller, limits, mapped)}
        above, name = _group(wanted, caller), "redproof-" + secrets.token_hex(4)
        if limits:
            document["linux"]["cgroupsPath"] = f"{above}/{name}"
        hostname = wanted.take("hostname")
        if hostname is not None:
            document["hostname"] = str(hostname)
        wanted.close()
        (bundle / "config.json").write_text(json.dumps(document), encoding="utf-8")
        for path in (bundle / "root", *(bundle / "root").rglob("*")):
            os.lchown(path, caller.uid, caller.gid)
        manager = "cgroupfs" if limits else "disabled"
        state = scratch()
        aside = STEP_ASIDE + [f"{GROUPS}{above}/{ASIDE}"] if limits and above else []
        return [*aside, str(self.path), "--root", str(state / "state"), "--log", str(state / "log"),
                "--cgroup-manager", manager, "run", "--bundle", str(bundle), name]

    def refuses(self, argv, status, said):
        """See Launcher. Its log is empty unless it failed itself."""
        log = Path(argv[argv.index("--log") + 1])
        return status != 0 and log.exists() and log.stat().st_size > 0

    def makes_root(self):
        """See Launcher."""
        raise Inexpressible("a root that crun makes: it takes the bundle's")


def _root(wanted, bundle):
    """Return what the document says of the root: a new directory of the bundle, or what is exported on /."""
    (bundle / "root").mkdir()
    shown = next((entry for entry in wanted.exports if entry["mount"] == "/"), None)
    if shown is None:
        # crun puts the devices of every container there.
        (bundle / "root" / "dev").mkdir()
        return {"path": "root"}
    path = shown.get("path", "/")
    if path == "/" or shown["mode"] not in READ_ONLY + READ_WRITE:
        raise Inexpressible(f"an export of {path} on / of mode {shown['mode']}")
    wanted.exports.remove(shown)
    return {"path": path, "readonly": shown["mode"] in READ_ONLY}


def _annotations(wanted):
    offsets = wanted.take("time_offsets", {})
    lines = "".join(f"{clock} {seconds} 0\n" for clock, seconds in offsets.items())
    return {OFFSETS: lines} if lines else {}


def _process(wanted, payload, caller, mapped):
    wanted.expect("seccomp", "off")
    # It makes one of every container.
    wanted.expect("new-session", "Enabled")
    wanted.expect("nested_userns", SHARED)
    values, _ = wanted.variables()
    user = {key: int(wanted.take(name, 0 if mapped else own))
            for key, name, own in (("uid", "set-user", caller.uid), ("gid", "set-group", caller.gid))}
    if mapped and any(user.values()):
        raise Inexpressible("map-root-user for another than the caller")
    kept, umask = [name.upper() for name in wanted.kept()[0]], wanted.take("umask")
    if umask is not None:
        user["umask"] = int(str(umask), 8)
    return {"terminal": False, "user": user, "args": list(payload), "cwd": str(wanted.take("chdir", "/")),
            "env": [f"{key}={value}" for key, value in values.items()],
            "capabilities": dict.fromkeys(SETS, kept), "noNewPrivileges": True}


def _mounts(wanted, root):
    """Return the mounts; their mount points, and what is no mount, are made in the directory `root`.

    crun would make the mount points itself, but not always as the caller. In a part of the host, for which
    `root` is None, it does.
    """
    mounts = []
    for entry in wanted.exports:
        mode, mount = entry["mode"], entry["mount"]
        if mode == "Procfs" and not wanted.has_own_processes():
            mode, entry = "Restricted", {"path": "/proc"}
        source = entry.get("path", mount)
        if root:
            _make(root, mode, mount, source)
        if mode in READ_ONLY + READ_WRITE:
            mounts.append({"destination": mount, "type": "bind", "source": source,
                           "options": ["rbind", "rprivate", _access(mode, source), *SAFE]})
        elif mode in MOUNTED:
            kind, options = MOUNTED[mode]
            mounts.append({"destination": mount, "type": kind, "source": kind, "options": [*SAFE, *options]})
        elif mode not in ("Anonymous", "Symlink") or not root:
            raise Inexpressible(f"an export of mode {mode}")
    return mounts


def _make(root, mode, mount, source):
    """Make what an export shows at `mount`, or is mounted on."""
    place = root / mount.lstrip("/")
    if ".." in place.parts:
        raise Inexpressible(f"an export on {mount}")
    place.parent.mkdir(parents=True, exist_ok=True)
    if mode in READ_ONLY + READ_WRITE and not os.path.isdir(source):
        place.touch()
    elif mode == "Symlink":
        place.symlink_to(source)
    else:
        place.mkdir(exist_ok=True)


def _access(mode, source):
    """A file has nothing below it, and crun does not make one read-only as far as it goes."""
    if mode in READ_WRITE:
        return "rw"
    return "rro" if os.path.isdir(source) else "ro"


def _linux(wanted, caller, limits, mapped):
    namespaces = [{"type": "mount"}]
    for kind, path in wanted.apart(NAMESPACES):
        namespaces.append({"type": NAMESPACES[kind], **({"path": path} if path else {})})
    wanted.expect("id_map")
    linux = {"namespaces": namespaces, "rootfsPropagation": "private", "resources": {"unified": limits}}
    if any(entry["mode"] == "Procfs" for entry in wanted.exports):
        linux.update(PROC)
    if {"type": "user"} in namespaces:
        for key, own in (("uidMappings", caller.uid), ("gidMappings", caller.gid)):
            linux[key] = [{"containerID": 0 if mapped else own, "hostID": own, "size": 1}]
    return linux


def _group(wanted, caller):
    """Return the group, below the root of all, that the node's is made in: cgrouproot, or the caller's."""
    chosen = wanted.take("cgrouproot", getattr(caller, "group", GROUPS))
    return str(chosen).removeprefix(GROUPS).rstrip("/")


def _limits(wanted):
    """Return the control files of the node's group, as a dict of name to text."""
    return {f"{CONTROLLERS.get(section, section)}.{key.replace('_', '.')}": str(value)
            for section, items in wanted.take("cgroups", {}).items() for key, value in items.items()}
