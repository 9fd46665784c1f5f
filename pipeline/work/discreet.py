"""What may stand in a log line: only what is on a list. Personal data cannot slip by what lets nothing else pass.

Own events have fields of known names, each with values of a known kind (numbers, words of a closed list, masks).
From other libraries comes the text that stands as a constant in the program that speaks, without what it fills in,
and the place in the program; a text made up on the way (``f"cannot open {path}"``) is left out. Of an exception the
types and the places are told, never its message: names of persons, files and codes stand there.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FrameType, TracebackType
from typing import Any

from pipeline import errors
from pipeline.dossier import State
from pipeline.errors import SohoaError
from pipeline.work import masks
from pipeline.work.ledger.nouns import ItemState, JobState, Urgency

STAGES = frozenset(
    """capture page read split understand cut compare package officer_sign gate confirm code seal store record
    feed plan wait yield close""".split()
)
"""What a worker can be at; ``page 7`` names the page besides."""
PARTS = frozenset({"store", "broker", "database", "ledger", "index", "worker", "sweeper", "scanner", "exporter"})
SERVICES = frozenset({"worker", "sweeper", "backfill", "watch", "scan", "exporter", "services", "web", "sohoa"})
KINDS = frozenset({"counter", "backfill", "watch", "scan", "upload"})
OTHER = "other"
"""Said for a word that is on no list."""

_STATES = frozenset({*ItemState, *JobState, *State, "ok", "well", "down"})
_WHY = frozenset({"urgent", "shutdown", "memory", "lease", "fault", "hours", "throttle", "paused", "signal", "limit"})
_GREATEST = 1e7
"""A greater number may be an id (those of persons have 9 or 12 digits, tax codes 10) or a date, and is not told."""
_DIGITS = re.compile(r"\d{6,}")
_CLASS = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}(\.[A-Za-z_][A-Za-z0-9_]{0,39}){0,9}")
_EVENT = re.compile(r"[a-z]+(_[a-z]+){0,5}")
_LONGEST_TEXT = 200
_MOST_CAUSES = 4
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
_WARNINGS = "py.warnings"
_MACHINERY = frozenset({"logging", "warnings", "structlog", "celery.utils.log", "kombu.log", "pipeline.work.logs"})
"""Modules that speak for others: the place told is that of who called them."""
_BETWEEN = frozenset({"debug", "info", "warning", "warn", "error", "critical", "exception", "log"})
"""Functions of libraries that do so."""


# -- fields of own events ---------------------------------------------------------------------------------------


def number(value: object) -> object:
    """A number small enough to be no id, rounded to what matters; ``None`` for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < _GREATEST:
        return int(value)
    if isinstance(value, float) and abs(value) < _GREATEST:
        return round(value, 3)
    return None


def stage(value: object) -> object:
    """A stage of the work, perhaps with a page; a word that is no stage becomes ``other``."""
    word, _, page = str(value).partition(" ")
    if word not in STAGES:
        return OTHER
    return f"{word} {page}" if page.isascii() and page.isdecimal() and len(page) <= 5 else word


def rule(value: object) -> object:
    """The name of one of our errors, or of the type of a foreign exception."""
    name = str(value)
    known = getattr(errors, name, None) if _CLASS.fullmatch(name) else None
    return name if isinstance(known, type) and issubclass(known, SohoaError) else OTHER


def mask(value: object) -> object:
    """A mask as it is; anything else masked now."""
    text = str(value)
    return text if masks.is_mask(text) else masks.masked(text)


def one_of(words: frozenset[str]) -> Callable[[object], object]:
    """A word of a closed list; any other becomes ``other``."""
    return lambda value: str(value) if str(value) in words else OTHER


_NUMBERS = """item page pages documents attempt attempts seconds wait count items bytes megabytes depth leases open
    taken parked waiting stored doubtful signatures workers expired fed""".split()
FIELDS: Mapping[str, Callable[[object], object]] = {
    **dict.fromkeys(_NUMBERS, number),
    "correlation": mask,
    "job": mask,
    "source": mask,
    "worker": mask,
    "stage": stage,
    "doing": stage,
    "rule": rule,
    "kind": one_of(KINDS),
    "part": one_of(PARTS),
    "state": one_of(frozenset(str(state) for state in _STATES)),
    "urgency": lambda value: value.name.lower() if isinstance(value, Urgency) else OTHER,
    "why": one_of(_WHY),
}
"""Fields that an event may have, and what makes their value fit to be told."""


def vetted(fields: Mapping[str, object]) -> dict[str, object]:
    """``fields`` as they may be told. ``withheld`` counts those that are on no list or have no such value."""
    told: dict[str, object] = {}
    withheld = 0
    for name, value in fields.items():
        if value in ("", None):
            continue
        fit = FIELDS[name](value) if name in FIELDS else None
        if fit is None:
            withheld += 1
        else:
            told[name] = fit
    return {**told, "withheld": withheld} if withheld else told


def is_event(name: object) -> bool:
    """Whether ``name`` has the form of an event's and stands in the program that tells it."""
    speaker = _speaker()
    return (
        isinstance(name, str)
        and _EVENT.fullmatch(name) is not None
        and speaker is not None
        and _is_constant(name, speaker)
    )


# -- exceptions -------------------------------------------------------------------------------------------------


def problem(error: BaseException) -> dict[str, object]:
    """Types of ``error`` and of what it came from, and where it was raised; nothing of its message or variables."""
    wrapped = getattr(error, "exc", None)  # Celery's way of bringing one over from another process
    error = wrapped if isinstance(wrapped, BaseException) else error
    told: dict[str, object] = {"error": _type(error), "place": _place_of(error.__traceback__)}
    if isinstance(error, SohoaError):
        told["rule"] = rule(error.rule)
    if causes := [_type(each) for each in _causes(error)]:
        told["causes"] = causes
    return told


def _causes(error: BaseException) -> Iterator[BaseException]:
    for _ in range(_MOST_CAUSES):
        found = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if found is None:
            return
        error = found
        yield error


def _type(error: BaseException) -> str:
    name = type(error).__name__
    module = sys.modules.get(type(error).__module__)
    # A class made at run time may be called anything; one that stands in a module was named by its author.
    defined = vars(module).get(name) if module is not None else None
    return name if defined is type(error) and _CLASS.fullmatch(name) else OTHER


def _place_of(traceback: TracebackType | None) -> str:
    """The innermost place in this program, or else the innermost of all."""
    place = ours = ""
    while traceback is not None:
        place = _place(traceback.tb_frame, traceback.tb_lineno)
        ours = place if place.startswith("pipeline.") else ours
        traceback = traceback.tb_next
    return ours or place


def _place(frame: FrameType, line: int) -> str:
    function = frame.f_code.co_name
    function = function if _CLASS.fullmatch(function) else "<>"
    return f"{_module(frame)}:{function}:{line}"


def _module(frame: FrameType) -> str:
    name = str(frame.f_globals.get("__name__", ""))
    return name if _MODULE.fullmatch(name) and name in sys.modules else OTHER


# -- what other libraries say -----------------------------------------------------------------------------------


def foreign(record: logging.LogRecord) -> dict[str, object]:
    """What may be told of a record that another library logged."""
    warned = record.name == _WARNINGS
    told: dict[str, object] = {"logger": "warnings" if warned else _logger(record.name)}
    speaker = _speaker()
    if speaker is not None:
        told["place"] = _place(speaker, speaker.f_lineno)
        told |= _warned() if warned else _said(record, speaker)
    if record.exc_info and isinstance(record.exc_info[1], BaseException):
        told |= {key: value for key, value in problem(record.exc_info[1]).items() if value}
    return told


def _said(record: logging.LogRecord, speaker: FrameType) -> dict[str, object]:
    text = record.msg
    if not isinstance(text, str) or not _is_constant(text, speaker):
        return {}
    told: dict[str, object] = {"text": _DIGITS.sub("#", " ".join(text.split()))[:_LONGEST_TEXT]}
    if isinstance(record.args, tuple):
        numbers = [fit for each in record.args if isinstance(each, int | float) and (fit := number(each)) is not None]
        told |= {"numbers": numbers} if numbers else {}
    return told


def _is_constant(text: str, speaker: FrameType) -> bool:
    """Whether ``text`` stands in the program: in the code that speaks, or as a constant of its module."""
    return text in _texts(speaker.f_code) or any(
        isinstance(value, str) and value == text and _CONSTANT.fullmatch(name)
        for name, value in list(speaker.f_globals.items())
    )


def _texts(code: CodeType) -> Iterator[str]:
    for each in code.co_consts:
        if isinstance(each, str):
            yield each
        elif isinstance(each, tuple):
            yield from (part for part in each if isinstance(part, str))


def _logger(name: str) -> str:
    """The logger's name as far as it is that of a module; anything may be put into the rest of it."""
    while name and not (_MODULE.fullmatch(name) and name in sys.modules):
        name = name.rpartition(".")[0]
    return name or OTHER


def _speaker() -> FrameType | None:
    """The frame that called the logger or gave the warning, as long as it is still there."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not _logs(frame):
        frame = frame.f_back
    while frame is not None and _logs(frame):
        frame = frame.f_back
    return frame


def _logs(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__", ""))
    between = frame.f_code.co_name in _BETWEEN and not name.startswith("__")
    return between or name in _MACHINERY or name.startswith(("logging.", "structlog."))


def _warned() -> dict[str, object]:
    """The category of the warning being given; its text may hold anything."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "_showwarning" and frame.f_globals.get("__name__") == "logging":
            category: Any = frame.f_locals.get("category")
            name = getattr(category, "__name__", "")
            return {"category": name if _CLASS.fullmatch(name) else OTHER}
        frame = frame.f_back
    return {}
