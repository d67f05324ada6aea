# SPDX-License-Identifier: Apache-2.0
"""The Debian mirror: read from the machine's own apt configuration (sources.list(5)).

Nothing in the project names a mirror. REDPROOF_MIRROR overrides what is
configured: one URI, or two (archive, security archive) separated by a blank.
"""
import os
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import MachineError

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
VARIABLE = "REDPROOF_MIRROR"
RELEASES = ("bullseye", "bookworm", "trixie", "forky", "duke", "sid",
            "oldoldstable", "oldstable", "stable", "testing", "unstable")
SECURITY = re.compile(r"^[a-z]+(-security|/updates)$")


@dataclass(frozen=True)
class Mirror:
    """URIs of the archive and of the security archive."""

    archive: str
    security: str

    def source(self, suite):
        """Return the deb822 entry (text) of one suite, signatures checked with Debian's keyring."""
        uri = self.security if SECURITY.match(suite) else self.archive
        return (f"Types: deb\nURIs: {uri}\nSuites: {suite}\nComponents: main\n"
                f"Architectures: amd64\nSigned-By: {KEYRING}\n")


def one_line_entries(text):
    """Yield (uri, suites) of the `deb` lines of a sources.list."""
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        match = re.match(r"deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)", line)
        if match:
            yield match[1], [match[2]]


def deb822_entries(text):
    """Yield (uri, suites) of the enabled stanzas of a .sources file."""
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", text):
        fields = {}
        for name, value in re.findall(r"^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.MULTILINE):
            fields[name.lower()] = value.split()
        enabled = fields.get("enabled", ["yes"])[0].lower() not in ("no", "false")
        if "deb" not in fields.get("types", []) or not enabled:
            continue
        for uri in fields.get("uris", []):
            yield uri, fields.get("suites", [])


def configured(etc):
    """Yield (uri, suites) of every entry below an apt configuration directory."""
    listing = sorted((etc / "sources.list.d").glob("*")) if (etc / "sources.list.d").is_dir() else []
    for path in [etc / "sources.list", *listing]:
        reader = {".list": one_line_entries, ".sources": deb822_entries}.get(path.suffix)
        if reader and path.is_file():
            yield from reader(path.read_text(errors="replace"))


def beside(archive):
    """Return where the security archive is kept next to an archive, as every Debian mirror does."""
    trimmed = archive.rstrip("/")
    return trimmed + "-security" if trimmed.endswith("debian") else trimmed


def mirror(etc=Path("/etc/apt")):
    """Return the Mirror to use; MachineError when none is configured."""
    override = os.environ.get(VARIABLE, "").split()
    if override:
        return Mirror(override[0], override[1] if len(override) > 1 else beside(override[0]))
    archive = security = None
    for uri, suites in configured(etc):
        if uri.startswith("cdrom:"):
            continue
        for suite in suites:
            if SECURITY.match(suite) and suite.split("-")[0].split("/")[0] in RELEASES:
                security = security or uri
            elif suite in RELEASES:
                archive = archive or uri
    if archive is None:
        raise MachineError(f"cannot find a Debian mirror in {etc}: no entry for a Debian release there; "
                           f"set {VARIABLE} to the URI of one")
    return Mirror(archive, security or beside(archive))
