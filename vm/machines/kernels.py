# SPDX-License-Identifier: Apache-2.0
"""The kernels a guest can run: those of kernels.yaml and images of the user's own."""
import hashlib
import os
import re
import stat
import struct
from dataclasses import dataclass, field

import yaml

from . import apt, cache, modules, paths, sources, tools
from .errors import MachineError

#: Where a package keeps the kernel image, for each form of kernels.yaml.
MEMBERS = {"image": "boot/vmlinuz-*", "binary": "usr/lib/modules/*/vmlinuz"}

#: Where packages keep the configuration that the kernel was built with.
CONFIGURATIONS = ("boot/config-*", "usr/lib/modules/*/config")

#: Of the x86 setup header (Linux Documentation/arch/x86/boot.rst): magic; offset of the version's text.
HEADER_MAGIC = (0x202, b"HdrS")
HEADER_SECTORS = 0x1f1  # setup_sects, then syssize at 0x1f4
HEADER_VERSION = 0x20E
HEADER_VERSION_BASE = 0x200


@dataclass(frozen=True)
class Kernel:
    """One entry of kernels.yaml; the field names are the file's."""

    id: str
    series: list
    suites: list
    package: str
    form: str
    every_item: bool
    beside: list = ()

    @property
    def cached_as(self):
        """Name of the kernel in the cache."""
        return f"linux-{self.id}"

    def packages(self, package):
        """Return all packages that make up the kernel whose image is in `package`."""
        tail = package.removeprefix("linux-binary")
        return [package, *(name + tail for name in self.beside)]


@dataclass
class Image(cache.Contents):
    """A kernel image about to run.

    file: open, verified. parts: further files, likewise, as far as the kernel has them: "modules" is
    the file system image of its /lib/modules, "config" the configuration that it was built with.
    """

    id: str
    file: object
    digest: str
    release: str
    package: str = None
    version: str = None
    every_item: bool = False
    parts: dict = field(default_factory=dict)

    def facts(self):
        """Return the `kernel` object of run.json."""
        return {"id": self.id, "package": self.package, "version": self.version,
                "release": self.release, "digest": self.digest}


def catalogue(path=paths.KERNELS):
    """Return {id: Kernel} of the list of kernels, in its order."""
    return {entry["id"]: Kernel(**entry) for entry in yaml.safe_load(path.read_text())["kernels"]}


def select(names, known):
    """Return the Kernels of the given ids; MachineError names the known ones."""
    for name in names:
        if name not in known:
            raise MachineError(f"unknown kernel {name!r}: known are {', '.join(known)}; choose one of them")
    return [known[name] for name in dict.fromkeys(names)]


def release_of(file, name):
    """Return the release that a kernel image's header tells; MachineError when it is no x86 kernel image."""
    file.seek(0)
    head = file.read(0x10000)
    offset, magic = HEADER_MAGIC
    if head[offset:offset + len(magic)] != magic:
        raise MachineError(f"cannot run {name}: it is not a Linux kernel image for x86 (bzImage); "
                           "give the file arch/x86/boot/bzImage of a build, or a vmlinuz")
    start, = struct.unpack_from("<H", head, HEADER_VERSION)
    text = head[HEADER_VERSION_BASE + start:].partition(b"\0")[0] if start else b""
    return text.decode("ascii", "replace").partition(" ")[0]


def _expect_whole(file, name):
    """Raise MachineError when a kernel image is shorter than its header says."""
    file.seek(HEADER_SECTORS)
    sectors, paragraphs = struct.unpack("<B2xI", file.read(7))
    # No number of sectors stands for four.
    if file.seek(0, os.SEEK_END) < ((sectors or 4) + 1) * 512 + paragraphs * 16:
        raise MachineError(f"cannot run {name}: the kernel image is cut short; copy it again")


def own_image(path):
    """Return the Image of a file of the user's own."""
    try:
        # A FIFO in the place of the file must not block.
        file = open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise MachineError(f"cannot read the kernel image {path}: it is not a regular file; "
                               "check the path")
        release = release_of(file, path)
        _expect_whole(file, path)
        digest = cache.digest_of(file)
    except OSError as error:
        raise MachineError(f"cannot read the kernel image {path}: {error.strerror}; "
                           "check the path") from error
    return Image(f"image-{digest.partition(':')[2][:12]}", file, digest, release)


class Store:
    """Kernels in the cache, fetched from the archive when they are not there.

    say(text): called with a line of progress.
    """

    def __init__(self, keep, say):
        self.keep = keep
        self.say = say

    def image(self, kernel, refresh=False):
        """Return the Image of a Kernel, fetched first if needed."""
        entry = self.keep.ensure(kernel.cached_as, lambda work: self._fetch(kernel, work), refresh)
        record = entry.record
        return Image(kernel.id, entry.file, record["digest"], record["release"], record["package"],
                     record["version"], kernel.every_item, entry.parts)

    def _fetch(self, kernel, work):
        self.say(f"{kernel.id}: looking for the newest {kernel.series[0]} in Debian {kernel.suites[0]}")
        archive = apt.Archive(sources.mirror(), work)
        suite, package, version = self._find(kernel, archive)
        self.say(f"{kernel.id}: fetching {package} {version} of Debian {suite}")
        parcels = [archive.download(suite, name, version, work) for name in kernel.packages(package)]
        tree = unpack(parcels, work)
        path = _taken(tree, [MEMBERS[kernel.form]], work / "vmlinuz")
        if path is None:
            raise MachineError(f"cannot find a kernel in {package}: no file {MEMBERS[kernel.form]}; "
                               "correct its form in vm/kernels.yaml")
        with open(path, "rb") as file:
            release = release_of(file, package)
        parts = {"config": _taken(tree, CONFIGURATIONS, work / "config")}
        parts["modules"] = modules.image(tree, release, parts["config"], work)
        parcel_digest = hashlib.sha256(parcels[0].read_bytes()).hexdigest()
        return path, {"package": package, "version": version, "suite": suite, "release": release,
                      "package_digest": f"sha256:{parcel_digest}",
                      "parts": {part: file for part, file in parts.items() if file}}

    def _find(self, kernel, archive):
        """Return (suite, package, version): the first series that any suite has, its newest package there."""
        failures = []
        for series in kernel.series:
            for suite in kernel.suites:
                try:
                    found = archive.newest(suite, kernel.package.format(series=re.escape(series)))
                except MachineError as error:
                    failures.append(str(error))
                    continue
                if found:
                    for failure in failures[:1]:
                        self.say(f"{kernel.id}: {failure}")
                    return suite, *found
        why = failures[0] if failures else f"no package of this series in {', '.join(kernel.suites)}; " \
            "adapt vm/kernels.yaml"
        raise MachineError(f"cannot fetch {kernel.id}: {why}")


def unpack(parcels, work):
    """Unpack .deb files into a new directory below `work`; return its path."""
    tree = work / "tree"
    for parcel in parcels:
        tools.run(["dpkg-deb", "--extract", str(parcel), str(tree)], f"unpack {parcel.name}",
                  "free space in the cache, or fetch it again")
    return tree


def _taken(tree, patterns, path):
    """Move the file of an unpacked tree that one of the patterns names; return its new path, or None."""
    for pattern in patterns:
        for file in tree.glob(pattern):
            return file.rename(path)
    return None
