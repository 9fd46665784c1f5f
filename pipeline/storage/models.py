"""Versions of the learned type model, in the object store beside the records.

Objects::

    models/types/0001.npz          a model, written once (If-None-Match): no learner overwrites another's
    models/types/0001.json         its SHA-256, time and figures; its arrival makes the version
    models/types/choice-0001.json  which version is used from then on; the last choice counts

A version without its JSON is what a learner that was killed left behind: its number is passed over. Version 0 is the
model that comes with the program. Models hold hashes of words that several papers share, no text of any paper.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pipeline.errors import IntegrityError, StoreFailed, UnknownRecord, from_os_error
from pipeline.storage.objects import NoSuchObject, ObjectStore

_FOLDER = "models/types/"
_POINTER = "current.json"
_NUMBERED = re.compile(r"models/types/(?P<choice>choice-)?(?P<number>\d{4,})\.(?P<kind>npz|json)")


@dataclass(frozen=True, slots=True)
class Version:
    """A model in the store: its number (from 1), SHA-256 in lower-case hex, time (ISO 8601), figures of its judging."""

    number: int
    sha256: str
    at: str
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which version (0: the bundled one) is used, since when (ISO 8601), and who said so."""

    version: int
    at: str
    by: str


class Models:
    """The learned models of one store. Methods raise what :class:`~pipeline.storage.objects.ObjectStore` raises."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    def versions(self) -> tuple[Version, ...]:
        """All versions, the oldest first.

        Raises:
            IntegrityError: what is known about one is damaged.
        """
        return tuple(self._version(number) for number in sorted(self._numbers("json")))

    def _version(self, number: int) -> Version:
        key = f"{_FOLDER}{number:04}.json"
        known = self._json(key)
        try:
            return Version(number, str(known["sha256"]), str(known["at"]), dict(known["figures"]))
        except (KeyError, TypeError, ValueError) as error:
            raise IntegrityError(where=key) from error

    def add(self, data: bytes, at: str, figures: Mapping[str, Any]) -> Version:
        """Keep the model ``data`` as the next version; it is used only once it is chosen.

        Raises:
            StoreFailed: another learner kept one at the same time; what this one was compared with is out of date.
        """
        number = 1 + max((*self._numbers("npz"), *self._numbers("json")), default=0)
        digest = sha256(data).hexdigest()
        key = f"{_FOLDER}{number:04}"
        known = {"sha256": digest, "at": at, "figures": dict(figures)}
        made = self.store.put_if_absent(f"{key}.npz", data, "application/octet-stream")
        if not made and self.store.held(f"{key}.npz", digest) is None:  # held: the answer to our first try was lost
            raise StoreFailed(what="một máy khác vừa lưu mô hình / another learner was first")
        self.store.put_if_absent(f"{key}.json", json.dumps(known, ensure_ascii=False, indent=1).encode())
        return Version(number, digest, at, figures)

    def choose(self, number: int, at: str, by: str) -> Choice:
        """Use version ``number`` from now on; 0 goes back to the bundled model.

        Raises:
            UnknownRecord: there is no such version.
            StoreFailed: somebody else chose at the same time.
        """
        if number and number not in self._numbers("json"):
            raise UnknownRecord(id=f"types {number}")
        chosen = Choice(number, at, by)
        next_one = 1 + max(self._numbers("json", choice=True), default=0)
        told = json.dumps({"version": number, "at": at, "by": by}, ensure_ascii=False).encode()
        if not self.store.put_if_absent(f"{_FOLDER}choice-{next_one:04}.json", told):
            raise StoreFailed(what="một người khác vừa chọn mô hình / somebody else chose a model just now")
        return chosen

    def choice(self) -> Choice | None:
        """The last choice; none when nothing was ever learned here.

        Raises:
            IntegrityError: it is damaged.
        """
        last = max(self._numbers("json", choice=True), default=0)
        if not last:
            return None
        key = f"{_FOLDER}choice-{last:04}.json"
        known = self._json(key)
        try:
            return Choice(int(known["version"]), str(known["at"]), str(known["by"]))
        except (KeyError, TypeError, ValueError) as error:
            raise IntegrityError(where=key) from error

    def fetch(self, version: Version) -> bytes:
        """The model of that version.

        Raises:
            IntegrityError: it is missing or not what was stored.
        """
        key = f"{_FOLDER}{version.number:04}.npz"
        try:
            data = self.store.get(key)
        except NoSuchObject as missing:
            raise IntegrityError(where=key) from missing
        if sha256(data).hexdigest() != version.sha256:
            raise IntegrityError(where=key)
        return data

    def refresh(self, folder: Path) -> Choice | None:
        """Bring the model in use to ``folder``, where reading papers finds it without the store.

        The pointer (``current.json``: version, SHA-256, file) is replaced last and in one step: whoever reads finds
        the model before or the model after, whole. With version 0, or none chosen, the pointer goes away.

        Raises:
            IntegrityError: the model is missing or not what was stored; the cache stays as it was.
            DiskFull: no room in ``folder``.
        """
        chosen = self.choice()
        pointer = folder / _POINTER
        try:
            if chosen is None or not chosen.version:
                pointer.unlink(missing_ok=True)
                return chosen
            version = self._version(chosen.version)
            path = folder / f"{version.number:04}.npz"
            if not (path.is_file() and sha256(path.read_bytes()).hexdigest() == version.sha256):
                _write(path, self.fetch(version))
            told = {"version": version.number, "sha256": version.sha256, "file": path.name}
            _write(pointer, json.dumps(told).encode())
        except OSError as error:
            raise from_os_error(error, folder.name) from error
        return chosen

    def _numbers(self, kind: str, *, choice: bool = False) -> set[int]:
        found = map(_NUMBERED.fullmatch, self.store.list(_FOLDER))
        return {int(key["number"]) for key in found if key and key["kind"] == kind and bool(key["choice"]) is choice}

    def _json(self, key: str) -> Mapping[str, Any]:
        try:
            known = json.loads(self.store.get(key))
        except (NoSuchObject, ValueError) as error:
            raise IntegrityError(where=key) from error
        if not isinstance(known, dict):
            raise IntegrityError(where=key)
        return known


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink()
