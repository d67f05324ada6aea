# SPDX-License-Identifier: Apache-2.0
"""What the tests of vm/ make for themselves: tiny kernel images, a Debian archive, running commands."""
import hashlib
import os
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REDVM = ROOT / "vm" / "redvm"
MATRIX = ROOT / "vm" / "matrix"

sys.path.insert(0, str(ROOT / "vm"))

from machines import sources  # noqa: E402  the path comes first

#: Machine code for the start of a kernel's set-up code, which the boot loader enters in real mode.
HANGS = bytes.fromhex("ebfe")  # jmp to itself
RESETS = bytes.fromhex("b0fee664f4")  # mov al, 0xfe; out 0x64, al; hlt: the keyboard controller resets


def kernel_image(path, code, release="9.9.9-made"):
    """Write a bzImage whose set-up code is `code`; return its path."""
    image = bytearray(64 * 1024)
    struct.pack_into("<B", image, 0x1F1, 4)  # sectors of set-up code
    struct.pack_into("<I", image, 0x1F4, (len(image) - 5 * 512) // 16)  # what follows it
    struct.pack_into("<H", image, 0x1FE, 0xAA55)
    struct.pack_into("<4sH", image, 0x202, b"HdrS", 0x020F)
    struct.pack_into("<H", image, 0x20E, 0x300)  # the text at 0x200 + 0x300
    image[0x211] = 1  # loaded high
    struct.pack_into("<I", image, 0x22C, 0x7FFFFFFF)  # highest address of an initramfs
    image[0x500:0x500 + len(release) + 7] = release.encode() + b" (made)"
    image[0x200:0x202] = bytes.fromhex("eb7e")  # jmp over the header
    image[0x280:0x280 + len(code)] = code
    path.write_bytes(image)
    return path


def package(pool, name, version, content):
    """Build a Debian package; return the paragraph that describes it in Packages.

    content: {path: bytes} of its files, or the bytes of a kernel image alone.
    """
    tree = pool / f"{name}.tree"
    (tree / "DEBIAN").mkdir(parents=True)
    control = (f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
               "Maintainer: made <made@example.org>\nDescription: made for a test\n")
    (tree / "DEBIAN" / "control").write_text(control)
    for member, data in (content if isinstance(content, dict) else {"boot/vmlinuz-made": content}).items():
        (tree / member).parent.mkdir(parents=True, exist_ok=True)
        (tree / member).write_bytes(data)
    parcel = pool / f"{name}_{version}_amd64.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", "-Znone", str(tree), str(parcel)],
                   check=True, stdout=subprocess.DEVNULL)
    data = parcel.read_bytes()
    return (f"{control}Filename: pool/{parcel.name}\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\n")


def archive(root, suites):
    """Make an archive without a signature; return its URI.

    suites: {suite: [(package, version, content), ...]}.
    """
    pool = root / "pool"
    pool.mkdir(parents=True)
    for suite, packages in suites.items():
        directory = root / "dists" / suite
        (directory / "main" / "binary-amd64").mkdir(parents=True)
        text = "\n".join(package(pool, *item) for item in packages).encode()
        (directory / "main" / "binary-amd64" / "Packages").write_bytes(text)
        (directory / "Release").write_text(
            f"Suite: {suite}\nCodename: {suite}\nComponents: main\nArchitectures: amd64\n"
            f"Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n {hashlib.sha256(text).hexdigest()} {len(text)} "
            "main/binary-amd64/Packages\n")
    return root.as_uri()


class Trusting(sources.Mirror):
    """An archive whose signature is not asked for: what the tests' own archives need, and nobody else."""

    def source(self, suite):
        return super().source(suite).replace(f"Signed-By: {sources.KEYRING}", "Trusted: yes")


def start(program, *arguments, **environment):
    """Start a command of vm/ with TCG, so that no trial is made; return the Popen."""
    return subprocess.Popen([str(program), *map(str, arguments)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "REDPROOF_ACCELERATOR": "tcg", **environment})


def run(program, *arguments, **environment):
    """Run a command of vm/ to its end; return (status, standard output, standard error)."""
    with start(program, *arguments, **environment) as process:
        out, err = process.communicate()
    return process.returncode, out, err


def guests_of(pid):
    """Return the process ids of the QEMUs that a process started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name.startswith("qemu-system") and int(rest.split()[1]) == pid:
            found.append(int(stat.parent.name))
    return found
