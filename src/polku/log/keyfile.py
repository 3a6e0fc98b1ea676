"""The key to the pseudonyms of a store: a file beside it that only its owner can read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from polku.errors import LogError

FORMAT = "polku.key/1"


@dataclass(frozen=True)
class Key:
    """Who is behind the pseudonyms: name → pseudonym, for officials and for customers."""

    resource: Mapping[str, str] = field(default_factory=dict)
    customer: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anybody stands under a pseudonym."""
        return bool(self.resource or self.customer)

    def text(self) -> str:
        """The file's text."""
        return json.dumps({"format": FORMAT, **vars(self)}, ensure_ascii=False, indent=1) + "\n"

    def fingerprint(self) -> str:
        """SHA-256 of the text: a store says by it which key is its own."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def key_path(store: str | Path) -> Path:
    """Where the key of a store stands: beside it, as `STORE.key.json`."""
    store = Path(store)
    return store.with_name(store.name + ".key.json")


def _provisional(store: Path) -> Path:
    return store.with_name(store.name + ".key.json.new")


def write_key(store: Path, key: Key) -> None:
    """Write a key under a provisional name, before its store is put in its place.

    A kill between the two leaves the old store with the old key, or the new store with the
    provisional one, which `read_key` knows by its fingerprint and puts in its place.
    """
    handle = os.open(_provisional(store), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        os.fchmod(handle, 0o600)
        stream.write(key.text())
        stream.flush()
        os.fsync(handle)


def settle_key(store: Path) -> None:
    """Put the provisional key in its place."""
    _provisional(store).replace(key_path(store))


def drop_provisional(store: Path) -> None:
    """Remove a provisional key whose store was not written."""
    _provisional(store).unlink(missing_ok=True)


def read_key(store: str | Path, fingerprint: str | None) -> Key | None:
    """The key with this fingerprint beside a store; `None` if there is none (deleted, moved).

    Raises `LogError` when a key stands there that is damaged or another store's.
    """
    store = Path(store)
    if fingerprint is None:
        return None
    provisional = _load(_provisional(store)) if _provisional(store).exists() else None
    if provisional is not None and provisional.fingerprint() == fingerprint:
        settle_key(store)
        return provisional
    file = key_path(store)
    if not file.exists():
        return None
    key = _load(file)
    if key is None or key.fingerprint() != fingerprint:
        raise LogError(
            f"{file}: is damaged or the key of another store; put this store's key there, "
            "or move the file away"
        )
    return key


def _load(file: Path) -> Key | None:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            return None
        return Key(dict(document["resource"]), dict(document["customer"]))
    except (ValueError, KeyError, TypeError):
        return None
