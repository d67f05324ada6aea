# SPDX-License-Identifier: Apache-2.0
"""Kernels: the list, the user's own images, and the way from an archive into the cache."""

import hashlib
import os
import subprocess

import pytest
from made_machines import HANGS, Trusting, archive, kernel_image
from machines import apt, kernels, packaged, sources
from machines.cache import Cache
from machines.errors import MachineError

NAME = "linux-image-6.1.0-{}-cloud-amd64"


def test_the_list_has_the_kernels_that_are_promised():
    known = packaged.catalogue()
    assert {"debian-5.10", "debian-6.1", "debian-6.12", "debian-6.18", "debian-7.3"} <= set(known)
    assert {name for name, kernel in known.items() if kernel.every_item} == {"debian-6.1", "debian-6.12"}
    assert {kernel.form for kernel in known.values()} <= set(packaged.MEMBERS)


def test_an_unknown_kernel_names_the_known_ones():
    known = kernels.catalogue()
    with pytest.raises(MachineError, match="unknown kernel 'debian-4.19'.*debian-5.10, debian-6.1"):
        kernels.select(["debian-6.1", "debian-4.19"], known)
    assert [kernel.id for kernel in kernels.select(["debian-6.1", "debian-6.1"], known)] == ["debian-6.1"]


def test_an_own_image_is_known_by_its_digest_and_header(tmp_path):
    path = kernel_image(tmp_path / "bzImage", HANGS)
    image = kernels.own_image(path)
    with image.file:
        assert image.digest == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        assert image.release == "9.9.9-made" and not image.every_item


@pytest.mark.parametrize("change, message", [
    (lambda path: path.write_bytes(b""), "not a Linux kernel image"),
    (lambda path: path.write_bytes(b"\x7fELF" * 1000), "not a Linux kernel image"),
    (lambda path: path.unlink(), "cannot read the kernel image"),
    (lambda path: (path.unlink(), path.mkdir()), "cannot read the kernel image"),
    (lambda path: (path.unlink(), os.mkfifo(path)), "not a regular file"),
    (lambda path: os.truncate(path, 0x2000), "cut short"),
], ids=["empty", "other", "absent", "directory", "fifo", "cut"])
def test_what_is_no_image_is_refused(tmp_path, change, message):
    path = kernel_image(tmp_path / "bzImage", HANGS)
    kernels.own_image(path).file.close()
    change(path)
    with pytest.raises(MachineError, match=message):
        kernels.own_image(path)


@pytest.fixture
def offered(tmp_path):
    """The URI of an archive: 6.1 in two suites, the best with three versions."""
    content = {name: kernel_image(tmp_path / name, HANGS, f"6.1.{name}").read_bytes()
               for name in ("8", "9", "10", "99")}
    return archive(tmp_path / "archive", {
        "bookworm-security": [(NAME.format(9), "6.1.9-1", content["9"]),
                              (NAME.format(10), "6.1.10-1", content["10"]),
                              (NAME.format(8), "6.1.8-1", content["8"]),
                              (NAME.format(11) + "-unsigned", "6.1.11-1", content["99"]),
                              ("linux-image-6.12.1+deb12-cloud-amd64", "6.12.1-1", content["99"])],
        "bookworm": [(NAME.format(99), "6.1.99-1", content["99"])],
    })


def fetched(keep, mirror, monkeypatch, name="debian-6.1"):
    """Return the Image of a kernel from a mirror, closed."""
    monkeypatch.setattr(sources, "mirror", lambda: mirror)
    with kernels.Store(keep, lambda line: None).image(kernels.catalogue()[name]) as image:
        return image


def inside(image):
    """Return the names of what the file system image of a kernel's modules holds."""
    argv = ["debugfs", "-R", "ls -p /9.9.9-made", image.parts["modules"].name]
    listing = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return {line.split("/")[5]: line.split("/")[3] for line in listing.splitlines() if line}


def test_the_newest_package_of_the_best_suite_is_fetched_once(tmp_path, monkeypatch, offered):
    keep = Cache(tmp_path / "cache")
    image = fetched(keep, Trusting(offered, offered), monkeypatch)
    assert (image.package, image.version, image.release) == (NAME.format(10), "6.1.10-1", "6.1.10")
    nowhere = sources.Mirror("file:/nonexistent", "file:/nonexistent")
    assert fetched(keep, nowhere, monkeypatch).digest == image.digest


#: What the packages of a kernel have below their folder of modules, without the modules.
LISTS = {"modules.builtin": b"kernel/fs/made.ko\n", "modules.order": b""}


def below(directory, files):
    """Return the files of a package in a directory: {path: bytes}."""
    return {f"{directory}/{name}": content for name, content in files.items()}


@pytest.mark.parametrize("form", ["image", "binary"])
def test_modules_and_configuration_come_with_the_kernel(tmp_path, monkeypatch, form):
    boot = kernel_image(tmp_path / "boot", HANGS).read_bytes()
    config = b"CONFIG_MADE=y\n"
    if form == "image":
        name, suite = "debian-6.1", "bookworm-security"
        offer = [(NAME.format(1), "6.1.1-1", {
            "boot/vmlinuz-9.9.9-made": boot, "boot/config-9.9.9-made": config,
            **below("lib/modules/9.9.9-made", LISTS)})]
    else:
        name, suite = "debian-7.3", "trixie-backports"
        directory = "usr/lib/modules/9.9.9-made"
        packages = {"binary": {"vmlinuz": boot}, "modules": {"modules.order": b""},
                    "base": {"config": config, "modules.builtin": LISTS["modules.builtin"]}}
        offer = [(f"linux-{what}-7.3.1+deb13-cloud-amd64", "7.3.1-1", below(directory, files))
                 for what, files in packages.items()]
    uri = archive(tmp_path / "archive", {suite: offer})
    image = fetched(Cache(tmp_path / "cache"), Trusting(uri, uri), monkeypatch, name)
    assert image.file.closed and image.parts["config"].closed
    with open(image.parts["config"].name, "rb") as file:
        assert file.read() == config
    found = inside(image)
    assert {"config", "modules.builtin", "modules.builtin.bin", "modules.dep.bin"} <= set(found)
    assert "vmlinuz" not in found and set(found.values()) == {"0"}, "root's, without the kernel itself"


def test_a_kernel_without_them_has_none(tmp_path, monkeypatch, offered):
    assert fetched(Cache(tmp_path / "cache"), Trusting(offered, offered), monkeypatch).parts == {}


def test_an_archive_without_a_good_signature_is_refused(tmp_path, monkeypatch, offered):
    keep = Cache(tmp_path / "cache")
    with pytest.raises(MachineError, match="cannot fetch debian-6.1: .*not signed") as failure:
        fetched(keep, sources.Mirror(offered, offered), monkeypatch)
    assert "\n" not in str(failure.value)
    assert not any(path.is_file() for kind in ("objects", "records", "work")
                   for path in (keep.directory / kind).rglob("*"))


def test_a_package_that_differs_from_the_archives_list_is_refused(tmp_path, monkeypatch, offered):
    parcel, = (tmp_path / "archive" / "pool").glob(f"{NAME.format(10)}_*.deb")
    data = bytearray(parcel.read_bytes())
    data[-100] ^= 1
    parcel.write_bytes(data)
    with pytest.raises(MachineError, match="cannot download"):
        fetched(Cache(tmp_path / "cache"), Trusting(offered, offered), monkeypatch)


def test_the_system_settings_used_are_about_transport_only():
    text = ["Acquire::http::Proxy \"http://proxy.example.org:3128\";", "Acquire::Check-Date \"false\";",
            "APT::Update::Post-Invoke:: \"rm\";", "Acquire::AllowInsecureRepositories \"true\";",
            "APT::Get::AllowUnauthenticated \"true\";"]
    assert [line for line in text if apt.HOST_SETTINGS.match(line)] == text[:2]
