"""Words and numbers of reports and progress: in two languages, and harmless whatever a file is called."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from pipeline.dossier import Text
from pipeline.settings import Backfill
from pipeline.work.ledger.nouns import ItemState, JobState

STATES = {
    ItemState.PLANNED: Text("chưa nạp", "planned"),
    ItemState.READY: Text("chờ đọc", "ready"),
    ItemState.READING: Text("đang đọc", "reading"),
    ItemState.READ: Text("chờ đủ hồ sơ", "waits for its dossier"),
    ItemState.CLEARED: Text("chờ lưu", "to be filed"),
    ItemState.FILING: Text("đang lưu", "filing"),
    ItemState.WAITING: Text("chờ người xác nhận", "waits for a person"),
    ItemState.PARKED: Text("để riêng", "parked"),
    ItemState.STORED: Text("đã lưu", "stored"),
}
JOB_STATES = {
    JobState.RUNNING: Text("đang chạy", "running"),
    JobState.PAUSED: Text("tạm dừng", "paused"),
    JobState.STOPPED: Text("đã dừng", "stopped"),
    JobState.DONE: Text("xong", "done"),
}
UNKNOWN_TYPE = Text("chưa rõ loại", "type unknown")

_JOINERS = "\u200c\u200d"
"""Format characters that belong to letters and pictures."""
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a cell must not begin with: spreadsheets would compute it."""


def plain(text: str, longest: int = 0) -> str:
    """``text`` with characters that nobody sees (line breaks, turns of direction, broken bytes) written out.

    Cut to ``longest`` characters, the last an ellipsis, unless that is 0.
    """
    shown = text
    if not text.isprintable():  # most are, and may be many
        shown = "".join(letter if _is_seen(letter) else f"\\u{ord(letter):04x}" for letter in text)
    return shown if not longest or len(shown) <= longest else shown[: longest - 1] + "…"


def _is_seen(letter: str) -> bool:
    return letter in _JOINERS or unicodedata.category(letter) not in _UNSEEN


def cell(value: object) -> str:
    """``value`` for a CSV file: harmless to spreadsheets that take what begins like a formula for one."""
    text = plain(str(value))
    return f"'{text}" if text.lstrip().startswith(FORMULA) and not isinstance(value, int | float) else text


def number(value: float, digits: int = 0) -> Text:
    """``value`` with the marks that each language puts between thousands and before decimals."""
    english = f"{value:,.{digits}f}"
    return Text(english.translate(str.maketrans(",.", ".,")), english)


def percent(share: float, digits: int = 1) -> Text:
    """A share of 1 in percent."""
    said = number(100 * share, digits)
    return Text(f"{said.vi} %", f"{said.en}%")


def duration(seconds: float) -> Text:
    """A stretch of time, rounded to what matters: ``3 d 4 h``, ``2 h 5 min``, ``40 s``."""
    whole = max(0, round(seconds))
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return _two((days, "ngày", "d"), (hours, "giờ", "h"))
    if hours:
        return _two((hours, "giờ", "h"), (minutes, "phút", "min"))
    if minutes:
        return _two((minutes, "phút", "min"), (whole % 60, "giây", "s"))
    return Text(f"{whole} giây", f"{whole} s")


def _two(*parts: tuple[int, str, str]) -> Text:
    kept = [part for part in parts if part[0]]
    return Text(" ".join(f"{count} {vi}" for count, vi, _ in kept), " ".join(f"{count} {en}" for count, _, en in kept))


@dataclass(frozen=True, slots=True)
class Terms:
    """How a report is told: by which rules batches are judged, what types and fields are called, when, which language.

    ``now`` has an offset; all times are told with that offset.
    """

    rules: Backfill
    types: Mapping[str, Text]
    fields: Mapping[str, Text]
    now: datetime
    language: str = "vi"

    @property
    def zone(self) -> tzinfo:
        """Of the times told."""
        return self.now.tzinfo or UTC

    def type(self, key: str) -> Text:
        """What a type is called."""
        return self.types.get(key) or (Text(key, key) if key else UNKNOWN_TYPE)

    def time(self, seconds: float) -> str:
        """Seconds since 1970 as ISO 8601 with offset; empty for 0."""
        return datetime.fromtimestamp(seconds, self.zone).isoformat(timespec="seconds") if seconds else ""
