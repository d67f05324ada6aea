# SPDX-License-Identifier: Apache-2.0
"""bubblewrap; see bwrap(1). It has no control groups, no time namespace and no filter of its own."""

import shlex

from .base import Inexpressible, Launcher, before_payload
from .wanted import NEW, READ_ONLY, READ_WRITE, SHARED, Wanted

UNSHARED = ("user", "cgroup", "net", "pid", "ipc", "uts")
# Those that it joins: the option, and the descriptor, of one digit, that sh(1) opens for it.
JOINED = {"user": ("--userns", 8), "pid": ("--pidns", 9)}
# Modes of exports that need their path, and those that do not.
BOUND = {**dict.fromkeys(READ_ONLY, "--ro-bind"), **dict.fromkeys(READ_WRITE, "--bind"),
         "Symlink": "--symlink"}
MADE = {"Anonymous": "--dir", "Tmpfs": "--tmpfs", "Procfs": "--proc", "Devfs": "--dev", "Mqueue": "--mqueue",
        "Lock": "--lock-file"}


class Bwrap(Launcher):
    """Options come in the order of the node's sections; exports by mount, parents first."""

    name = "bwrap"

    def command(self, directory, payload, caller, scratch):
        """See Launcher."""
        wanted = Wanted(directory)
        wanted.imply_user(caller)
        capabilities = wanted.capabilities()
        argv = [*_opened(_joined(wanted)), str(self.path), *_shares(wanted, capabilities), *_identity(wanted)]
        for entry in wanted.exports:
            argv += _export(entry, wanted)
        values, removed = wanted.variables()
        if not wanted.take("inherit-env"):
            argv.append("--clearenv")
        argv += [word for key, value in values.items() for word in ("--setenv", key, value)]
        argv += [word for key in removed for word in ("--unsetenv", key)]
        argv += ["--cap-drop", "ALL"]
        for name, kept in capabilities:
            argv += ["--cap-add" if kept else "--cap-drop", name]
        for key in ("hostname", "chdir"):
            value = wanted.take(key)
            argv += [f"--{key}", str(value)] if value is not None else []
        argv += ["--new-session"] if wanted.flag("new-session") else []
        # What is killed with its launcher is so only where it dies with the launcher's parent, too.
        argv += ["--die-with-parent"] if wanted.take("die-with-parent") != "Disabled" else []
        wanted.close()
        return [*argv, "--", *payload]

    def with_options(self, argv, options):
        """See Launcher."""
        return before_payload(argv, options)

    def opening(self, directory):
        """See Launcher."""
        wanted = Wanted(directory)
        return [word for entry in wanted.exports for word in _export(entry, wanted)]

    def refuses(self, argv, status, said):
        """See Launcher. It exits with 1, as a payload may, but says who speaks; so does the shell."""
        return status != 0 and said.startswith(("bwrap: ", "sh: "))


def _joined(wanted):
    """Return a dict of kind to path of the namespaces that are joined."""
    joined = {kind: path for kind, path in wanted.apart(UNSHARED) if path}
    for kind, path in joined.items():
        if kind not in JOINED:
            raise Inexpressible(f"share_{kind}: {path}")
    if "pid" in joined and wanted.shares["user"] is None:
        # Out of a user namespace of its own no process gets into a PID namespace of another.
        wanted.shares["user"] = SHARED
    return joined


def _opened(joined):
    """Return the words before bwrap's own: a shell that opens what is joined."""
    opened = " ".join(f"{JOINED[kind][1]}<{shlex.quote(path)}" for kind, path in joined.items())
    return ["sh", "-ec", f'exec {opened}; exec "$@"', "sh"] if joined else []


def _shares(wanted, capabilities):
    argv = []
    for kind, path in wanted.apart(UNSHARED):
        argv += [JOINED[kind][0], str(JOINED[kind][1])] if path else [f"--unshare-{kind}"]
    wanted.expect("seccomp", "off")
    return argv + _nested(wanted, any(kept for _, kept in capabilities))


def _nested(wanted, keeps):
    """Return the words that forbid further user namespaces, which unset means, too, where they can be.

    keeps: whether the node keeps a capability. It would count for nothing: bwrap forbids them by one more
    user namespace, which owns none of the others.
    """
    nested = wanted.take("nested_userns")
    if wanted.shares["user"] in (None, NEW):
        return ["--disable-userns"] if nested == NEW or (nested is None and not keeps) else []
    if nested == NEW:
        raise Inexpressible("nested_userns: Disabled without a user namespace of the node's own")
    return []


def _identity(wanted):
    wanted.expect("id_map", "single")
    root = wanted.take("map-root-user")
    user, group = (wanted.take(key) for key in ("set-user", "set-group"))
    if root:
        if (user, group) != (None, None):
            raise Inexpressible("map-root-user for another than the caller")
        user, group = 0, 0
    if wanted.shares["user"] == SHARED and (user, group) != (None, None):
        raise Inexpressible("set-user or set-group without a user namespace")
    argv = []
    for option, value in (("--uid", user), ("--gid", group)):
        argv += [option, str(value)] if value is not None else []
    return argv


def _export(entry, wanted):
    mode, mount = entry["mode"], entry["mount"]
    if mode == "Procfs" and not wanted.has_own_processes():
        return ["--ro-bind", "/proc", mount]
    if mode in BOUND:
        return [BOUND[mode], entry.get("path", mount), mount]
    if mode in MADE:
        return [MADE[mode], mount]
    raise Inexpressible(f"an export of mode {mode}")
