# SPDX-License-Identifier: Apache-2.0
"""Evidence store: documents kept under the SHA-256 of their content."""

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


class EvidenceError(Exception):
    """Evidence cannot be stored or is not what it was; the message is one line that names the file."""


def canonical(document):
    """Return the one byte string that stands for a JSON document (sorted keys, no blanks, UTF-8)."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


class EvidenceStore:
    """Folder of `<sha256>.json` files, made when the first document is stored."""

    def __init__(self, directory):
        self.directory = Path(directory)

    def path(self, digest):
        """Return the file that holds the document of this digest (`sha256:<hex>`)."""
        match = DIGEST.fullmatch(digest)
        if not match:
            raise EvidenceError(f"cannot find evidence {digest!r}: not of the form sha256:<64 hex digits>")
        return self.directory / f"{match.group(1)}.json"

    def put(self, document):
        """Store a JSON document, atomically, and return its digest.

        A document that is there already is verified instead. Raises EvidenceError.
        """
        content = canonical(document)
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        if target.exists():
            self.get(digest)
            return digest
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            write_atomically(target, content)
        except OSError as error:
            raise EvidenceError(f"cannot store evidence {target}: {error.strerror}") from error
        return digest

    def get(self, digest):
        """Return the document of this digest, verified. Raises EvidenceError when it is gone or changed."""
        target = self.path(digest)
        try:
            content = target.read_bytes()
        except OSError as error:
            raise EvidenceError(f"cannot read evidence {target}: {error.strerror}") from error
        actual = "sha256:" + hashlib.sha256(content).hexdigest()
        if actual != digest:
            raise EvidenceError(f"evidence {target} was changed: its content is {actual}; "
                                "remove the file and make the report again from the runs")
        return json.loads(content)


def write_atomically(target, content):
    """Write bytes to the file `target` so that a reader sees the old content or the new, never a part.

    The folder must exist. Raises OSError, and then leaves no temporary file.
    """
    target = Path(target)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
