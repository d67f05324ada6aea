# SPDX-License-Identifier: Apache-2.0
"""What is kept between runs: files named by the digest of their content.

    objects/HEX        content; HEX is its SHA-256, checked on every use
    records/NAME.json  what NAME stands for now: {"digest": "sha256:HEX", ...}, and where it has further
                       contents, "parts": {PART: "sha256:HEX", ...}
    locks/NAME         held while NAME is being made
    work/XXXX/         of running commands; those of dead ones are removed

Whatever becomes visible is complete, because it is renamed into place.
"""
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass

from . import paths
from .errors import MachineError

ALGORITHM = "sha256"


def digest_of(file):
    """Return "sha256:HEX" of an open binary file, read from its start."""
    file.seek(0)
    return f"{ALGORITHM}:{hashlib.file_digest(file, ALGORITHM).hexdigest()}"


def digests_in(record):
    """Return the digests of everything that a record (dict) names."""
    return [record.get("digest"), *record.get("parts", {}).values()]


class Contents:
    """Open files: `file`, and `parts`, further ones by name. Close it, or use it in a `with` statement."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close all files."""
        for file in (self.file, *self.parts.values()):
            file.close()


@dataclass
class Entry(Contents):
    """A record and its contents, verified."""

    record: dict
    file: object
    parts: dict


class Cache:
    """The cache below a directory (default: the user's)."""

    def __init__(self, directory=None):
        self.directory = directory or paths.cache_directory()
        try:
            for name in ("objects", "records", "locks", "work"):
                (self.directory / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"cannot use the cache {self.directory}: {error.strerror}; "
                               "set XDG_CACHE_HOME to a directory you can write to") from error

    def record(self, name):
        """Return the record (dict) of a name, or None. The content is not looked at."""
        try:
            return json.loads((self.directory / "records" / f"{name}.json").read_text())
        except (OSError, ValueError):
            return None

    def _object(self, digest):
        return self.directory / "objects" / digest.partition(":")[2]

    def lookup(self, name):
        """Return (Entry, None) for sound content, else (None, why not).

        The reason is None when the content was never made.
        """
        record = self.record(name)
        if record is None:
            return None, None
        files = []
        try:
            for digest in digests_in(record):
                files.append(open(self._object(digest), "rb"))
                if digest_of(files[-1]) != digest:
                    raise ValueError(f"its content does not have the digest {digest}")
        except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
            for file in files:
                file.close()
            return None, str(error) if isinstance(error, ValueError) else f"its content is missing ({error})"
        return Entry(record, files[0], dict(zip(record.get("parts", {}), files[1:]))), None

    def ensure(self, name, make, refresh=False):
        """Return the Entry of a name, made when it is missing, damaged or to be refreshed.

        make(directory): writes a file into the empty directory, returns its
        path and the record's other fields (dict); `parts` among them is
        {name: path} of further files.
        """
        if not refresh:
            entry, _ = self.lookup(name)
            if entry:
                return entry
        with self.locked(name):
            entry, damage = self.lookup(name)
            if entry and not refresh:
                return entry
            if damage:
                print(f"redvm: {name} in the cache {self.directory} is damaged: {damage}; making it again",
                      file=sys.stderr)
            old = self.record(name)
            try:
                with self.workspace() as work:
                    path, fields = make(work)
                    self._store(name, path, fields)
            except OSError as error:
                raise MachineError(f"cannot put {name} into the cache {self.directory}: {error.strerror}; "
                                   "free space there or set XDG_CACHE_HOME to another directory") from error
            self._forget(old)
        entry, damage = self.lookup(name)
        if entry is None:
            raise MachineError(f"cannot keep {name} in the cache {self.directory}: "
                               f"{damage or 'it vanished'}; check the disk")
        return entry

    def _store(self, name, path, fields):
        files = {None: path, **fields.get("parts", {})}
        digests = {part: self._settled(file) for part, file in files.items()}
        for part, file in files.items():
            os.replace(file, self._object(digests[part]))
        record = {**fields, "digest": digests.pop(None)}
        if digests:
            record["parts"] = digests
        text = path.with_name("record.json")
        text.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
        os.replace(text, self.directory / "records" / f"{name}.json")

    @staticmethod
    def _settled(path):
        """Return the digest of a file that is on the disk for good."""
        with open(path, "rb") as file:
            digest = digest_of(file)
            os.fsync(file.fileno())
        return digest

    def _forget(self, old):
        """Remove what a replaced record named, unless another record names it too."""
        records = [self.record(path.stem) for path in (self.directory / "records").glob("*.json")]
        named = {digest for record in records if record for digest in digests_in(record)}
        for digest in set(digests_in(old) if old else ()) - named:
            with contextlib.suppress(OSError):
                self._object(digest).unlink()

    def forget_others(self, name, family):
        """Remove what is kept under other names that begin with `family`."""
        for path in (self.directory / "records").glob(f"{family}*.json"):
            if path.stem != name:
                with self.locked(path.stem):
                    old = self.record(path.stem)
                    path.unlink(missing_ok=True)
                    self._forget(old)

    @contextlib.contextmanager
    def locked(self, name):
        """Hold the lock of a name; another process that wants it waits."""
        with open(self.directory / "locks" / name, "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def workspace(self):
        """Yield an empty directory on the cache's file system; it is removed afterwards, come what may."""
        root = self.directory / "work"
        with self.locked("work"):
            for stale in root.iterdir():
                self._sweep(stale)
            path = root / os.path.basename(tempfile.mkdtemp(dir=root))
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            os.close(handle)

    @staticmethod
    def _sweep(directory):
        """Remove a workspace whose owner is gone: its lock is free."""
        try:
            handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(directory, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(handle)
