"""From what a person names (a folder, a spreadsheet, a bucket) to a source, and from a job back to it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select

from pipeline.dossier import Kind
from pipeline.errors import IndexUnusable, NotFound, PlanRefused
from pipeline.settings import Site
from pipeline.settings.loading import read_file
from pipeline.storage import Index
from pipeline.vietnamese import fold, nfc
from pipeline.work.backfill.columns import Columns
from pipeline.work.backfill.confined import Confined
from pipeline.work.backfill.planning import Stored
from pipeline.work.backfill.s3 import open_bucket
from pipeline.work.backfill.sources import FolderSource, Source, TableSource
from pipeline.work.backfill.tables import SUFFIXES, open_table
from pipeline.work.backfill.wording import plain
from pipeline.work.ledger import ItemState, Job, JobState, Ledger, Urgency
from pipeline.work.ledger.tables import ITEMS

KIND = "backfill"


@dataclass(frozen=True)
class Order:
    """What a person asked for: where from, under which name, and what folders and columns mean."""

    source: str
    """Absolute path of a folder or spreadsheet, or ``s3://bucket/prefix``."""
    name: str
    columns: Columns

    @property
    def job(self) -> str:
        """Id of the job: from the name, so that the same name goes on with the same job."""
        words = "-".join(re.findall(r"[a-z0-9]+", fold(self.name)))[:40].strip("-")
        return f"{KIND}-{words or 'x'}-{sha256(nfc(self.name).encode()).hexdigest()[:6]}"


def order(source: str, name: str, columns: Columns) -> Order:
    """The order for ``source``; it has the name of its folder, file or bucket when none is given."""
    if source.startswith("s3://"):
        return Order(source.rstrip("/"), name or plain(source[5:].strip("/")), columns)
    path = os.path.abspath(source)  # noqa: PTH100 - resolve() would follow links
    return Order(path, name or plain(Path(path).stem if Path(path).suffix in SUFFIXES else Path(path).name), columns)


def read_columns(path: Path | None, procedure: str = "", kind: Kind | None = None) -> Columns:
    """``columns.yaml`` at ``path`` (none: everything is guessed); what is given besides goes before it.

    Raises:
        ConfigError: it is not readable, or not right, with the line.
    """
    columns = read_file(path, Columns) if path else Columns()
    said = {"procedure": procedure or columns.procedure, "kind": kind or columns.kind}
    return columns.model_copy(update=said)


def open_source(asked: Order, site: Site, confined: Confined, scratch: Path) -> Source:
    """The source of an order; ``scratch`` is a folder for what is unpacked or downloaded.

    Raises:
        NotFound: it is not there.
        PlanRefused: neither folder nor spreadsheet nor bucket, or a spreadsheet that cannot be used.
        StoreDown, StoreDenied, StoreFailed: the bucket cannot be reached.
    """
    if asked.source.startswith("s3://"):
        return open_bucket(asked.source, site, scratch)
    path = Path(asked.source)
    if path.is_dir():
        return FolderSource(path)
    if not path.exists():
        raise NotFound(name=plain(asked.source), what="không có / no such file or folder")
    if path.suffix.lower() not in SUFFIXES:
        what = "phải là thư mục, CSV, XLSX hoặc s3:// / has to be a folder, CSV, XLSX or s3://"
        raise PlanRefused(name=plain(path.name), what=what)
    return TableSource(path.name, path.parent, open_table(path, asked.columns, confined, scratch))


def check_procedure(asked: Order, source: Source) -> None:
    """See that papers can have a procedure at all.

    Raises:
        PlanRefused: nothing gives one.
    """
    columns = asked.columns
    in_table = isinstance(source, TableSource) and "procedure" in source.table.places
    if not (columns.procedure or in_table or any("procedure" in p.groupindex for p in columns.patterns)):
        what = "không biết mã thủ tục, thêm --procedure MÃ / no procedure is given, add --procedure CODE"
        raise PlanRefused(name=source.name, what=what)


def open_job(ledger: Ledger, asked: Order) -> Job:
    """The job of an order, made when it is not there, going on when it was paused or stopped.

    Raises:
        PlanRefused: a job of that name has another source.
    """
    options = {"source": asked.source, "columns": asked.columns.model_dump(mode="json")}
    job = ledger.open_job(Job(asked.job, KIND, asked.name, Urgency.BACKFILL, options=options))
    if job.options.get("source") != asked.source:
        what = "tên này đã dùng cho nguồn khác, thêm --name TÊN / the name belongs to another source, add --name NAME"
        raise PlanRefused(name=plain(asked.name), what=what)
    if job.state in (JobState.PAUSED, JobState.STOPPED):
        ledger.set_job(job.id, JobState.RUNNING)
        job = ledger.job_by_id(job.id)
    return job


def source_of(job: Job, site: Site, scratch: Path) -> Source:
    """Where the files of a job are that was opened before, to be fed from; a spreadsheet is not read again.

    Raises:
        PlanRefused: it is no backfill.
        StoreDown, StoreDenied, StoreFailed: the bucket cannot be reached.
    """
    named = job.options.get("source")
    if job.kind != KIND or not isinstance(named, str):
        raise PlanRefused(name=plain(job.name), what="không phải đợt số hóa kho / is no backfill")
    if named.startswith("s3://"):
        return open_bucket(named, site, scratch)
    path = Path(named)
    return FolderSource(path.parent if path.suffix.lower() in SUFFIXES and not path.is_dir() else path)


def home(job: str, data: Path) -> Path:
    """Folder of what belongs to a job on this machine: its survey, its plan, its lock."""
    return data / "backfill" / job


def already(ledger: Ledger, index: Index) -> Stored:
    """Says of SHA-256s which of them are of sources with documents in the repository."""

    def stored(digests: Collection[str]) -> set[str]:
        wanted = select(ITEMS.c.sha256).where(ITEMS.c.sha256.in_(digests), ITEMS.c.state == ItemState.STORED)
        with ledger.transaction() as connection:
            found = set(connection.execute(wanted).scalars())
        with suppress(IndexUnusable):
            found |= {digest for digest in digests if digest not in found and index.by_source(digest)}
        return found

    return stored


def guessed(source: Source) -> Mapping[str, str]:
    """Which heading of a spreadsheet was taken for what; empty for other sources."""
    if not isinstance(source, TableSource):
        return {}
    table = source.table
    return {name: plain(table.headings[at]) for name, at in table.places.items()}
