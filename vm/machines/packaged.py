# SPDX-License-Identifier: Apache-2.0
"""Kernels from packages of the archive, as kernels.yaml lists them."""
import hashlib
import re
from dataclasses import dataclass

import yaml

from . import apt, bzimage, modules, paths, sources, tools
from .errors import MachineError

#: Where a package keeps the kernel image, for each form of kernels.yaml.
MEMBERS = {"image": "boot/vmlinuz-*", "binary": "usr/lib/modules/*/vmlinuz"}

#: Where packages keep the configuration that the kernel was built with.
CONFIGURATIONS = ("boot/config-*", "usr/lib/modules/*/config")


@dataclass(frozen=True)
class Packaged:
    """One kernel of kernels.yaml; the field names are the file's."""

    id: str
    series: list
    suites: list
    package: str
    form: str
    every_item: bool
    beside: list = ()

    #: What `redvm list` says while it is not in the cache.
    absent = "not fetched yet"

    def cached_as(self, _keep):
        """Return the name of the kernel in a cache."""
        return f"linux-{self.id}"

    def prepare(self, keep, say):
        """Nothing is needed before."""

    def make(self, _keep, work, say):
        """Fetch the kernel into an empty directory; return what Cache.ensure wants."""
        say(f"{self.id}: looking for the newest {self.series[0]} in Debian {self.suites[0]}")
        archive = apt.Archive(sources.mirror(), work)
        patterns = [self.package.format(series=re.escape(series)) for series in self.series]
        suite, package, version = archive.find(self.id, self.suites, patterns, say)
        say(f"{self.id}: fetching {package} {version} of Debian {suite}")
        tail = package.removeprefix("linux-binary")
        names = [package, *(name + tail for name in self.beside)]
        parcels = [archive.download(suite, name, version, work) for name in names]
        tree = unpack(parcels, work)
        path = taken(tree, [MEMBERS[self.form]], work / "vmlinuz")
        if path is None:
            raise MachineError(f"cannot find a kernel in {package}: no file {MEMBERS[self.form]}; "
                               "correct its form in vm/kernels.yaml")
        with open(path, "rb") as file:
            release = bzimage.release_of(file, package)
        config = taken(tree, CONFIGURATIONS, work / "config")
        parts = {"config": config, "modules": modules.image(tree, release, config, work)}
        return path, {"package": package, "version": version, "suite": suite, "release": release,
                      "package_digest": f"sha256:{hashlib.sha256(parcels[0].read_bytes()).hexdigest()}",
                      "parts": {part: file for part, file in parts.items() if file}}


def catalogue(path=paths.KERNELS):
    """Return {id: Packaged} of the list of kernels, in its order."""
    return {entry["id"]: Packaged(**entry) for entry in yaml.safe_load(path.read_text())["kernels"]}


def unpack(parcels, work):
    """Unpack .deb files into a new directory below `work`; return its path."""
    tree = work / "tree"
    for parcel in parcels:
        tools.run(["dpkg-deb", "--extract", str(parcel), str(tree)], f"unpack {parcel.name}",
                  "free space in the cache, or fetch it again")
    return tree


def taken(tree, patterns, path):
    """Move the file of an unpacked tree that one of the patterns names; return its new path, or None."""
    for pattern in patterns:
        for file in tree.glob(pattern):
            return file.rename(path)
    return None
