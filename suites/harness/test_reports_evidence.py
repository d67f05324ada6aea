# SPDX-License-Identifier: Apache-2.0
"""The evidence store keeps documents under their digest, and notices a change."""

import hashlib

import pytest
from made_runs import ROOT  # noqa: F401  puts the report on the path
from tracing.evidence import EvidenceError, EvidenceStore, write_atomically

DOCUMENT = {"b": [1, None, "ü"], "a": {"x": True}}


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    return EvidenceStore(tmp_path / "evidence")


def test_what_is_put_comes_back(store):
    digest = store.put(DOCUMENT)
    assert store.get(digest) == DOCUMENT
    content = store.path(digest).read_bytes()
    assert digest == "sha256:" + hashlib.sha256(content).hexdigest()
    assert store.path(digest).name == digest.removeprefix("sha256:") + ".json"


def test_the_digest_is_of_the_content_alone(store):
    assert store.put({"a": 1, "b": 2}) == store.put({"b": 2, "a": 1})
    assert store.put({"a": 1, "b": 2}) != store.put({"a": 1, "b": 3})
    assert len(list(store.directory.iterdir())) == 2


def test_a_changed_file_is_an_error_that_names_it(store):
    kept, changed = store.put(DOCUMENT), store.put({"other": 1})
    file = store.path(changed)
    file.write_bytes(file.read_bytes().replace(b"1", b"2"))
    for attempt in (lambda: store.get(changed), lambda: store.put({"other": 1})):
        with pytest.raises(EvidenceError, match="was changed") as caught:
            attempt()
        assert str(file) in str(caught.value) and "\n" not in str(caught.value)
    assert store.get(kept) == DOCUMENT


def test_missing_evidence_is_an_error_that_names_it(store):
    digest = store.put(DOCUMENT)
    store.path(digest).unlink()
    with pytest.raises(EvidenceError, match=str(store.path(digest))):
        store.get(digest)


@pytest.mark.parametrize("digest", ["", "sha256:12", "../run", "sha256:" + "g" * 64])
def test_what_is_no_digest_names_no_file(store, digest):
    with pytest.raises(EvidenceError, match="not of the form"):
        store.get(digest)


def test_a_store_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EvidenceError, match="cannot store evidence"):
        EvidenceStore(tmp_path / "file" / "evidence").put(DOCUMENT)


def test_a_failed_write_leaves_the_old_content_and_nothing_else(tmp_path):
    target = tmp_path / "file"
    write_atomically(target, b"old")
    with pytest.raises(TypeError):
        write_atomically(target, "text, not bytes")
    assert target.read_bytes() == b"old" and list(tmp_path.iterdir()) == [target]
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new" and list(tmp_path.iterdir()) == [target]
