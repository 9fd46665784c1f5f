"""Names for what a log must not name: keyed hashes of dossier codes, paths and jobs.

Codes, ids and names are so few that a plain hash is undone by trying them all; without the key that cannot be done.
The key is drawn once for an installation, kept in the store (``meta/log-key``) so that all machines give one dossier
one name, and in a file of each (``DATA/log.key``, 0600) so that a log can begin while the store is down. Whoever
holds the key and a list of codes can tell which is which: the auditor who is meant to.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from hashlib import sha256
from pathlib import Path

from pipeline.errors import SohoaError
from pipeline.settings import Site
from pipeline.storage import NoSuchObject, ObjectStore, open_store
from pipeline.vietnamese import nfc

_SHARED = "meta/log-key"
_FILE = "log.key"
_KEY = re.compile(rb"[0-9a-f]{64}")
_LETTERS = "bcdfghjkmnpqrstvwxyz"
"""No digits: a run of digits in a log is then always a fault; no vowels: no words by chance."""
_LENGTH = 14
_MASK = re.compile(rf"~[{_LETTERS}]{{{_LENGTH}}}")
_STORE_SECONDS = 3


class _Key:
    """The key of this process; until it is learnt one of its own, which nobody else has."""

    value = secrets.token_bytes(32)


def learn_key(site: Site) -> bool:
    """Take the key of the installation into use, drawing it where there is none yet.

    Returns:
        Whether it is the installation's. If not (no file here, and a store that does not answer), what is masked in
        this process has names of its own.
    """
    file = site.data / _FILE
    kept = _read(file)
    if kept is None:
        try:
            kept = _shared(open_store(_impatient(site)))
        except SohoaError:
            return False
        _keep(file, kept)
    _Key.value = bytes.fromhex(kept.decode())
    return True


def masked(text: str) -> str:
    """A name for ``text`` that says nothing about it: the same for the same text, whatever its Unicode form."""
    return _hash("text", text)


def correlation(job: str, dossier: str) -> str:
    """The one name in all logs for what is done for a dossier: ``job`` is its id, ``dossier`` the dossier's code."""
    return _hash("dossier", job, dossier)


def is_mask(text: str) -> bool:
    """Whether ``text`` is a name made here."""
    return _MASK.fullmatch(text) is not None


def _hash(*parts: str) -> str:
    told = b"\0".join(nfc(part).encode("utf-8", "surrogatepass") for part in parts)
    number = int.from_bytes(hmac.digest(_Key.value, told, "sha256"))
    letters = []
    for _ in range(_LENGTH):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return "~" + "".join(letters)


def _impatient(site: Site) -> Site:
    """The same installation, with a store that is not waited for: a service must not begin late for its log."""
    seconds = min(site.store.seconds, _STORE_SECONDS)
    return site.model_copy(update={"store": site.store.model_copy(update={"seconds": seconds})})


def _shared(store: ObjectStore) -> bytes:
    try:
        key = store.get(_SHARED)
    except NoSuchObject:
        drawn = sha256(secrets.token_bytes(64)).hexdigest().encode()
        store.put_if_absent(_SHARED, drawn, "text/plain")
        key = store.get(_SHARED)  # another machine may have been first
    if not _KEY.fullmatch(key):
        raise SohoaError(what=_SHARED)
    return key


def _read(file: Path) -> bytes | None:
    try:
        key = file.read_bytes()
    except OSError:
        return None
    return key if _KEY.fullmatch(key) else None


def _keep(file: Path, key: bytes) -> None:
    """Write the file whole or not at all; where it cannot be written the store is asked again next time."""
    partial = file.with_name(f".{_FILE}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(key)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(file)
    except OSError:
        partial.unlink(missing_ok=True)
