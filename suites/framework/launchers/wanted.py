# SPDX-License-Identifier: Apache-2.0
"""What a node asks for, for adapters: what they do not take, they have no words for."""

from pathlib import Path

import registry
import yaml

from .base import Inexpressible

KINDS = ("user", "cgroup", "net", "pid", "ipc", "uts", "time")
SHARED, NEW = "Enabled", "Disabled"
# Modes of exports that bind a part of the host.
READ_ONLY = ("Restricted", "PrivateRestricted", "RestrictedFile")
READ_WRITE = ("Public", "Private", "PublicFile", "PrivateFile")
ALL_CAPABILITIES = {item.partition("/")[2] for item in registry.load().items()
                    if item.startswith("REDPAK.HRQ-R-RED-MAN-LIN-CAP/")}
# Keys that isolate nothing: accepted, and of no effect in a single node.
IDLE = ("verbose", "gpgcheck", "unsafe", "maxage", "inherit", "persistdir", "rpmdir", "cachedir")


class Wanted:
    """The wishes of a node without parents.

    exports: entries sorted by mount; environ: entries; shares: dict of kind to "Enabled", "Disabled", a
    path, or None where the node says nothing, and so leaves it to the launcher as long as it is new.
    """

    def __init__(self, directory):
        """directory: of the node. Raises Inexpressible below another, whose limits would bind it too."""
        if (Path(directory).parent / ".rednode.yaml").exists():
            raise Inexpressible("a node below another")
        document = yaml.safe_load((Path(directory) / "etc" / "redpak.yaml").read_text(encoding="utf-8"))
        self._config = {str(key).lower(): value for key, value in document.get("config", {}).items()}
        self.exports = sorted(document.get("exports", []), key=lambda entry: entry["mount"])
        for entry in self.exports:
            if "$" in entry["mount"] + entry.get("path", ""):
                raise Inexpressible(f"an export of {entry['mount']} by variables")
        self.environ = document.get("environ", [])
        if self._config.get("hostname", "Unset") != "Unset":
            # A name wants a namespace of its own, whatever is said of all; rednode.md, section 5.
            self._config.setdefault("share_uts", NEW)
        everything = self.take("share_all")
        self.shares = {kind: self.take(f"share_{kind}", everything) for kind in KINDS}
        for key in IDLE:
            self.take(key)

    def imply_user(self, caller):
        """Make the user namespace new where an ordinary user shares it, who can make no other without it."""
        if caller.uid != 0 and self.shares["user"] == SHARED:
            self.shares["user"] = NEW

    def take(self, key, default=None):
        """Take the value of a key of `config`, `default` without one, or where it is Unset."""
        value = self._config.pop(key, None)
        return default if value in (None, "Unset") else value

    def expect(self, key, *words):
        """Take a key that has no other value than these; raise Inexpressible if it has."""
        value = self.take(key)
        if value is not None and value not in words:
            raise Inexpressible(f"{key}: {value}")

    def apart(self, kinds):
        """Return (kind, None or a path to join) of each namespace that is not the caller's.

        kinds: those that the launcher knows. Raises Inexpressible for another that is asked for.
        """
        found = []
        for kind, share in self.shares.items():
            if share == SHARED or (share is None and kind not in kinds):
                continue
            if kind not in kinds:
                raise Inexpressible(f"share_{kind}: {share}")
            found.append((kind, None if share in (NEW, None) else share))
        return found

    def flag(self, key):
        """Take a key that is Enabled, Disabled or Unset; return whether it is Enabled."""
        return self.take(key) == "Enabled"

    def has_own_processes(self):
        """Say whether a new proc can be mounted: its PID namespace must be of the node's user namespace."""
        return self.shares["pid"] in (None, NEW) or self.shares["user"] == SHARED

    def capabilities(self):
        """Take the capabilities: a list of (name as "cap_kill" or "ALL", whether it is kept), ALL first."""
        entries = {entry["cap"].lower(): bool(int(entry["add"])) for entry in self.take("capabilities", [])}
        everything = [("ALL", entries.pop("all"))] if "all" in entries else []
        return everything + list(entries.items())

    def kept(self):
        """Take the capabilities: the names of those kept and of those dropped, as "cap_kill", sorted."""
        kept = set()
        for name, keep in self.capabilities():
            change = ALL_CAPABILITIES if name == "ALL" else {name}
            kept = kept | change if keep else kept - change
        return sorted(kept), sorted(ALL_CAPABILITIES - kept)

    def variables(self):
        """Return the variables that the node sets, as a dict, and those that it removes, as a list."""
        values = {key: str(self.take(name, ""))
                  for key, name in (("PATH", "path"), ("LD_LIBRARY_PATH", "ldpath"))}
        values = {key: value for key, value in values.items() if value}
        removed = []
        for entry in self.environ:
            mode = entry.get("mode", "Default")
            if mode == "Remove":
                removed.append(entry["key"])
            elif mode in ("Static", "Default") and "$" not in str(entry["value"]):
                values[entry["key"]] = str(entry["value"])
            else:
                raise Inexpressible(f"environ of mode {mode}")
        return values, removed

    def close(self):
        """Raise Inexpressible for the first key that nobody took."""
        for key, value in self._config.items():
            raise Inexpressible(f"{key}: {value}")
