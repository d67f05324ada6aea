# SPDX-License-Identifier: Apache-2.0
"""The cache: made once, checked always, whole or not there."""

import multiprocessing
import os
import resource
import signal

import made_machines  # noqa: F401
import pytest
from machines.cache import Cache, digest_of
from machines.errors import MachineError

CONTENT = b"content of a kernel"


def maker(calls, content=CONTENT):
    """Return a make() that counts its calls in a list."""
    def make(work):
        calls.append(1)
        path = work / "made"
        path.write_bytes(content)
        return path, {"version": len(calls)}
    return make


def make_parts(work):
    """Make a content with two further ones."""
    for name in ("made", "one", "two"):
        (work / name).write_bytes(name.encode())
    return work / "made", {"parts": {"1": work / "one", "2": work / "two"}}


def files(keep):
    """Return the names of all contents, records and workspaces."""
    return {kind: sorted(path.name for path in (keep.directory / kind).iterdir())
            for kind in ("objects", "records", "work")}


@pytest.fixture
def keep(tmp_path):
    return Cache(tmp_path / "cache")


def content_of(keep, calls, **more):
    """Return what the cache gives for the name x."""
    with keep.ensure("x", maker(calls), **more) as entry:
        assert digest_of(entry.file) == entry.record["digest"]
        entry.file.seek(0)
        return entry.file.read()


def test_made_once(keep):
    calls = []
    assert [content_of(keep, calls) for _ in range(3)] == [CONTENT] * 3
    assert len(calls) == 1 and files(keep)["work"] == []


@pytest.mark.parametrize("damage", [
    lambda path: path.write_bytes(CONTENT[:-1] + b"!"),
    lambda path: path.write_bytes(CONTENT[:-1]),
    lambda path: path.unlink(),
], ids=["changed", "cut", "removed"])
def test_damage_is_noticed_and_repaired(keep, capsys, damage):
    calls = []
    content_of(keep, calls)
    damage(next((keep.directory / "objects").iterdir()))
    assert content_of(keep, calls) == CONTENT
    assert len(calls) == 2
    assert "x in the cache" in capsys.readouterr().err


def test_damage_that_cannot_be_repaired_is_refused(keep, capsys):
    content_of(keep, [])
    next((keep.directory / "objects").iterdir()).write_bytes(b"damaged")

    def fails(work):
        raise MachineError("no network")

    with pytest.raises(MachineError, match="no network"):
        keep.ensure("x", fails)


def test_a_failure_leaves_nothing(keep):
    def fails(work):
        (work / "half").write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep.ensure("x", fails)
    assert files(keep) == {"objects": [], "records": [], "work": []}
    content_of(keep, [])
    assert len(files(keep)["objects"]) == 1


def test_a_full_disk_is_one_line_and_leaves_nothing(keep):
    calls = []
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(CONTENT) - 1, limits[1]))
    try:
        with pytest.raises(MachineError, match="cannot put x into the cache .* too large; free") as failure:
            content_of(keep, calls)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert "\n" not in str(failure.value)
    assert files(keep) == {"objects": [], "records": [], "work": []}


def test_refresh_replaces_and_forgets(keep):
    calls = []
    content_of(keep, calls)
    with keep.ensure("x", maker(calls, b"newer"), refresh=True) as entry:
        assert entry.file.read() == b"" and entry.record["version"] == 2
    assert len(files(keep)["objects"]) == 1


def test_content_shared_by_two_names_survives_one(keep):
    content_of(keep, [])
    keep.ensure("y", maker([])).file.close()
    keep.ensure("y", maker([], b"newer"), refresh=True).file.close()
    calls = []
    assert content_of(keep, calls) == CONTENT and calls == []


def test_a_family_can_be_reduced_to_one_name(keep):
    for number, name in enumerate(("rootfs-a", "rootfs-b", "kernel-c")):
        keep.ensure(name, maker([], bytes([number]))).file.close()
    keep.forget_others("rootfs-b", "rootfs-")
    assert files(keep)["records"] == ["kernel-c.json", "rootfs-b.json"] and len(files(keep)["objects"]) == 2


def test_further_contents_belong_to_the_name(keep):
    with keep.ensure("x", make_parts) as entry:
        assert {part: file.name.rpartition("/")[2] for part, file in entry.parts.items()} == {
            part: digest.partition(":")[2] for part, digest in entry.record["parts"].items()}
        contents = {part: os.pread(file.fileno(), 9, 0) for part, file in entry.parts.items()}
        assert contents == {"1": b"one", "2": b"two"}
        opened = [entry.file, *entry.parts.values()]
    assert all(file.closed for file in opened) and len(files(keep)["objects"]) == 3
    keep.ensure("x", maker([]), refresh=True).close()
    assert len(files(keep)["objects"]) == 1


def test_damage_of_a_further_content_is_noticed(keep, capsys):
    with keep.ensure("x", make_parts) as entry:
        digest = entry.record["parts"]["2"].partition(":")[2]
    (keep.directory / "objects" / digest).write_bytes(b"damaged")
    calls = []
    assert content_of(keep, calls) == CONTENT and len(calls) == 1
    assert "x in the cache" in capsys.readouterr().err and len(files(keep)["objects"]) == 1


def ensure_slowly(directory, barrier, made):
    """Ask for x at the same moment as the others; what is made stays unfinished until all have asked."""
    def make(work):
        with made.get_lock():
            made.value += 1
        path = work / "made"
        with open(path, "wb") as file:
            for byte in CONTENT:
                file.write(bytes([byte]))
                file.flush()
        return path, {}

    keep = Cache(directory)
    barrier.wait()
    with keep.ensure("x", make) as entry:
        entry.file.seek(0)
        assert entry.file.read() == CONTENT


def test_several_processes_make_it_once(keep):
    context = multiprocessing.get_context("fork")
    barrier, made = context.Barrier(4), context.Value("i", 0)
    workers = [context.Process(target=ensure_slowly, args=(keep.directory, barrier, made)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert made.value == 1


def test_workspaces_of_the_dead_are_removed_those_of_the_living_stay(keep):
    with keep.workspace() as living:
        pid = os.fork()
        if pid == 0:
            with keep.workspace() as dead:
                (dead / "file").touch()
                os._exit(0)
        os.waitpid(pid, 0)
        assert len(files(keep)["work"]) == 2
        with keep.workspace() as mine:
            assert sorted(files(keep)["work"]) == sorted([living.name, mine.name])
    assert files(keep)["work"] == []


def test_an_unusable_directory_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(MachineError, match="cannot use the cache .*: .*; set XDG_CACHE_HOME"):
        Cache(tmp_path / "file" / "cache")
