# SPDX-License-Identifier: Apache-2.0
"""Kernels: the list, the user's own images, and the way from an archive into the cache."""

import hashlib
import os

import pytest
from made_machines import HANGS, archive, kernel_image
from machines import apt, kernels, sources
from machines.cache import Cache
from machines.errors import MachineError

NAME = "linux-image-6.1.0-{}-cloud-amd64"


class Trusting(sources.Mirror):
    """An archive whose signature is not asked for: what the tests' own archives need, and nobody else."""

    def source(self, suite):
        return super().source(suite).replace(f"Signed-By: {sources.KEYRING}", "Trusted: yes")


def test_the_list_has_the_kernels_that_are_promised():
    known = kernels.catalogue()
    assert {"debian-5.10", "debian-6.1", "debian-6.12", "debian-6.18", "debian-7.3"} <= set(known)
    assert {name for name, kernel in known.items() if kernel.every_item} == {"debian-6.1", "debian-6.12"}
    assert {kernel.form for kernel in known.values()} <= set(kernels.MEMBERS)


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


def fetched(keep, mirror, monkeypatch):
    """Return the Image of debian-6.1 from a mirror."""
    monkeypatch.setattr(sources, "mirror", lambda: mirror)
    image = kernels.Store(keep, lambda line: None).image(kernels.catalogue()["debian-6.1"])
    image.file.close()
    return image


def test_the_newest_package_of_the_best_suite_is_fetched_once(tmp_path, monkeypatch, offered):
    keep = Cache(tmp_path / "cache")
    image = fetched(keep, Trusting(offered, offered), monkeypatch)
    assert (image.package, image.version, image.release) == (NAME.format(10), "6.1.10-1", "6.1.10")
    nowhere = sources.Mirror("file:/nonexistent", "file:/nonexistent")
    assert fetched(keep, nowhere, monkeypatch).digest == image.digest


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
