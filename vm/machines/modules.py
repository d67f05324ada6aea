# SPDX-License-Identifier: Apache-2.0
"""A kernel's modules, as a guest gets them: an ext4 image of its /lib/modules, made once."""
import os
import shutil

from . import tools

#: In packages these lead to a tree that is not there.
LINKS = ("build", "source")

#: Room for the file system's own data and for what depmod(8) makes.
SPARE_MIB = 16


def image(tree, release, config, work):
    """Make the image of the modules in an unpacked package.

    tree: the package's root. release: the kernel's, as uname(2) tells it. config: the file of the
    kernel's configuration, which goes with the modules, or None. work: an empty place beside the
    tree. Returns the image's path, or None where the package has no modules.
    """
    usr = tree / "usr" / "lib" / "modules" / release
    directory = tree / "lib" / "modules" / release
    if not directory.exists() and usr.exists():
        directory.parent.mkdir(parents=True)
        usr.rename(directory)
    # Without it, nobody can tell what is built in: it is no kernel with its modules.
    if not (directory / "modules.builtin").exists():
        return None
    for name in LINKS:
        (directory / name).unlink(missing_ok=True)
    if config:
        shutil.copyfile(config, directory / "config")
    tools.run(["depmod", "--basedir", str(tree), release], f"list the modules of {release}",
              "check space in the cache")
    return _file_system(directory.parent, work / "modules.ext4")


def _file_system(directory, path):
    """Make a file system of a directory, owned by root; return its path."""
    used = sum(file.lstat().st_blocks for file in directory.rglob("*")) // 2048
    with open(path, "wb") as file:
        file.truncate((used + used // 8 + SPARE_MIB) << 20)
    alone = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
    attempt, advice = "make the file system of a kernel's modules", "check space in the cache"
    tools.run([*alone, "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0",
               "-O", "^has_journal", "-d", str(directory), str(path)], attempt, advice)
    tools.run(["debugfs", "-w", "-R", "rmdir lost+found", str(path)], attempt, advice)
    tools.run(["fallocate", "--dig-holes", str(path)], attempt, advice)
    return path
