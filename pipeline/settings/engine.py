"""``site.yaml``: how work is shared out (ledger, broker, workers, backfill, watched folders)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pipeline.settings.base import Model

Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
"""A stretch of the day in local time (``18:00-06:00`` goes over midnight)."""


class Database(Model):
    """Where ledger and index are. Empty: SQLite files of this machine; ``postgresql://…`` serves several machines."""

    url: str = Field(default="", pattern=r"^(postgresql://[^:@/]*@?[^@]*)?$")
    """Without a password, which stands in ``password_file``."""
    password_file: Path | None = None
    seconds: float = Field(default=20, gt=0)
    """How long to wait for a connection, an answer or a lock."""


class Broker(Model):
    """The message broker. Empty: the one of ``sohoa services up``, on this machine alone."""

    url: str = Field(default="", pattern=r"^((rediss?|redis\+socket|amqps?)://.*)?$")
    password_file: Path | None = None


class Work(Model):
    """Workers, and how long one may keep others waiting."""

    processes: int = Field(default=0, ge=0)
    """Worker processes on this machine; 0: one a processor."""
    megabytes: int = Field(default=1500, ge=300)
    """A worker process is replaced when it has taken so much memory for itself."""
    lease_seconds: float = Field(default=30, ge=1)
    """A worker that has not been heard of for so long has lost what it was doing."""
    sweep_seconds: float = Field(default=5, gt=0)
    """How often lost work is looked for."""
    attempts: int = Field(default=3, ge=1)
    """A paper that failed so often is set aside."""
    retry_seconds: float = Field(default=5, ge=0)
    """How long to wait before trying again after a fault that may pass; it doubles each time."""


class Backfill(Model):
    """Digitising an archive: how much at a time, when, and how much of it is looked at again."""

    ahead: int = Field(default=64, ge=1)
    """Sources put into the work area ahead of the workers."""
    hours: tuple[Hours, ...] = ()
    """When it may work; empty: always."""
    pages_per_hour: int = Field(default=0, ge=0)
    """At most so many; 0: as many as the workers can."""
    sample: float = Field(default=0.05, ge=0, le=1)
    """Share of the documents accepted by policy that a person looks at again."""
    error_limit: float = Field(default=0.02, gt=0, lt=1)
    """A batch with a greater share of wrong documents is rejected."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Of the interval given with the share of wrong documents."""


class WatchedFolder(Model):
    """A folder that scanners drop files into, and what dossier they belong to."""

    folder: Path
    dossier_from: tuple[Literal["cover", "folder", "default"], ...] = ("cover", "folder", "default")
    """Where the dossier's code is taken from, the first that gives one: QR of a cover sheet, name of the folder."""
    dossier: str = ""
    """Code for what has none."""
    procedure: str = ""
    still_seconds: float = Field(default=5, gt=0)
    """A file is taken when its size and time have not changed for so long and it can be opened."""
    give_up_seconds: float = Field(default=600, gt=0)
    """A file that is still for so long and cannot be opened is set aside with the reason."""
