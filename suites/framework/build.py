# SPDX-License-Identifier: Apache-2.0
"""Where the things under test are: the commands, the witness, and their digests."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def is_executable(path):
    """Say whether `path` is a file that may be executed."""
    return os.path.isfile(path) and os.access(path, os.X_OK)


def digest(path):
    """Return "sha256:<hex>" of the file `path`. Raises OSError."""
    return "sha256:" + hashlib.sha256(Path(path).read_bytes()).hexdigest()


@dataclass(frozen=True)
class Build:
    """A build folder, as `make` leaves it."""

    directory: Path

    @property
    def redwrap(self):
        """Path of the launcher under test."""
        return self.directory / "bin" / "redwrap"

    @property
    def redprobe(self):
        """Path of the kernel probe."""
        return self.directory / "bin" / "redprobe"

    @property
    def witness(self):
        """Path of the static program that observes from inside a node."""
        return self.directory / "test" / "witness"
