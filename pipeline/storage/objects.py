"""The object store: any S3, spoken to through ``minio``, with our errors and our promise about hashes.

What was put is read back and hashed before the call returns: a source may be released after that, not before.
Keys are opaque; see :mod:`pipeline.storage.repository` for how they are made.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

import urllib3
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout

from pipeline.errors import ConfigError, IntegrityError, StoreDenied, StoreDown, StoreFailed, from_os_error
from pipeline.settings import Site
from pipeline.storage import bundled

_CONNECT_SECONDS = 2.5
_PART = 16 * 1024 * 1024
_CHUNK = 1024 * 1024
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as the store answered for it: SHA-256 in lower-case hex, size in bytes."""

    key: str
    sha256: str
    size: int


class NoSuchObject(StoreFailed):
    """There is no object of that key (``what``)."""

    retryable = False


class ObjectStore:
    """One bucket of an S3 service. May be shared by threads, not by processes.

    Every method raises :class:`StoreDown` when the service does not answer (at once when the connection is refused,
    after about ten seconds when the machine is not there, after ``seconds`` when it hangs), :class:`StoreDenied`
    when it refuses the key, and :class:`StoreFailed` for its other errors. A server error is tried again
    for some six seconds, because a store that just restarted may take no writes for a moment.
    """

    def __init__(
        self,
        endpoint: str,
        access: str,
        secret: str,
        bucket: str,
        *,
        secure: bool = True,
        region: str = "us-east-1",
        seconds: float = 20,
    ) -> None:
        self.endpoint = endpoint
        self.bucket = bucket
        self._http = urllib3.PoolManager(
            timeout=Timeout(connect=min(_CONNECT_SECONDS, seconds), read=seconds),
            maxsize=16,
            cert_reqs="CERT_REQUIRED",
            retries=Retry(
                total=None,
                connect=2,
                read=0,
                redirect=0,
                other=0,
                status=8,
                status_forcelist=(500, 502, 503, 504),
                backoff_factor=0.1,
                backoff_max=1,
                raise_on_status=False,
            ),
        )
        try:
            self._client = Minio(
                endpoint, access_key=access, secret_key=secret, secure=secure, region=region, http_client=self._http
            )
        except ValueError as error:
            raise ConfigError(
                file="site.yaml", line=0, what=f"store.endpoint: {error}", hint="máy:cổng / host:port"
            ) from error

    # -- putting ------------------------------------------------------------------------------------------------

    def put_file(self, key: str, path: Path, content_type: str = "application/octet-stream") -> Stored:
        """Upload the file at ``path``, in parts when it is large, and read it back.

        Raises:
            IntegrityError: the store holds something else than the file held.
            NotFound: the file cannot be read.
        """
        try:
            wanted = hash_file(key, path)
            with path.open("rb") as source:
                self._put(key, source, wanted.size, content_type)
        except OSError as error:
            raise from_os_error(error, path.name) from error
        return self._verified(wanted)

    def put_bytes(self, key: str, data: bytes, content_type: str = _JSON) -> Stored:
        """Upload ``data`` and read it back.

        Raises:
            IntegrityError: the store holds something else.
        """
        self._put(key, io.BytesIO(data), len(data), content_type)
        return self._verified(Stored(key, hashlib.sha256(data).hexdigest(), len(data)))

    def put_if_absent(self, key: str, data: bytes, content_type: str = _JSON) -> bool:
        """Put ``data`` unless there is an object of that key; of many at once exactly one gets ``True``.

        ``False`` says that there is one: perhaps from an earlier try of this very call whose answer was lost, so a
        caller that minds reads it. ``minio`` cannot send the condition with ``put_object`` (it turns
        ``If-None-Match`` into user metadata, silently), so it goes by a presigned address.

        Raises:
            IntegrityError: the store accepted it and holds something else.
        """
        with self._errors():
            url = self._client.presigned_put_object(self.bucket, key, expires=timedelta(minutes=5))
            digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
            headers = {"If-None-Match": "*", "Content-MD5": digest, "Content-Type": content_type}
            answer = self._http.request("PUT", url, body=data, headers=headers)
        if answer.status == 412:
            return False
        if answer.status != 200:
            raise self._refusal(answer.status, _error_code(answer.data))
        self._verified(Stored(key, hashlib.sha256(data).hexdigest(), len(data)))
        return True

    def _put(self, key: str, source: BinaryIO, size: int, content_type: str) -> None:
        with self._errors():
            part = _PART if size > _PART else 0
            self._client.put_object(
                self.bucket, key, source, size, content_type=content_type, part_size=part, num_parallel_uploads=2
            )

    def _verified(self, wanted: Stored) -> Stored:
        digest = hashlib.sha256()
        size = self._read(wanted.key, digest.update)
        if (digest.hexdigest(), size) != (wanted.sha256, wanted.size):
            raise IntegrityError(where=wanted.key)
        return wanted

    def remove(self, keys: Iterable[str]) -> None:
        """Remove objects; those that are not there are passed over. Only for work in progress: records stay."""
        with self._errors():
            for error in self._client.remove_objects(self.bucket, (DeleteObject(key) for key in keys)):
                raise StoreFailed(what=f"{self.endpoint}: {error.code}")

    # -- getting ------------------------------------------------------------------------------------------------

    def get(self, key: str) -> bytes:
        """The object's bytes.

        Raises:
            NoSuchObject: there is none.
        """
        found = io.BytesIO()
        self._read(key, found.write)
        return found.getvalue()

    def download(self, key: str, path: Path) -> Stored:
        """Write the object to ``path`` and say what was written; comparing the hash is the caller's part.

        Raises:
            NoSuchObject: there is none.
            DiskFull: no room at ``path``.
        """
        digest = hashlib.sha256()
        try:
            with path.open("wb") as out:

                def take(chunk: bytes) -> None:
                    digest.update(chunk)
                    out.write(chunk)

                size = self._read(key, take)
        except OSError as error:
            raise from_os_error(error, path.name) from error
        return Stored(key, digest.hexdigest(), size)

    def held(self, key: str, sha256: str) -> Stored | None:
        """The object of that key if it is there with that SHA-256 (read back, not taken on trust), else ``None``."""
        digest = hashlib.sha256()
        try:
            size = self._read(key, digest.update)
        except NoSuchObject:
            return None
        return Stored(key, sha256, size) if digest.hexdigest() == sha256 else None

    def exists(self, key: str) -> bool:
        """Whether there is an object of that key (HEAD cannot tell a missing bucket from a missing object)."""
        try:
            with self._errors():
                self._client.stat_object(self.bucket, key)
        except NoSuchObject:
            return False
        return True

    def list(self, prefix: str, *, recursive: bool = True) -> Iterator[str]:
        """Keys that start with ``prefix``, sorted; not recursive: a folder comes once, with ``/`` at its end."""
        with self._errors():
            for found in self._client.list_objects(self.bucket, prefix=prefix, recursive=recursive):
                yield str(found.object_name)

    def entries(self, prefix: str) -> Iterator[tuple[str, int, str]]:
        """Key, size in bytes and a stamp that changes with the content, of every object whose key starts with it."""
        with self._errors():
            for found in self._client.list_objects(self.bucket, prefix=prefix or None, recursive=True):
                yield str(found.object_name), found.size or 0, str(found.etag or found.last_modified)

    def _read(self, key: str, take: Callable[[bytes], object]) -> int:
        size = 0
        with self._errors():
            answer = self._client.get_object(self.bucket, key)
            try:
                for chunk in answer.stream(_CHUNK):
                    size += len(chunk)
                    take(chunk)
            finally:
                answer.close()
                answer.release_conn()
        return size

    # -- the service itself -------------------------------------------------------------------------------------

    def ping(self) -> None:
        """Return when the service answers, takes the key and has the bucket; otherwise raise."""
        with self._errors():
            found = self._client.bucket_exists(self.bucket)
        if not found:
            raise self._refusal(404, "NoSuchBucket")

    def ensure_bucket(self) -> None:
        """Make the bucket unless it is there."""
        with self._errors():
            if not self._client.bucket_exists(self.bucket):
                self._client.make_bucket(self.bucket)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except S3Error as error:
            status = error.response.status if error.response is not None else 0
            raise self._refusal(status, error.code or "?", error.object_name or "") from error
        except HTTPError as error:
            raise StoreDown(where=self.endpoint) from error
        except (MinioException, ParseError, UnicodeDecodeError) as error:
            raise StoreFailed(what=f"{self.endpoint}: {type(error).__name__}") from error

    def _refusal(self, status: int, code: str, key: str = "") -> StoreDown | StoreDenied | StoreFailed:
        if code == "NoSuchKey":
            return NoSuchObject(what=f"{code} {key}")
        if code == "NoSuchBucket":
            hint = "sohoa services up; store.bucket, site.yaml"
            return StoreFailed(what=f"không có bucket / no bucket '{self.bucket}' ({hint})")
        if status in (401, 403):
            return StoreDenied(where=self.endpoint, what=code)
        return StoreFailed(what=f"{self.endpoint}: {status} {code}")


def open_store(site: Site, bucket: str = "") -> ObjectStore:
    """The object store that ``site`` names: its bucket of records, or ``bucket``.

    Raises:
        StoreDown: it is the bundled one and was never started here.
        ConfigError: a key file is missing or empty.
    """
    store = site.store
    bucket = bucket or store.bucket
    if store.endpoint != "bundled":
        access = _secret(store.access_key_file, "access_key_file")
        secret = _secret(store.secret_key_file, "secret_key_file")
        return ObjectStore(
            store.endpoint,
            access,
            secret,
            bucket,
            secure=store.secure,
            region=store.region,
            seconds=store.seconds,
        )
    state, key = bundled.read_state(site.data), bundled.read_key(site.data)
    if state is None or key is None:
        raise StoreDown(where="bundled")
    return ObjectStore(state.endpoint, *key, bucket, secure=False, region=store.region, seconds=store.seconds)


def hash_file(key: str, path: Path) -> Stored:
    """SHA-256 and size of the file at ``path``, to be stored as ``key``."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256")
        return Stored(key, digest.hexdigest(), source.tell())


def _secret(path: Path | None, name: str) -> str:
    hint = "store.access_key_file, store.secret_key_file"
    if path is None:
        raise ConfigError(file="site.yaml", line=0, what=f"store.{name}: thiếu / missing", hint=hint)
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file="site.yaml", line=0, what=f"store.{name}: {type(error).__name__}", hint=hint) from error
    if not text:
        raise ConfigError(file="site.yaml", line=0, what=f"store.{name}: rỗng / empty", hint=hint)
    return text


def _error_code(body: bytes) -> str:
    """The code in an S3 error document, without trusting its shape."""
    _, _, rest = body.partition(b"<Code>")
    return rest.partition(b"</Code>")[0].decode("ascii", "replace")[:80] or "?"
