# SPDX-License-Identifier: Apache-2.0
"""What goes into a guest and comes out of it: initramfs, input tar, output tar."""
import os
import shutil
import stat
import tarfile
from pathlib import PurePosixPath

from .errors import MachineError


def initramfs(entries):
    """Return a cpio archive in the form "newc".

    See the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
    entries: list of (name, mode with type bits, content as bytes).
    """
    out = bytearray()
    for inode, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        encoded = os.fsencode(name) + b"\0"
        numbers = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        out += b"070701" + b"".join(b"%08X" % number for number in numbers) + encoded
        out += bytes(-len(out) % 4)
        out += data
        out += bytes(-len(out) % 4)
    return bytes(out)


def words(items):
    """Encode strings as init reads them: each ended by a NUL."""
    return b"".join(os.fsencode(item) + b"\0" for item in items)


def job(init, argv, environment, flags=()):
    """Return the initramfs of one guest.

    init: content of the guest's process 1. argv: the command. environment:
    dict. flags: names of empty files in /job.
    """
    return initramfs([
        ("dev", stat.S_IFDIR | 0o755, b""),
        ("job", stat.S_IFDIR | 0o755, b""),
        ("init", stat.S_IFREG | 0o755, init),
        ("job/argv", stat.S_IFREG | 0o644, words(argv)),
        ("job/environ", stat.S_IFREG | 0o644, words(f"{key}={value}" for key, value in environment.items())),
        *((f"job/{flag}", stat.S_IFREG | 0o644, b"") for flag in flags),
    ])


def _as_root(info):
    """Owned by root and writable by nobody else; caches of Python stay at home."""
    if PurePosixPath(info.name).name in ("__pycache__", ".pytest_cache", ".git"):
        return None
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mode = 0o755 if info.isdir() or info.mode & 0o111 else 0o644
    return info


def pack_input(path, trees):
    """Write the tar archive that the guest unpacks over its root.

    trees: list of (host directory, absolute directory in the guest); a host
    directory that does not exist is left out.
    """
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for source, target in trees:
            if source.is_dir():
                tar.add(source, arcname=target.lstrip("/"), filter=_as_root)


def unpack_output(path, size, directory):
    """Unpack the first `size` bytes of the output disk below a directory.

    What a guest wrote is not trusted: only plain files and directories with
    names inside come out; anything else is a MachineError.
    """
    with open(path, "rb") as disk:
        try:
            with tarfile.open(fileobj=_Window(disk, size), mode="r|") as tar:
                for info in tar:
                    _unpack_member(tar, info, directory)
        except tarfile.TarError as error:
            raise MachineError(f"cannot unpack the guest's /output: {error}; run it again") from error


def _unpack_member(tar, info, directory):
    name = PurePosixPath(info.name)
    target = directory / name
    if name.is_absolute() or ".." in name.parts:
        raise MachineError(f"cannot copy {info.name!r} from the guest's /output: it leads out of {directory}")
    if info.isdir():
        target.mkdir(parents=True, exist_ok=True)
    elif info.isreg():
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "xb") as file:
            shutil.copyfileobj(tar.extractfile(info), file)
        target.chmod(0o755 if info.mode & 0o111 else 0o644)
    else:
        raise MachineError(f"cannot copy {info.name!r} from the guest's /output: it is neither a file nor "
                           "a directory; remove it in the guest")


class _Window:
    """The first bytes of a file, as a stream to read."""

    def __init__(self, file, size):
        self.file = file
        self.left = size

    def read(self, size=-1):
        """Return up to `size` bytes."""
        data = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        return data
