# SPDX-License-Identifier: Apache-2.0
"""Clauses of the source documents, and whether they still are what the registry was written from.

A clause is the text from its heading (a line of `#` marks and the title) up to the next heading or the
end of the file. Its digest is the SHA-256 of that text, heading included, with every run of white space
folded to one blank and none at either end, in UTF-8: rewrapping a source changes nothing, a word does.
"""

import hashlib
import os
import re
from pathlib import Path

HEADING = re.compile(r"#{1,6}\s+(.*\S)\s*")
DEFAULT_SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"

MATCHES = "matches"
DIFFERS = "differs"
NOT_AT_HAND = "source not at hand"


def seeds_directory():
    """Return the folder of the sources: $REDPROOF_SEEDS, or ../shared/seeds beside the checkout."""
    return Path(os.environ.get("REDPROOF_SEEDS") or DEFAULT_SEEDS)


def clause_text(document, clause):
    """Return the normalised text of the clause, or None when no heading, or more than one, has that title."""
    lines = document.splitlines()
    titles = {index: match.group(1) for index, line in enumerate(lines)
              if (match := HEADING.fullmatch(line))}
    starts = [index for index, title in titles.items() if title == clause]
    if len(starts) != 1:
        return None
    end = min((index for index in titles if index > starts[0]), default=len(lines))
    return " ".join(" ".join(lines[starts[0]:end]).split())


def clause_digest(document, clause):
    """Return the clause's digest as `sha256:<hex>`, or None when the clause is not there (exactly once)."""
    text = clause_text(document, clause)
    return None if text is None else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def source_state(source, seeds):
    """Compare a registry Source with the documents in the folder `seeds`.

    Returns MATCHES, DIFFERS (also when the clause is gone), or NOT_AT_HAND when the file is not there.
    Raises OSError when the file is there and cannot be read.
    """
    try:
        document = (Path(seeds) / source.file).read_bytes().decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return NOT_AT_HAND
    return MATCHES if clause_digest(document, source.clause) == source.digest else DIFFERS
