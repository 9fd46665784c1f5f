"""The repository: records in an object store, committed by their manifest.

Objects of a document ``ID`` (an opaque hash; no code, name or personal id ever stands in a key)::

    documents/ID/1/record-HASH.pdf        the signed PDF/A
    documents/ID/1/original-HASH.EXT      a digitally signed source, byte for byte; only for such
    documents/ID/1/reading-HASH.json.gz   page readings: words, boxes, confidence
    documents/ID/1/manifest.json          last, with If-None-Match: its arrival is the commit
    documents/ID/2/…                      the same record renewed: what changed, and a manifest that names the rest
    documents/ID/code                     the code issued to the document
    codes/HMAC                            which document holds a code
    meta/salt                             the key of that HMAC

``HASH`` is the beginning of the object's SHA-256: when two workers store one document at once, neither overwrites
what the other's manifest vouches for. What a worker that lost, or was killed, leaves behind is unreferenced and
harmless. Of several versions the newest that has a manifest is in force; the ones before it stay. There is no other
truth than these objects; a copy of the bucket is a backup.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from itertools import groupby, starmap
from operator import itemgetter
from pathlib import Path

from pipeline.dossier import Document, Event, PageReading, Proof
from pipeline.errors import IntegrityError, StoreFailed, UnknownRecord, from_os_error
from pipeline.storage import manifest as schema
from pipeline.storage.manifest import FileEntry, Manifest
from pipeline.storage.objects import NoSuchObject, ObjectStore, Stored, hash_file

_FIRST = 1
_SALT = "meta/salt"
_ID = re.compile(r"[0-9a-z]{16,64}")
_PREFIX = re.compile(r"[0-9a-z]{1,64}")
_MANIFEST = re.compile(r"documents/([0-9a-z]{16,64})/([1-9][0-9]{0,5})/manifest\.json")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_PDF = "application/pdf"


class Repository:
    """Records in one bucket. May be shared by threads, not by processes.

    Every method raises what :class:`~pipeline.storage.objects.ObjectStore` raises when the store is down,
    refuses or fails.
    """

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self._salt = b""

    def ping(self) -> None:
        """Return when the store answers and has the bucket; otherwise raise."""
        self.store.ping()

    # -- putting ------------------------------------------------------------------------------------------------

    def commit(
        self, document: Document, files: Mapping[str, Path], type_name: str = "", digests: Sequence[str] = ()
    ) -> Manifest:
        """Store ``document`` exactly once, however often and by however many workers this is called.

        When this returns, the store has answered for every object with a matching SHA-256 and holds the manifest.
        ``created`` of the returned manifest says whether this call stored it; a document stored before is
        returned as it was then and nothing is changed.

        Args:
            document: coded and sealed; its last event is the storing.
            files: by role: ``record`` (the sealed PDF), perhaps ``light`` (a PDF, too) and, for a digitally signed
                source, ``original``.
            type_name: name of the document type for people, kept for searching.
            digests: see :attr:`Manifest.digests`.

        Raises:
            IntegrityError: the store holds something else than it was given.
        """
        folder = _folder(document.id, _FIRST)
        newest = self._newest(document.id)
        if newest:
            return self.read_manifest(document.id, newest)
        entries = []
        for role, path in files.items():
            source = document.source if role == "original" else None
            suffix = Path(source.name).suffix.lower() if source else ".pdf"
            suffix = suffix if _SUFFIX.fullmatch(suffix) else ".bin"
            media_type = source.media_type if source else _PDF
            entries.append(self._put_file(f"{folder}{role}", suffix, path, role, media_type))
        entries.append(self._put_readings(document))
        return self._commit(replace(schema.describe(document, _FIRST, type_name, entries), digests=tuple(digests)))

    def new_version(
        self, manifest: Manifest, files: Mapping[str, Path], event: Event, proof: Proof, digests: Sequence[str] = ()
    ) -> Manifest:
        """Put a further version of a record in force, with other files in place of those of the same roles.

        What is not given is taken over, objects by their keys; nothing of older versions is touched. When it returns,
        the store has answered for every new object with a matching SHA-256 and holds the manifest.

        Args:
            manifest: the version to start from, the newest at hand.
            files: PDF files by role, ``record`` above all.
            event: the end of the history of the new version; its time is the time of storing.
            proof: of the new record.
            digests: see :attr:`Manifest.digests`.

        Returns:
            The version in force after ``manifest``: the one made here (``created``), or the one that another worker
            made from it meanwhile, as it is.

        Raises:
            IntegrityError: the store holds something else than it was given.
        """
        version = manifest.version + 1
        folder = _folder(manifest.id, version)
        made = {role: self._put_file(f"{folder}{role}", ".pdf", path, role, _PDF) for role, path in files.items()}
        kept = {entry.role: entry for entry in manifest.files}
        earlier = (kept["record"].sha256,) if "record" in made and "record" in kept else ()
        return self._commit(
            replace(
                manifest,
                version=version,
                stored_at=event.at,
                history=(*manifest.history, event),
                files=tuple({**kept, **made}.values()),
                proof=proof,
                digests=tuple(digests),
                earlier=(*manifest.earlier, *earlier),
            )
        )

    def _commit(self, manifest: Manifest) -> Manifest:
        if self.store.put_if_absent(_manifest_key(manifest.id, manifest.version), schema.to_json(manifest)):
            return replace(manifest, created=True)
        return self.read_manifest(manifest.id, manifest.version)

    def _put_file(self, stem: str, suffix: str, path: Path, role: str, media_type: str) -> FileEntry:
        try:
            digest = hash_file("", path).sha256
        except OSError as error:
            raise from_os_error(error, path.name) from error
        key = f"{stem}-{digest[:16]}{suffix}"
        stored = self.store.held(key, digest) or self.store.put_file(key, path, media_type)
        return FileEntry(role, key, stored.sha256, stored.size, media_type)

    def _put_readings(self, document: Document) -> FileEntry:
        data = schema.pack_readings(document.readings)
        digest = sha256(data).hexdigest()
        key = f"{_folder(document.id, _FIRST)}reading-{digest[:16]}.json.gz"
        media_type = "application/gzip"
        stored = self.store.held(key, digest) or self.store.put_bytes(key, data, media_type)
        return FileEntry("reading", key, stored.sha256, stored.size, media_type)

    # -- getting ------------------------------------------------------------------------------------------------

    def read_manifest(self, id: str, version: int | None = None) -> Manifest:
        """The manifest of the record: that of the newest version (found with one request more), or of ``version``.

        Raises:
            UnknownRecord: there is none.
            IntegrityError: it is damaged, or another document's.
        """
        if version is None:
            version = self._newest(id) if _ID.fullmatch(id) else 0
        key = _manifest_key(id, version) if version and _ID.fullmatch(id) else ""
        try:
            found = schema.from_json(self.store.get(key), key) if key else None
        except NoSuchObject:
            found = None
        if found is None:
            raise UnknownRecord(id=_harmless(id))
        if (found.id, found.version) != (id, version):
            raise IntegrityError(where=key)
        return found

    def _newest(self, id: str) -> int:
        """Number of the newest version that has a manifest; 0 when there is none."""
        return max((version for _, version in self._versions(f"documents/{id}/")), default=0)

    def _versions(self, prefix: str) -> Iterator[tuple[str, int]]:
        for key in self.store.list(prefix):
            if found := _MANIFEST.fullmatch(key):
                yield found[1], int(found[2])

    def newest(self) -> Iterator[tuple[str, int]]:
        """Ids of all records, sorted, each with the number of its newest version; one listing for all of them."""
        for id, versions in groupby(self._versions("documents/"), key=itemgetter(0)):
            yield id, max(version for _, version in versions)

    def ids(self) -> Iterator[str]:
        """Ids of all records, sorted."""
        return (id for id, _ in self.newest())

    def manifests(self) -> Iterator[Manifest]:
        """The newest manifest of every record, sorted by id.

        Raises:
            IntegrityError: one is damaged; :meth:`newest` and :meth:`read_manifest` get past it.
        """
        return starmap(self.read_manifest, self.newest())

    def find(self, prefix: str) -> str:
        """The id of the one record whose id starts with ``prefix``.

        Raises:
            UnknownRecord: there is none, or more than one.
        """
        if not _PREFIX.fullmatch(prefix):
            raise UnknownRecord(id=_harmless(prefix))
        found = []
        for folder in self.store.list(f"documents/{prefix}", recursive=False):
            id = folder.split("/")[1]
            if self.store.exists(_manifest_key(id, _FIRST)):
                found.append(id)
            if len(found) > 1:
                raise UnknownRecord(id=f"{_harmless(prefix)}* (> 1)")
        if not found:
            raise UnknownRecord(id=_harmless(prefix))
        return found[0]

    def fetch(self, id: str, role: str, path: Path, version: int | None = None) -> FileEntry:
        """Write the file of that role of the record's newest version, or of ``version``, to ``path``.

        It appears there whole or not at all. Returns its entry.

        Raises:
            UnknownRecord: no such record, or it has no file of that role.
            IntegrityError: the store's object is missing or has another hash; ``path`` is untouched.
            DiskFull: no room at ``path``.
        """
        return self.fetch_entry(_entry(self.read_manifest(id, version), role), path)

    def fetch_entry(self, entry: FileEntry, path: Path) -> FileEntry:
        """As :meth:`fetch`, for the entry of a manifest already at hand."""
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            if self._download(entry, partial).sha256 != entry.sha256:
                raise IntegrityError(where=entry.key)
            partial.replace(path)
        except OSError as error:
            raise from_os_error(error, path.name) from error
        finally:
            with suppress(OSError):
                partial.unlink()
        return entry

    def _download(self, entry: FileEntry, path: Path) -> Stored:
        try:
            return self.store.download(entry.key, path)
        except NoSuchObject as missing:
            raise IntegrityError(where=entry.key) from missing

    def load_reading(self, id: str) -> tuple[PageReading, ...]:
        """What was read on the record's pages.

        Raises:
            UnknownRecord: no such record.
            IntegrityError: the readings are missing or not what was stored.
        """
        return self.readings(self.read_manifest(id))

    def readings(self, manifest: Manifest) -> tuple[PageReading, ...]:
        """As :meth:`load_reading`, for a manifest already at hand."""
        entry = _entry(manifest, "reading")
        try:
            data = self.store.get(entry.key)
        except NoSuchObject as missing:
            raise IntegrityError(where=entry.key) from missing
        if sha256(data).hexdigest() != entry.sha256:
            raise IntegrityError(where=entry.key)
        return schema.unpack_readings(data, entry.key)

    # -- codes --------------------------------------------------------------------------------------------------

    def code_of(self, id: str) -> str:
        """The code issued to the document; empty when none was."""
        try:
            return self.store.get(f"documents/{_safe(id)}/code").decode()
        except NoSuchObject:
            return ""

    def keep_code(self, id: str, code: str) -> str:
        """Record that ``code`` was issued to the document; returns the code that counts, the first one recorded."""
        if self.store.put_if_absent(f"documents/{_safe(id)}/code", code.encode(), "text/plain"):
            return code
        return self.code_of(id)

    def reserve(self, code: str, id: str) -> bool:
        """Take ``code`` for the document; ``False`` when another document holds it."""
        key = self._code_key(code)
        return self.store.put_if_absent(key, id.encode(), "text/plain") or self.store.get(key) == id.encode()

    def taken(self, code: str) -> bool:
        """Whether some document holds ``code``."""
        return self.store.exists(self._code_key(code))

    def _code_key(self, code: str) -> str:
        return f"codes/{hmac.new(self._salted(), code.encode(), sha256).hexdigest()}"

    def _salted(self) -> bytes:
        """The store's random salt: hashes of codes alone could be tried out, a 12-digit id has few values.

        Made when the first code is issued, and with it the store is tried: one that does not honour If-None-Match
        cannot hold records, for there the last of several writers would win.
        """
        if not self._salt:
            made = secrets.token_hex(32).encode()
            if self.store.put_if_absent(_SALT, made) and self.store.put_if_absent(_SALT, made):
                raise StoreFailed(what=f"{self.store.endpoint}: If-None-Match?")
            self._salt = self.store.get(_SALT)
        return self._salt


def _safe(id: str) -> str:
    """``id``, if it may stand in a key; anything else (a personal id, a path) is a mistake of the program."""
    if not _ID.fullmatch(id):
        raise ValueError("a document id has 16 to 64 lower-case letters and digits")
    return id


def _folder(id: str, version: int) -> str:
    return f"documents/{_safe(id)}/{version}/"


def _manifest_key(id: str, version: int) -> str:
    return f"{_folder(id, version)}manifest.json"


def _entry(manifest: Manifest, role: str) -> FileEntry:
    entry = manifest.file(role)
    if entry is None:
        raise UnknownRecord(id=f"{manifest.id} ({role})")
    return entry


def _harmless(asked: str) -> str:
    """What was asked for, unless it may be a personal id or a name: messages hold neither."""
    return asked if _PREFIX.fullmatch(asked) and not asked.isdigit() else "…"
