# SPDX-License-Identifier: Apache-2.0
"""A node as a Python value, and its files on disk (rednode.md, sections 1 and 2)."""

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

# Where the witness is inside of every node, whatever the build folder is called outside.
WITNESS = "/witness"
ALIAS = "conformance"
# Below the directory of a node; rednode.md, section 1.
CONFIGURATION, ADMIN, STATUS = "etc/redpak.yaml", "etc/redpak-admin.yaml", ".rednode.yaml"
DIRECTORY_MODE, FILE_MODE = 0o755, 0o644
# Far more than a node has that is not made to harm.
MOST_RECORDED = 8192


def export(mode, mount, path=None):
    """Return an entry of `exports`: mode as in rednode.md, mount in the node, path on the host."""
    entry = {"mode": mode, "mount": str(mount)}
    return entry if path is None else {**entry, "path": str(path)}


SYSTEM = (
    export("Restricted", "/usr"),
    *(export("Symlink", f"/{name}", f"usr/{name}") for name in ("bin", "sbin", "lib", "lib64")),
    export("Procfs", "/proc"),
    export("Devfs", "/dev"),
    export("Tmpfs", "/tmp"),
)


@dataclass(frozen=True)
class Node:
    """A configuration. exports: dict of mount to entry; config: dict of keys; environ: list of entries."""

    exports: dict
    config: dict
    environ: tuple

    def text(self, witness_path):
        """Return redpak.yaml for a witness that is at `witness_path` on the host."""
        exports = [export("Restricted", WITNESS, witness_path), *self.exports.values()]
        document = {"headers": {"alias": ALIAS}, "exports": exports}
        if self.environ:
            document["environ"] = list(self.environ)
        return _dump({**document, "config": self.config})


def minimal(*exports, environ=(), capabilities=None, **config):
    """Return a Node that holds the witness alone: the fastest one.

    exports: further entries, later ones in place of earlier ones with the same mount; environ: entries;
    capabilities: dict of name to 1 (kept) or 0 (dropped); config: keys of the section `config`, such as
    share_ipc="Enabled" or cgroups={"pids": {"max": 9}}.
    """
    if capabilities is not None:
        config["capabilities"] = [{"cap": name, "add": add} for name, add in capabilities.items()]
    return Node({entry["mount"]: entry for entry in exports}, config, tuple(environ))


def node(*exports, without=(), **knobs):
    """Return a Node in which programs of the system run: /usr, /proc, /dev, /tmp and the witness.

    without: mounts of these to leave out; everything else as for minimal.
    """
    system = [entry for entry in SYSTEM if entry["mount"] not in without]
    return minimal(*system, *exports, **knobs)


def witness(*observations):
    """Return the command that makes these observations in a node and prints them.

    It then waits for a line or the end of its input.
    """
    return [WITNESS, "--hold", *observations]


def write(directory, text, owner):
    """Make `directory` a node with the redpak.yaml `text`, all of it owned by the Caller `owner`.

    The directory must not exist; the one above it must be root's. Raises OSError.
    """
    directory = Path(directory)
    status = {"realpath": str(directory), "timestamp": int(time.time() * 1000), "state": "Enable"}
    for folder in (directory, directory / "etc"):
        folder.mkdir()
        _hand_over(folder, owner, DIRECTORY_MODE)
    for file, content in ((STATUS, _dump(status)), (CONFIGURATION, text)):
        (directory / file).write_text(content, encoding="utf-8")
        _hand_over(directory / file, owner, FILE_MODE)


def text_of(directory):
    """Return redpak.yaml of a node for the record: what is no UTF-8 replaced, what is very long cut."""
    content = (Path(directory) / CONFIGURATION).read_bytes()
    text = content[:MOST_RECORDED].decode("utf-8", "replace")
    if len(content) <= MOST_RECORDED:
        return text
    return f"{text}\n# ... cut: {len(content)} bytes, sha256:{hashlib.sha256(content).hexdigest()}\n"


def _dump(document):
    """The dumper written in C: where everything is slow, the one in Python is a tenth of a run."""
    return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False)


def _hand_over(path, owner, mode):
    """The mode is set by itself, so that no umask changes what the trust rule will see."""
    os.chmod(path, mode)
    owner.own(path)
