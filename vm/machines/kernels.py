# SPDX-License-Identifier: Apache-2.0
"""The kernels a guest can run: packaged ones, those built here, and images of the user's own."""
import os
import stat
from dataclasses import dataclass, field

from . import built, bzimage, cache, packaged
from .errors import MachineError


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


def catalogue():
    """Return {id: kernel} of all kernels, packaged.Packaged and built.Built, in the order of their lists."""
    return {**packaged.catalogue(), **built.catalogue()}


def select(names, known):
    """Return the Kernels of the given ids; MachineError names the known ones."""
    for name in names:
        if name not in known:
            raise MachineError(f"unknown kernel {name!r}: known are {', '.join(known)}; choose one of them")
    return [known[name] for name in dict.fromkeys(names)]


def own_image(path):
    """Return the Image of a file of the user's own."""
    try:
        # A FIFO in the place of the file must not block.
        file = open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise MachineError(f"cannot read the kernel image {path}: it is not a regular file; "
                               "check the path")
        release = bzimage.release_of(file, path)
        bzimage.expect_whole(file, path)
        digest = cache.digest_of(file)
    except OSError as error:
        raise MachineError(f"cannot read the kernel image {path}: {error.strerror}; "
                           "check the path") from error
    return Image(f"image-{digest.partition(':')[2][:12]}", file, digest, release)


class Store:
    """Kernels in the cache, fetched or built when they are not there.

    say(text): called with a line of progress.
    """

    def __init__(self, keep, say):
        self.keep = keep
        self.say = say

    def image(self, kernel, refresh=False):
        """Return the Image of a kernel of the catalogue, made first if needed."""
        kernel.prepare(self.keep, self.say)
        entry = self.keep.ensure(kernel.cached_as(self.keep),
                                 lambda work: kernel.make(self.keep, work, self.say), refresh)
        record = entry.record
        return Image(kernel.id, entry.file, record["digest"], record["release"], record["package"],
                     record["version"], kernel.every_item, entry.parts)
