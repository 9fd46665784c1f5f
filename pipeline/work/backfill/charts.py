"""Drawings of the report: plain SVG, both languages in it, colours from the page's style sheet.

Everything that comes from outside is escaped; nothing is fetched and no script is needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

from pipeline.dossier import Text
from pipeline.work.backfill.wording import number, percent, plain

_WIDTH = 760
_LABEL = 190
"""Room for the names at the left of bars."""
_VALUE = 150
"""Room for the figures at their right."""
_ROW = 26
_LONGEST = 26
_PLOT = 200
_LEFT, _FOOT = 56, 34
_COMMAND = re.compile(r"`([^`<>]+)`")
SERIES = 6
"""Colours there are; what comes after shares the last."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its name, its length in the unit of the chart, what is written behind it."""

    name: Text
    value: float
    said: Text
    tone: str = "plain"
    """``plain``, ``good``, ``bad`` or ``open``."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A share observed, and where it may really lie."""

    name: Text
    share: float
    low: float
    high: float
    said: Text
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Column:
    """A stretch of time: what stands under it, how much by series."""

    name: Text
    values: Mapping[str, float]


def both(text: Text, tag: str = "span") -> Markup:
    """``text`` in both languages; the page shows one of them."""
    vi, en = plain(text.vi), plain(text.en)
    if vi == en:
        return escape(vi)
    return Markup('<{0} class="vi" lang="vi">{1}</{0}><{0} class="en" lang="en">{2}</{0}>').format(Markup(tag), vi, en)  # noqa: S704 - escapes what it is given


def prose(text: Text) -> Markup:
    """As :func:`both`, with commands (between grave accents) set apart."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(both(text))))  # noqa: S704 - escaped before


def bars(rows: Sequence[Bar], title: Text) -> Markup:
    """Horizontal bars, longest as wide as there is room."""
    most = max((row.value for row in rows), default=0) or 1
    room = _WIDTH - _LABEL - _VALUE
    drawn = []
    for place, row in enumerate(rows):
        top = place * _ROW
        width = max(1.0, room * row.value / most) if row.value else 0.0
        drawn.append(_label(row.name, top))
        drawn.append(_rectangle(_LABEL, top + 5, width, _ROW - 10, f"tone-{_word(row.tone)}"))
        drawn.append(_text(_LABEL + width + 8, top + _ROW / 2 + 4, row.said, "said"))
    return _picture(drawn, len(rows) * _ROW, title)


def intervals(rows: Sequence[Interval], limit: float, title: Text) -> Markup:
    """Shares as dots on the lines where they may lie, and the limit across them."""
    most = min(1.0, max([limit * 2, *(row.share * 1.1 for row in rows), *(min(row.high, 0.5) for row in rows)]))
    step = nice_step(most, 5)
    most = min(1.0, ceil(most / step - 1e-9) * step)
    room, height = _WIDTH - _LABEL - _VALUE, len(rows) * _ROW
    drawn = []
    for tick in range(int(most / step + 1e-9) + 1):
        x = _LABEL + room * tick * step / most
        drawn.append(_line(x, 0, x, height, "grid"))
        drawn.append(_text(x, height + 18, percent(tick * step, 1 if step < 0.01 else 0), "tick", "middle"))
    for place, row in enumerate(rows):
        middle = place * _ROW + _ROW / 2
        low, high = (_LABEL + room * min(share, most) / most for share in (row.low, row.high))
        tone = f"tone-{_word(row.tone)}"
        drawn.append(_label(row.name, place * _ROW))
        drawn.append(_line(low, middle, high, middle, f"whisker {tone}"))
        if row.high > most:  # the line goes on beyond the picture
            drawn.append(Markup('<path class="arrow {}" d="M{:.1f} {:.1f}l8 4l-8 4z"/>').format(tone, high, middle - 4))
        dot = Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="5"/>')
        drawn.append(dot.format(tone, _LABEL + room * min(row.share, most) / most, middle))
        drawn.append(_text(_LABEL + room + 16, middle + 4, row.said, "said"))
    x = _LABEL + room * limit / most
    drawn.append(_line(x, -4, x, height, "limit"))
    drawn.append(
        _text(x, -8, Text(f"giới hạn {percent(limit).vi}", f"limit {percent(limit).en}"), "limit-name", "middle")
    )
    return _picture(drawn, height + 26, title, above=22)


def columns(stretches: Sequence[Column], series: Sequence[str], title: Text) -> Markup:
    """Upright columns side by side in time, the series stacked."""
    most = max((sum(column.values.values()) for column in stretches), default=0) or 1
    step = nice_step(most, 4)
    most = ceil(most / step - 1e-9) * step
    room = _WIDTH - _LEFT - 8
    drawn = []
    for tick in range(round(most / step) + 1):
        y = _PLOT - _PLOT * tick * step / most
        drawn.append(_line(_LEFT, y, _WIDTH - 8, y, "grid"))
        drawn.append(_text(_LEFT - 6, y + 4, number(tick * step, 0 if step >= 1 else 1), "tick", "end"))
    wide = room / max(len(stretches), 1)
    named_every = max(1, ceil(len(stretches) / 8))
    for place, column in enumerate(stretches):
        x, y = _LEFT + place * wide, float(_PLOT)
        for colour, name in enumerate(series):
            height = _PLOT * column.values.get(name, 0) / most
            y -= height
            if height:
                width = min(wide * 0.82, 60)
                kind = f"series-{min(colour, SERIES - 1)}"
                drawn.append(_rectangle(x + (wide - width) / 2, y, width, height, kind))
        if place % named_every == 0:
            drawn.append(_text(x + wide / 2, _PLOT + 18, column.name, "tick", "middle"))
    return _picture(drawn, _PLOT + _FOOT, title, above=10)


def nice_step(most: float, steps: int) -> float:
    """A round distance (1, 2 or 5 times a power of ten) that divides 0 to ``most`` into about ``steps``."""
    rough = most / steps
    power = 10.0 ** floor(log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _picture(drawn: Sequence[Markup], height: float, title: Text, above: float = 0) -> Markup:
    # A picture has one name for those who do not see it; it is said in both languages.
    frame = Markup('<svg role="img" viewBox="0 {:.0f} {} {:.0f}" aria-label="{} / {}">{}</svg>')
    body = Markup("").join(drawn)
    return frame.format(-above, _WIDTH, height + above, plain(title.vi), plain(title.en), body)


def _label(name: Text, top: float) -> Markup:
    short = Text(plain(name.vi, _LONGEST), plain(name.en, _LONGEST))
    whole = plain(name.vi) if name.vi == name.en else f"{plain(name.vi)} / {plain(name.en)}"
    text = Markup('<text class="name" x="{}" y="{:.1f}" text-anchor="end"><title>{}</title>{}</text>')
    return text.format(_LABEL - 10, top + _ROW / 2 + 4, whole, both(short, "tspan"))


def _text(x: float, y: float, said: Text, kind: str, anchor: str = "start") -> Markup:
    text = Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    return text.format(kind, x, y, anchor, both(said, "tspan"))


def _rectangle(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    rectangle = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="1.5"/>')
    return rectangle.format(kind, x, y, width, height)


def _line(x0: float, y0: float, x1: float, y1: float, kind: str) -> Markup:
    line = Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>')
    return line.format(kind, x0, y0, x1, y1)


def _word(tone: str) -> str:
    return tone if tone in ("plain", "good", "bad", "open") else "plain"
