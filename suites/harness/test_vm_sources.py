# SPDX-License-Identifier: Apache-2.0
"""The mirror is read from apt's configuration, whatever its form."""

import made_machines  # noqa: F401
import pytest
from machines import sources
from machines.errors import MachineError

ARCHIVE = "http://mirror.example.org/debian"
SECURITY = "http://security.example.org/debian-security"


@pytest.fixture(autouse=True)
def no_override(monkeypatch):
    monkeypatch.delenv(sources.VARIABLE, raising=False)


@pytest.mark.parametrize("name, text", [
    ("sources.list", f"# deb http://wrong.example.org/debian bookworm main\n"
     f"deb-src http://wrong.example.org/debian bookworm main\n"
     f"deb [arch=amd64 signed-by=/k.gpg] {ARCHIVE} bookworm main # tail\n"
     f"deb {SECURITY} bookworm-security main\n"),
    ("sources.list.d/debian.sources", f"Types: deb deb-src\n# comment\nURIs: {ARCHIVE}\nSuites: bookworm\n"
     " bookworm-updates\nComponents: main\n\n"
     f"Types: deb\nURIs: {SECURITY}\nSuites: bookworm-security\nComponents: main\n"),
    ("sources.list.d/a.list", f"deb {ARCHIVE} stable main\ndeb {SECURITY} stable/updates main\n"),
])
def test_both_forms_are_understood(tmp_path, name, text):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)
    assert sources.mirror(tmp_path) == sources.Mirror(ARCHIVE, SECURITY)


@pytest.mark.parametrize("text", [
    "Types: deb\nEnabled: no\nURIs: http://off.example.org/debian\nSuites: bookworm\n",
    "Types: deb-src\nURIs: http://src.example.org/debian\nSuites: bookworm\n",
    "Types: deb\nURIs: http://other.example.org/tool\nSuites: nodistro\n",
    "Types: deb\nURIs: cdrom:[Debian]/\nSuites: bookworm\n",
    "",
])
def test_what_is_no_enabled_debian_archive_is_not_used(tmp_path, text):
    (tmp_path / "sources.list.d").mkdir()
    path = tmp_path / "sources.list.d" / "x.sources"
    path.write_text(text)
    with pytest.raises(MachineError, match="cannot find a Debian mirror.*REDPROOF_MIRROR"):
        sources.mirror(tmp_path)
    path.write_text(f"{text}\n\nTypes: deb\nURIs: {ARCHIVE}\nSuites: bookworm\n")
    assert sources.mirror(tmp_path).archive == ARCHIVE


def test_security_archive_is_beside_the_archive_unless_configured(tmp_path):
    (tmp_path / "sources.list").write_text(f"deb {ARCHIVE}/ trixie main\n")
    assert sources.mirror(tmp_path).security == f"{ARCHIVE}-security"


def test_the_variable_overrides_the_configuration(tmp_path, monkeypatch):
    (tmp_path / "sources.list").write_text(f"deb {ARCHIVE} trixie main\n")
    monkeypatch.setenv(sources.VARIABLE, "http://own.example.org/debian http://own.example.org/sec")
    assert sources.mirror(tmp_path) == sources.Mirror("http://own.example.org/debian",
                                                      "http://own.example.org/sec")


@pytest.mark.parametrize("suite, uri", [("sid", ARCHIVE), ("trixie-backports", ARCHIVE),
                                        ("bullseye-security", SECURITY)])
def test_a_suite_comes_from_its_archive_and_is_verified(suite, uri):
    entry = sources.Mirror(ARCHIVE, SECURITY).source(suite)
    assert f"URIs: {uri}\n" in entry and f"Suites: {suite}\n" in entry
    assert f"Signed-By: {sources.KEYRING}\n" in entry and "rusted" not in entry
