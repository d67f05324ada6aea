# SPDX-License-Identifier: Apache-2.0
"""Registry of requirements: what has to be proved, item by item.

The data is requirements.yaml beside this file; README.md describes its fields.
Only the standard library and PyYAML are needed, so guests can import it too
(with the folder `suites` on the path: `import registry`).
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

SCHEMA = "redproof.registry/1"
DEFAULT_FILE = Path(__file__).with_name("requirements.yaml")
METHODS = ("test", "analysis", "inspection")

REQUIREMENT_ID = re.compile(r"[A-Z0-9]+(\.[A-Z0-9]+)*(-[A-Z0-9]+)+")
ITEM_NAME = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

REQUIREMENT_KEYS = {"id": str, "title": str, "source": dict, "statement": str, "verification": str,
                    "items": list}
SOURCE_KEYS = {"file": str, "clause": str, "digest": str}
ITEM_KEYS = {"id": str, "statement": str}
# Of an item where Linux does not behave as the source says.
REFUTATION_KEYS = {"claim": str, "why": str}
HOLDS, REFUTED = "holds", "refuted"


class RegistryError(Exception):
    """The registry cannot be used; the message is one line that names file and place."""


@dataclass(frozen=True)
class Source:
    """Where a requirement comes from: file name, heading of the clause, digest of the clause's text."""

    file: str
    clause: str
    digest: str


@dataclass(frozen=True)
class Item:
    """One thing to prove. `id` is the full one, REQUIREMENT/name.

    claim: HOLDS, or REFUTED where the source's claim is wrong: then `why` says what is the case instead, and
    to pass is to have proved that.
    """

    id: str
    name: str
    statement: str
    claim: str = HOLDS
    why: str | None = None


@dataclass(frozen=True)
class Requirement:
    """One requirement; `items` is a tuple of Item, in the document's order."""

    id: str
    title: str
    source: Source
    statement: str
    verification: str
    items: tuple


@dataclass(frozen=True)
class Registry:
    """All requirements, in the document's order."""

    requirements: tuple

    def items(self):
        """Return a dict of full item id to Item, in order."""
        return {item.id: item for requirement in self.requirements for item in requirement.items}


def load(path=DEFAULT_FILE):
    """Read and validate a registry file.

    path: file to read, by default the one shipped here.
    Returns a Registry. Raises RegistryError when the file cannot be read, is no YAML, has a missing,
    unknown or mistyped key, or an id twice.
    """
    try:
        data = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"cannot read the registry {path}: {error}") from error
    except yaml.YAMLError as error:
        raise RegistryError(f"cannot read the registry {path}: {' '.join(str(error).split())}") from error
    try:
        return _registry(data)
    except RegistryError as error:
        raise RegistryError(f"registry {path}: {error}") from error


# The parser in C, where PyYAML has it: guests are slow.
class _UniqueKeyLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML loader that refuses a key written twice, where PyYAML silently takes the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for index, key in enumerate(keys) if key in keys[:index]]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"key {twice[0]!r} twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _registry(data):
    _expect_keys(data, {"schema": str, "requirements": list}, "the file")
    if data["schema"] != SCHEMA:
        raise RegistryError(f"schema is {data['schema']!r}, expected {SCHEMA!r}")
    requirements = tuple(_requirement(entry, index) for index, entry in enumerate(data["requirements"], 1))
    _expect_unique([requirement.id for requirement in requirements], "requirement")
    return Registry(requirements)


def _requirement(entry, index):
    where = f"requirement {index}"
    _expect_keys(entry, REQUIREMENT_KEYS, where)
    where = entry["id"]
    _expect_match(REQUIREMENT_ID, entry["id"], "id", where)
    if entry["verification"] not in METHODS:
        raise RegistryError(f"{where}: verification {entry['verification']!r} is none of {METHODS}")
    _expect_keys(entry["source"], SOURCE_KEYS, f"{where}: source")
    _expect_match(DIGEST, entry["source"]["digest"], "digest", where)
    items = tuple(_item(item, where, number) for number, item in enumerate(entry["items"], 1))
    if not items:
        raise RegistryError(f"{where}: no items, so nothing could be proved")
    _expect_unique([item.id for item in items], "item")
    return Requirement(entry["id"], entry["title"], Source(**entry["source"]), entry["statement"],
                       entry["verification"], items)


def _item(entry, requirement, number):
    where = f"{requirement}: item {number}"
    refutes = isinstance(entry, dict) and not REFUTATION_KEYS.keys().isdisjoint(entry)
    _expect_keys(entry, {**ITEM_KEYS, **REFUTATION_KEYS} if refutes else ITEM_KEYS, where)
    _expect_match(ITEM_NAME, entry["id"], "item id", requirement)
    claim = entry.get("claim", HOLDS)
    if refutes and claim != REFUTED:
        raise RegistryError(f"{where}: claim is {claim!r}, expected {REFUTED!r}")
    return Item(f"{requirement}/{entry['id']}", entry["id"], entry["statement"], claim, entry.get("why"))


def _expect_keys(entry, keys, where):
    """Raise unless `entry` is a mapping of exactly these keys, each of its type and not empty text."""
    if not isinstance(entry, dict):
        raise RegistryError(f"{where}: expected a mapping, found {type(entry).__name__}")
    for key in entry:
        if key not in keys:
            raise RegistryError(f"{where}: unknown key {key!r}")
    for key, kind in keys.items():
        if key not in entry:
            raise RegistryError(f"{where}: key {key!r} is missing")
        if not isinstance(entry[key], kind):
            found = type(entry[key]).__name__
            raise RegistryError(f"{where}: {key} must be a {kind.__name__}, found {found}")
        if kind is str and not entry[key].strip():
            raise RegistryError(f"{where}: {key} is empty")


def _expect_match(pattern, text, what, where):
    if not pattern.fullmatch(text):
        raise RegistryError(f"{where}: {what} {text!r} is not of the form {pattern.pattern}")


def _expect_unique(ids, what):
    for index, identifier in enumerate(ids):
        if identifier in ids[:index]:
            raise RegistryError(f"{what} {identifier} twice")
