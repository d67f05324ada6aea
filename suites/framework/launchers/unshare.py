# SPDX-License-Identifier: Apache-2.0
"""unshare(1) with nsenter(1), mount(8), capsh(1) and a change of root: done by hand, without a launcher.

A weak one: it has no init, no filter, no control groups and no pivot_root(2), it closes no descriptor, and
leaves writable what is mounted below a part that is shown read-only.
"""

from pathlib import Path

from .base import Inexpressible, Launcher
from .wanted import NEW, READ_ONLY, READ_WRITE, SHARED, Wanted

NAMESPACES = {"user": "--user", "cgroup": "--cgroup", "net": "--net", "pid": "--pid", "ipc": "--ipc",
              "uts": "--uts", "time": "--time"}
BUILDER = Path(__file__).with_suffix(".sh")
# Verbs of the builder, for exports that need their path, and those that do not.
BOUND = {**dict.fromkeys(READ_ONLY, "ro"), **dict.fromkeys(READ_WRITE, "rw"), "Symlink": "link"}
MADE = {"Anonymous": "dir", "Devfs": "dev", "Mqueue": "mqueue"}
# The only value there are words for.
ONLY = {"seccomp": "off", "nested_userns": SHARED, "id_map": "single", "chdir": "/"}
# Found in an environment of the node's, too.
CAPSH = "/usr/sbin/capsh"
# For programs that are no path: capsh looks for none.
SEARCH = ["/usr/bin/env", "--"]


class Unshare(Launcher):
    """unshare makes the namespaces, the builder the root, and capsh goes there and drops capabilities."""

    name = "unshare"

    def command(self, directory, payload, caller, scratch):
        """See Launcher."""
        wanted = Wanted(directory)
        wanted.imply_user(caller)
        before, after = _identity(wanted, caller)
        joined, new = _namespaces(wanted)
        argv = [*before, *joined, str(self.path), *new, "--mount", "--fork", "--kill-child"]
        if wanted.shares["user"] != SHARED:
            # Whoever is not root inside would lose with exec what he builds the root with.
            argv += ["--map-root-user" if wanted.take("map-root-user") else "--map-current-user",
                     "--keep-caps"]
        root = scratch()
        argv += [str(BUILDER), str(root), *_root(wanted), "--"]
        argv += ["setsid", "--wait"] if wanted.flag("new-session") else []
        argv += ["env", *_environment(wanted), CAPSH, "--quiet", f"--chroot={root}", *after,
                 "--no-new-privs", *_capabilities(wanted)]
        for key, only in ONLY.items():
            wanted.expect(key, only)
        wanted.close()
        program = payload if payload[0].startswith("/") else SEARCH + payload
        return [*argv, f"--shell={program[0]}", "--", *program[1:]]

    def refuses(self, argv, status, said):
        """See Launcher. unshare and the builder say who speaks; capsh begins with what it tried."""
        return status != 0 and any(line.startswith(("unshare: ", "nsenter: ", "setpriv: ", "Unable to "))
                                   for line in said.splitlines())


def _identity(wanted, caller):
    """Return the words that change what a process is, as two lists: before the namespaces, and in them."""
    before = ["setpriv", "--pdeathsig", "KILL"] if wanted.flag("die-with-parent") else []
    user, group = (wanted.take(key) for key in ("set-user", "set-group"))
    if user is None and group is None:
        return before, []
    if caller.uid != 0:
        raise Inexpressible("set-user or set-group for an ordinary user")
    user, group = int(user or 0), int(user if group is None else group)
    if wanted.shares["user"] == SHARED:
        return before, ["--keep=1", f"--gid={group}", f"--groups={group}", f"--uid={user}"]
    # A new identity forgets the signal.
    return ["setpriv", "--reuid", str(user), "--regid", str(group), "--clear-groups", *before], []


def _namespaces(wanted):
    """Return the words for namespaces that are joined, which comes first, and for new ones."""
    joined, new = [], []
    for kind, path in wanted.apart(NAMESPACES):
        if path and kind == "user":
            # Whoever is not root there has lost what nsenter gained when the next program runs.
            raise Inexpressible(f"share_user: {path}")
        if path:
            joined.append(f"{NAMESPACES[kind]}={path}")
        else:
            new.append(NAMESPACES[kind])
    for clock, seconds in wanted.take("time_offsets", {}).items():
        new += [f"--{clock}", str(seconds)]
    return ["nsenter", *joined] if joined else [], new


def _root(wanted):
    """Return the builder's words."""
    size = wanted.take("tmpfs_size")
    limit = "" if size is None else f",size={size}"
    argv = ["root", limit]
    for entry in wanted.exports:
        argv += _export(entry, wanted, limit)
    hostname, umask = (wanted.take(key) for key in ("hostname", "umask"))
    if hostname is not None:
        if wanted.shares["uts"] not in (None, NEW):
            raise Inexpressible("a host name without a UTS namespace of its own")
        argv += ["hostname", str(hostname)]
    if wanted.shares["net"] in (None, NEW):
        argv += ["loopback", "lo"]
    return argv + (["umask", str(umask)] if umask is not None else [])


def _export(entry, wanted, limit):
    mode, mount = entry["mode"], entry["mount"]
    if mode in BOUND:
        return [BOUND[mode], mount, entry.get("path", mount)]
    if mode == "Tmpfs":
        return ["tmpfs", mount, limit]
    if mode == "Procfs":
        return ["proc", mount] if wanted.has_own_processes() else ["ro", mount, "/proc"]
    if mode in MADE:
        return [MADE[mode], mount]
    raise Inexpressible(f"an export of mode {mode}")


def _environment(wanted):
    values, removed = wanted.variables()
    empty = [] if wanted.take("inherit-env") else ["--ignore-environment"]
    return [*empty, *(f"--unset={key}" for key in removed),
            *(f"{key}={value}" for key, value in values.items())]


def _capabilities(wanted):
    """Return capsh's words: what is kept is so in all five sets."""
    kept, dropped = map(",".join, wanted.kept())
    lost = [f"--drop={dropped if kept else 'all'}"] if dropped else []
    return ["--noamb", f"--inh={kept}", *lost, *([f"--addamb={kept}"] if kept else [])]
