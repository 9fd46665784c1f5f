"""Logs of the services: one line an event, JSON for machines or plain for terminals, without personal data.

:func:`begin` once a process, then :func:`info`, :func:`warning` or :func:`failed` with an :class:`Event`, or the same
by its name with a :func:`logger`. What is bound by :func:`about` stands in every line until its block ends. What
libraries log or warn of, and exceptions nobody caught, goes the same way, through :mod:`pipeline.work.discreet`.
A process that does not begin a log has none: commands that people run say what there is to say by themselves.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from logging.handlers import WatchedFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, TextIO

import structlog
from structlog.typing import FilteringBoundLogger

from pipeline.settings import Site
from pipeline.work import discreet, masks
from pipeline.work.ledger.nouns import Item

_OWN = "sohoa"
_WIDTH = 20
_MARKS = {"info": "·", "warning": "!", "error": "✗", "critical": "✗"}


class Event(StrEnum):
    """What is told, by names that stay as they are."""

    SERVICE_STARTED = "service_started"
    """A service begins."""
    SERVICE_STOPPED = "service_stopped"
    """It ended in order."""
    CRASHED = "crashed"
    """An exception that nobody caught ended a process or a thread (``error``, ``place``)."""
    KEY_OF_ITS_OWN = "key_of_its_own"
    """Masks of this process are its own: the key of the installation could not be had (store down at first start)."""
    LIBRARY = "library"
    """A library had something to say (``logger``, ``place``, ``text``)."""

    WORKER_STARTED = "worker_started"
    """A worker process began."""
    WORKER_RECYCLED = "worker_recycled"
    """A worker process is replaced, having taken its share of memory."""
    READERS_RECYCLED = "readers_recycled"
    """The processes that read pages are replaced, having taken their share of memory."""
    TURN_FAILED = "turn_failed"
    """A worker process met a fault of store, database or keys (``rule``); it tries again."""
    TURN_BROKEN_OFF = "turn_broken_off"
    """A worker process met a fault of the program (``error``, ``place``); it tries again with new hands."""

    PAGE_READ = "page_read"
    """A page was read, by the source's worker or by one that helps."""
    PAGE_FAILED = "page_failed"
    """A page could not be read by one that helps (``rule``); it is open again."""
    ITEM_READ = "item_read"
    """All pages of a source are read and its documents stand at the gate."""
    ITEM_DONE = "item_done"
    """The engine is done with a source: stored, parked, or a person has to confirm some of it (``state``)."""
    ITEM_FAILED = "item_failed"
    """A source failed (``rule``); ``state`` tells whether it is tried again or was parked."""
    LEASE_LOST = "lease_lost"
    """A worker found that its source was given to another; it stopped."""

    LEASE_EXPIRED = "lease_expired"
    """A worker was not heard of for too long; its source is given back, or parked (``state``, ``rule``)."""
    BELLS_RUNG = "bells_rung"
    """The sweeper woke workers: there was work, and no message in the queue."""
    PART_DOWN = "part_down"
    """The sweeper cannot do its round (``rule``); it tries again. Told once."""
    PART_BACK = "part_back"
    """It can again."""
    SWEEP_BROKEN_OFF = "sweep_broken_off"
    """The sweeper met a fault of the program (``error``, ``place``); it tries again. Told once."""


class _Process:
    """What every line of this process says of it."""

    service = "sohoa"
    name = ""


def begin(
    service: str,
    site: Site | None = None,
    *,
    process: str = "",
    file: Path | None = None,
    plain: bool | None = None,
    stream: TextIO | None = None,
) -> None:
    """Let this process log, and no library past it; whatever logged before is set aside. May be called again.

    Args:
        service: one of ``discreet.SERVICES``.
        site: the installation whose key masks are made with; without it the process has masks of its own.
        process: name of this process where there are several (host and number, say), told in every line.
        file: where to write (made with mode 0600, opened anew when it is moved away); otherwise to ``stream``.
        plain: lines for people instead of JSON; ``None``: if ``stream`` is a terminal.
        stream: standard error by default.
    """
    _Process.service = service if service in discreet.SERVICES else discreet.OTHER
    _Process.name = process
    stream = stream or sys.stderr
    handler: logging.Handler = logging.StreamHandler(stream) if file is None else _into(file)
    handler.setFormatter(_Lines(plain=stream.isatty() if plain is None and file is None else bool(plain)))
    _take_over(handler)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _hand_over],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    if site is not None and not masks.learn_key(site):
        warning(Event.KEY_OF_ITS_OWN)


def logger(part: str) -> FilteringBoundLogger:
    """What a part of the program (``worker``, say) tells its events with; it tells nothing before :func:`begin`."""
    made: FilteringBoundLogger = structlog.get_logger(f"{_OWN}.{part}")
    return made


def info(event: Event, **fields: object) -> None:
    """Tell of something that went as it should; for the fields there are see ``discreet.FIELDS``."""
    structlog.get_logger(_OWN).info(str(event), **fields)


def warning(event: Event, error: BaseException | None = None, **fields: object) -> None:
    """Tell of something that a person may have to look at some time."""
    structlog.get_logger(_OWN).warning(str(event), problem=error, **fields)


def failed(event: Event, error: BaseException | None = None, **fields: object) -> None:
    """Tell of something that a person has to look at."""
    structlog.get_logger(_OWN).error(str(event), problem=error, **fields)


def bound(**fields: object) -> AbstractContextManager[None]:
    """Have ``fields`` stand in every line of this thread until the block ends."""
    return structlog.contextvars.bound_contextvars(**fields)


@contextmanager
def about(item: Item, stage: str = "") -> Iterator[None]:
    """Have the source, its job and its dossier stand in every line of this thread until the block ends, masked."""
    fields: dict[str, object] = {"item": item.id, "job": masks.masked(item.job)}
    if item.dossier.code:
        fields["correlation"] = masks.correlation(item.job, item.dossier.code)
    if stage:
        fields["stage"] = stage
    with bound(**fields):
        yield


# -- taking over ------------------------------------------------------------------------------------------------


def _take_over(handler: logging.Handler) -> None:
    """Let ``handler`` be the only one there is, and send it warnings and what nobody caught."""
    logging.raiseExceptions = False  # a line that cannot be written would be told on standard error, with its values
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.lastResort = handler  # what speaks for loggers that keep to themselves and have no handler
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
    logging.getLogger(_OWN).setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda told: failed(Event.CRASHED, told.exc_value)
    sys.unraisablehook = lambda told: failed(Event.CRASHED, told.exc_value)


def _uncaught(kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        info(Event.SERVICE_STOPPED)
    else:
        failed(Event.CRASHED, error)


def _into(file: Path) -> logging.Handler:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    return WatchedFileHandler(file, encoding="utf-8")


def _hand_over(
    _logger: Any, _method: str, fields: MutableMapping[str, Any]
) -> tuple[tuple[str], dict[str, dict[str, object]]]:
    """Give an event of ours to the standard logger, which writes it with those of libraries."""
    event = str(fields.pop("event"))
    met = fields.pop("exc_info", None)
    if met and "problem" not in fields:
        fields["problem"] = met if isinstance(met, BaseException) else sys.exc_info()[1]
    return (event,), {"extra": {"told": dict(fields)}}


class _Lines(logging.Formatter):
    """Makes the line of a record, ours or a library's. Never fails: what cannot be told is told as such."""

    def __init__(self, *, plain: bool) -> None:
        super().__init__()
        self._plain = plain

    def format(self, record: logging.LogRecord) -> str:
        """One line of ASCII, without anything that ends it early."""
        try:
            told = _told(record)
        except Exception:
            told = {"event": Event.LIBRARY, "logger": discreet.OTHER}
        head = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower() if record.levelname.lower() in _MARKS else "info",
            "service": _Process.service,
            "pid": record.process or 0,
        }
        if _Process.name:
            head["process"] = _Process.name
        line = {**told, **head}
        if self._plain:
            return _plain(line)
        return json.dumps({name: line[name] for name in (*head, *told)})


def _told(record: logging.LogRecord) -> dict[str, object]:
    fields = getattr(record, "told", None)
    ours = record.name == _OWN or record.name.startswith(f"{_OWN}.")
    if not (ours and isinstance(fields, dict) and (record.msg in list(Event) or discreet.is_event(record.msg))):
        return {"event": str(Event.LIBRARY), **discreet.foreign(record)}
    fields = dict(fields)
    error = fields.pop("problem", None)
    told = {"event": record.msg, **discreet.vetted(fields)}
    return {**told, **discreet.problem(error)} if isinstance(error, BaseException) else told


def _plain(line: Mapping[str, object]) -> str:
    clock = datetime.fromisoformat(str(line["time"])).astimezone().strftime("%H:%M:%S")
    rest = " ".join(f"{name}={line[name]}" for name in line if name not in ("time", "level", "service", "event", "pid"))
    return f"{clock} {_MARKS[str(line['level'])]} {line['service']} {line['event']:<{_WIDTH}} {rest}".rstrip()


def _keep_quiet(_logger: Any, _method: str, _fields: MutableMapping[str, Any]) -> NoReturn:
    raise structlog.DropEvent


if not structlog.is_configured():  # else its default would print on standard output, in the middle of what is asked for
    structlog.configure(processors=[_keep_quiet], cache_logger_on_first_use=False)
