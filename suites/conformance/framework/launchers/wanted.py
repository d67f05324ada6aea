# SPDX-License-Identifier: Apache-2.0
"""What a node asks for, for adapters: what they do not take, they have no words for."""

from pathlib import Path

import yaml

from .base import Inexpressible

KINDS = ("user", "cgroup", "net", "pid", "ipc", "uts", "time")
SHARED, NEW = "Enabled", "Disabled"
# Keys that isolate nothing: accepted, and of no effect in a single node.
IDLE = ("verbose", "gpgcheck", "unsafe", "maxage", "inherit", "persistdir", "rpmdir", "cachedir")


class Wanted:
    """The wishes of a node without parents.

    exports: entries sorted by mount; environ: entries; shares: dict of kind to "Enabled", "Disabled", a
    path, or None where the node says nothing, and so leaves it to the launcher as long as it is new.
    """

    def __init__(self, directory):
        """directory: of the node."""
        document = yaml.safe_load((Path(directory) / "etc" / "redpak.yaml").read_text(encoding="utf-8"))
        self._config = {str(key).lower(): value for key, value in document.get("config", {}).items()}
        self.exports = sorted(document.get("exports", []), key=lambda entry: entry["mount"])
        self.environ = document.get("environ", [])
        everything = self.take("share_all")
        self.shares = {kind: self.take(f"share_{kind}", everything) for kind in KINDS}
        for key in IDLE:
            self.take(key)

    def take(self, key, default=None):
        """Take the value of a key of `config`, `default` without one, or where it is Unset."""
        value = self._config.pop(key, None)
        return default if value in (None, "Unset") else value

    def flag(self, key):
        """Take a key that is Enabled, Disabled or Unset; return whether it is Enabled."""
        return self.take(key) == "Enabled"

    def capabilities(self):
        """Take the capabilities: a list of (name as "cap_kill" or "ALL", whether it is kept), ALL first."""
        entries = {entry["cap"].lower(): bool(int(entry["add"])) for entry in self.take("capabilities", [])}
        everything = [("ALL", entries.pop("all"))] if "all" in entries else []
        return everything + list(entries.items())

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
