# SPDX-License-Identifier: Apache-2.0
"""bubblewrap; see bwrap(1). It has no control groups, no time namespace and no filter of its own."""

from .base import Inexpressible, Launcher, before_payload
from .wanted import NEW, READ_ONLY, READ_WRITE, SHARED, Wanted

UNSHARED = ("user", "cgroup", "net", "pid", "ipc", "uts")
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
        argv = [str(self.path), *_shares(wanted), *_identity(wanted)]
        for entry in wanted.exports:
            argv += _export(entry, wanted)
        values, removed = wanted.variables()
        if not wanted.take("inherit-env"):
            argv.append("--clearenv")
        argv += [word for key, value in values.items() for word in ("--setenv", key, value)]
        argv += [word for key in removed for word in ("--unsetenv", key)]
        argv += ["--cap-drop", "ALL"]
        for name, kept in wanted.capabilities():
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
        """See Launcher. It exits with 1, as a payload may, but says who speaks."""
        return status == 1 and said.startswith("bwrap: ")


def _shares(wanted):
    argv = []
    for kind, path in wanted.apart(UNSHARED):
        if path:
            raise Inexpressible(f"share_{kind}: {path}")
        argv.append(f"--unshare-{kind}")
    if wanted.take("nested_userns") == NEW:
        argv.append("--disable-userns")
    wanted.expect("seccomp", "off")
    return argv


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
