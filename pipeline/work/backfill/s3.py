"""An archive in a bucket: objects whose keys are taken like paths of files in folders."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import NotFound, PlanRefused, SohoaError
from pipeline.settings import Site
from pipeline.storage import NoSuchObject, ObjectStore, open_store
from pipeline.work.backfill.sources import Candidate, Passed, of_suffix, passed, why_not
from pipeline.work.backfill.wording import plain

_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/(?P<prefix>.*))?", re.DOTALL)


@dataclass(frozen=True)
class BucketSource:
    """The objects whose keys begin with ``prefix`` (empty, or with ``/`` at its end); ``scratch`` takes downloads."""

    store: ObjectStore
    prefix: str
    scratch: Path

    @property
    def name(self) -> str:
        """Bucket and prefix."""
        return plain(f"{self.store.bucket}/{self.prefix}".rstrip("/"))

    def walk(self) -> Iterator[Candidate | Passed]:
        """All objects, in the order of their keys."""
        for key, size, stamp in self.store.entries(self.prefix):
            origin = key[len(self.prefix) :]
            if origin.endswith("/"):  # what consoles put for an empty folder
                continue
            parts = origin.split("/")
            if not all(part not in ("", ".", "..") for part in parts) or "\0" in origin:
                yield passed(origin, "BadKey")
                continue
            reason = next((why for part in parts if (why := why_not(part)) is not None), None)
            yield of_suffix(Candidate(origin, size, stamp)) if reason is None else Passed(plain(origin), *reason)

    @contextmanager
    def lend(self, origin: str) -> Iterator[Path]:
        """The object, downloaded for as long as it is needed.

        Raises:
            NotFound: it is gone.
            StoreDown, StoreDenied, StoreFailed, DiskFull: the store, or the disk for the download.
        """
        with tempfile.TemporaryDirectory(prefix="s3-", dir=self.scratch) as folder:
            path = Path(folder) / "object"
            try:
                self.store.download(self.prefix + origin, path)
            except NoSuchObject as gone:
                raise NotFound(name=plain(origin.rpartition("/")[2]), what="không có / no such object") from gone
            yield path

    def at(self, origin: str) -> Candidate:
        """The object as it is now."""
        key = self.prefix + origin
        for found, size, stamp in self.store.entries(key):
            if found == key:
                return Candidate(origin, size, stamp)
            break
        raise NotFound(name=plain(origin.rpartition("/")[2]), what="không có / no such object")

    def present(self) -> bool:
        """Whether the bucket answers."""
        try:
            self.store.ping()
        except SohoaError:
            return False
        return True


def open_bucket(address: str, site: Site, scratch: Path) -> BucketSource:
    """The source ``s3://bucket/prefix`` at the configured store, with its keys.

    Raises:
        PlanRefused: no such address, or the bucket of the repository itself.
        StoreDown, StoreDenied, StoreFailed: the store does not let us.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise PlanRefused(name=address, what="s3://bucket/prefix")
    if found["bucket"] in (site.store.bucket, site.store.work_bucket, f"{site.store.bucket}-work"):
        raise PlanRefused(name=address, what="là kho của chính hệ thống / the bucket of the repository itself")
    store = open_store(site, found["bucket"])
    store.ping()
    prefix = (found["prefix"] or "").strip("/")
    return BucketSource(store, f"{prefix}/" if prefix else "", scratch)
