# SPDX-License-Identifier: Apache-2.0
"""Kernels that are built here: one with all features, and others that each lack one.

fixtures/kernels/kernels.yaml lists them. The sources are Debian's. All are built one after the other
in one tree of the cache, with ccache(1), so that only the first takes long.
"""
import functools
import hashlib
import os
import re
import shutil
from dataclasses import dataclass

import yaml

from . import apt, bzimage, modules, packaged, paths, sources, tools
from .errors import MachineError

#: The fragment that all have in common, and the kernel that has nothing else.
BASE = "base"

OPTION = re.compile(r"^(?:# )?(CONFIG_\w+)(?:=(.+)| is not set)$", re.MULTILINE)

#: No time, user or host of the build is in a kernel.
ENVIRONMENT = {"KBUILD_BUILD_TIMESTAMP": "1970-01-01", "KBUILD_BUILD_USER": "redproof",
               "KBUILD_BUILD_HOST": "redproof", "KBUILD_BUILD_VERSION": "1", "MAKEFLAGS": ""}
CCACHE_SIZE = "2G"
COMPILER = "ccache gcc"


@dataclass(frozen=True)
class Built:
    """One kernel of fixtures/kernels/kernels.yaml.

    source, suites: the package of the sources, and suites of the archive, best first.
    """

    id: str
    source: str
    suites: tuple

    absent = "not built yet"
    every_item = False

    def fragments(self):
        """Return the texts that are added to the tiny configuration, later ones first to be believed."""
        names = dict.fromkeys((BASE, self.id))
        return [(paths.FRAGMENTS / f"{name}.config").read_text() for name in names]

    def cached_as(self, keep):
        """Return the name of the kernel in a cache; None until the sources are there."""
        record = keep.record(self.source)
        if record is None:
            return None
        inputs = (record["digest"], self.fragments(), toolchain(), ENVIRONMENT, COMPILER)
        return f"{self._family()}{hashlib.sha256(repr(inputs).encode()).hexdigest()[:16]}"

    def _family(self):
        return f"built-{self.id}-"

    def prepare(self, keep, say, refresh=False):
        """Have the sources in the cache. refresh: the newest there are."""
        keep.ensure(self.source, lambda work: self._fetch(work, say), refresh).close()

    def _fetch(self, work, say):
        archive = apt.Archive(sources.mirror(), work)
        suite, package, version = archive.find(self.source, self.suites, [re.escape(self.source)], say)
        say(f"fetching {package} {version} of Debian {suite}")
        tree = packaged.unpack([archive.download(suite, package, version, work)], work)
        path = packaged.taken(tree, [f"usr/src/{package}.tar.xz"], work / "source.tar.xz")
        if path is None:
            raise MachineError(f"cannot find the sources in {package} {version}: no file {package}.tar.xz; "
                               "correct the list of kernels that are built")
        return path, {"package": package, "version": version, "suite": suite}

    def make(self, keep, work, say):
        """Build the kernel; return what Cache.ensure wants."""
        for program in ("ccache", "gcc", "flex", "bison", "bc", "depmod"):
            tools.find(program)
        with keep.locked("build"), keep.ensure(self.source, lambda work: self._fetch(work, say)) as source:
            tree = Tree(keep, source, self.source, say)
            say(f"{self.id}: building {self.source} {source.record['version']}; the first takes some minutes")
            tree.configure(self.id, self.fragments())
            path, parts = tree.compile(self.id, work)
        with open(path, "rb") as file:
            release = bzimage.release_of(file, self.id)
        parts["modules"] = modules.image(work, release, parts["config"], work)
        keep.forget_others(self.cached_as(keep), self._family())
        return path, {"package": self.source, "version": source.record["version"], "release": release,
                      "parts": {part: file for part, file in parts.items() if file}}


def catalogue():
    """Return {id: Built} of the list of kernels that are built, in its order."""
    content = yaml.safe_load((paths.FRAGMENTS / "kernels.yaml").read_text())
    return {entry["id"]: Built(entry["id"], content["source"], tuple(content["suites"]))
            for entry in content["kernels"]}


@functools.cache
def toolchain():
    """Return which compiler and linker there are."""
    return [tools.run([program, "--version"], f"ask {program} for its version", "repair it").splitlines()[0]
            for program in ("gcc", "ld")]


def missing(texts, configuration):
    """Return what of some fragments a configuration does not have, as [(option, wanted, found)].

    texts: fragments, of which a later one overrides earlier ones. A value of "" is "not set".
    """
    wanted = {name: value for text in texts for name, value in OPTION.findall(text)}
    found = dict(OPTION.findall(configuration))
    return [(name, value, found.get(name, "")) for name, value in wanted.items()
            if found.get(name, "") != value]


class Tree:
    """Unpacked sources, and objects made of them; the caller holds the lock `build` of the cache."""

    def __init__(self, keep, source, name, say):
        place = keep.directory / "build" / source.record["digest"].partition(":")[2][:16]
        self.sources = place / name
        self.objects = place / "objects"
        self.ccache = {"CCACHE_DIR": str(keep.directory / "ccache"), "CCACHE_MAXSIZE": CCACHE_SIZE}
        for old in place.parent.glob("*"):
            if old != place:
                shutil.rmtree(old)
        if not self.sources.exists():
            say(f"unpacking {name}")
            self._unpack(source, name, place / "new")
        self.objects.mkdir(exist_ok=True)

    def _unpack(self, source, name, new):
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        tools.run(["tar", "-xJf", source.file.name, "-C", str(new)], f"unpack {name}",
                  "free space in the cache")
        (new / name).rename(self.sources)

    def _make(self, attempt, *arguments, **environment):
        argv = ["make", "-s", f"-j{os.cpu_count()}", "-C", str(self.sources), f"O={self.objects}",
                "ARCH=x86", f"CC={COMPILER}", *arguments]
        tools.run(argv, attempt, f"its tree is {self.objects}",
                  env={**ENVIRONMENT, **self.ccache, **environment})

    def configure(self, name, fragments):
        """Make the configuration; MachineError when the kernel's rules do not let it be as wanted."""
        attempt, path = f"configure {name}", self.objects / ".config"
        # Hundreds of questions to the compiler, none of which comes again.
        questions = {"CCACHE_DISABLE": "1"}
        self._make(attempt, "tinyconfig", **questions)
        with open(path, "a", encoding="ascii") as file:
            file.writelines(fragments)
        self._make(attempt, "olddefconfig", **questions)
        self._make(attempt, "syncconfig", **questions)
        for option, wanted, found in missing(fragments, path.read_text()):
            raise MachineError(f"cannot {attempt}: {option} is {found or 'not set'} instead of "
                               f"{wanted or 'not set'}; take away what selects it, or add what it needs")

    def compile(self, name, work):
        """Build, and install modules below `work`; return the image's path there, and {"config": path}."""
        config = work / "config"
        shutil.copyfile(self.objects / ".config", config)
        modular = "\nCONFIG_MODULES=y\n" in config.read_text()
        version = f"LOCALVERSION=-{name}"
        self._make(f"build {name}", version, "bzImage", *(["modules"] if modular else []))
        if modular:
            self._make(f"install the modules of {name}", version, "DEPMOD=true",
                       f"INSTALL_MOD_PATH={work}", "modules_install")
        shutil.copyfile(self.objects / "arch/x86/boot/bzImage", work / "vmlinuz")
        return work / "vmlinuz", {"config": config}
