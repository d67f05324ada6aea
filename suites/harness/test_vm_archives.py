# SPDX-License-Identifier: Apache-2.0
"""What goes into guests, and what guests may not do to the host by way of /output."""

import io
import tarfile

import made_machines  # noqa: F401
import pytest
from machines import archives
from machines.errors import MachineError


def output_disk(path, *members):
    """Write an output disk of tar members (name, type, content); return the archive's size."""
    with tarfile.open(path, "w") as tar:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            info.linkname = "" if kind == tarfile.REGTYPE else content.decode()
            tar.addfile(info, io.BytesIO(content))
    size = path.stat().st_size
    with open(path, "ab") as disk:
        disk.write(b"\xff" * 4096)
    return size


def test_files_and_directories_come_out(tmp_path):
    size = output_disk(tmp_path / "disk", ("./", tarfile.DIRTYPE, b""),
                       ("./a/b.txt", tarfile.REGTYPE, b"text"))
    out = tmp_path / "out"
    archives.unpack_output(tmp_path / "disk", size, out)
    assert (out / "a" / "b.txt").read_bytes() == b"text"


@pytest.mark.parametrize("member", [
    ("../escaped", tarfile.REGTYPE, b"x"),
    ("a/../../escaped", tarfile.REGTYPE, b"x"),
    ("/escaped", tarfile.REGTYPE, b"x"),
    ("link", tarfile.SYMTYPE, b".."),
    ("link", tarfile.LNKTYPE, b"../secret"),
    ("device", tarfile.CHRTYPE, b""),
    ("fifo", tarfile.FIFOTYPE, b""),
], ids=lambda member: f"{member[0]}-{member[1].decode()}")
def test_nothing_else_does(tmp_path, member):
    out = tmp_path / "deep" / "out"
    out.mkdir(parents=True)
    size = output_disk(tmp_path / "disk", member)
    with pytest.raises(MachineError, match="cannot copy"):
        archives.unpack_output(tmp_path / "disk", size, out)
    assert list(out.iterdir()) == [] and sorted(path.name for path in tmp_path.iterdir()) == ["deep", "disk"]


def test_garbage_on_the_output_disk_is_an_error(tmp_path):
    (tmp_path / "disk").write_bytes(b"\xff" * 4096)
    with pytest.raises(MachineError, match="cannot unpack the guest's /output"):
        archives.unpack_output(tmp_path / "disk", 4096, tmp_path)


def test_input_belongs_to_root_and_nobody_else_may_write(tmp_path):
    tree = tmp_path / "tree"
    (tree / "__pycache__").mkdir(parents=True)
    for name, mode in (("tool", 0o777), ("data", 0o666), ("__pycache__/x.pyc", 0o644)):
        (tree / name).touch()
        (tree / name).chmod(mode)
    archives.pack_input(tmp_path / "tar", [(tree, "/redproof/tree"),
                                           (tmp_path / "absent", "/redproof/absent")])
    with tarfile.open(tmp_path / "tar") as tar:
        members = {info.name: info for info in tar}
    assert {name: oct(info.mode) for name, info in members.items()} == {
        "redproof/tree": "0o755", "redproof/tree/tool": "0o755", "redproof/tree/data": "0o644"}
    assert {(info.uid, info.gid) for info in members.values()} == {(0, 0)}
