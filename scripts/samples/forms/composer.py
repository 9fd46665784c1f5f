"""Papers out of forms told in YAML: rows of text and a few special parts, set from top to bottom.

A row is a text, a list of texts (alternatives: each paper has one of them), or a special part ``{name: what}`` for
which :class:`Composer` has a method. ``[key]`` shows a field, ``[key:l]`` in a form of :mod:`samples.forms.facts`;
``[{fact}]`` shows what is no field but is filled in like one; ``{fact}`` is always print; ``[6 months|words]`` prints
the words and means that the paper is valid so many ``months`` or ``days`` from its day on. A text may begin with

``# `` a line of the title (its lines together are the paper's name), ``#- `` a line below the title, ``## `` a bold
line in the middle, ``= `` a plain and ``-- `` an italic one, ``> `` a paragraph; else it is a row of labels with
values, whose columns stand between `` || ``.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pipeline.vietnamese import nfc
from samples import chance
from samples.forms import parts
from samples.forms.common import HEAD_LEFT, HEAD_RIGHT, MIDDLE, agency_heading, national_heading, signature_block
from samples.forms.facts import Facts, fact, facts_of, say
from samples.forms.looks import INKS, emblem
from samples.forms.told import LEGAL, Form, forms_of
from samples.paper import Paper, paper_of
from samples.people import months_after
from samples.script import can_write_words
from samples.sheet import LEFT, RIGHT, Flow, Sheet
from samples.story import Story
from samples.typeset import break_lines, line_of

FIELD = re.compile(r"\[(\{[^\]]+\}|\w+)(?::(\w+))?\]")
_LASTS = re.compile(r"\[(\d+) (months|days)\|([^\]]+)\]")
_SIGN_HEIGHT = 580
_SIGN = HEAD_RIGHT + 60
"""Vertical around which the signature stands."""


def _fit(text: str, width: float, points: float) -> list[str]:
    """``text`` in lines of about the same length that fit into ``width`` pixels in bold."""
    whole = line_of(text, points, bold=True).width
    if whole <= width:
        return [text]
    lines = break_lines(text, 1.1 * whole / -(-whole // width), points, bold=True, justify=False)
    return [line.printed for line in lines]


@dataclass
class Composer:
    """One paper being composed of a form and the facts of a story."""

    story: Story
    form: Form
    facts: Facts
    lot: random.Random
    by_hand: frozenset[str] | None = frozenset()
    """Keys of the fields that the hand fills in; None for all of them."""
    flows: list[Flow] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    title: list[str] = field(default_factory=list)
    until: date | None = None
    """The last day of validity, where a row says how long the paper is valid."""

    def __post_init__(self) -> None:
        self._page(True)

    @property
    def flow(self) -> Flow:
        """The pages being filled."""
        return self.flows[-1]

    @property
    def sheet(self) -> Sheet:
        """The page being filled."""
        return self.flow.sheet

    def _new_sheet(self) -> Sheet:
        number = sum(len(flow.sheets) for flow in self.flows) + 1
        sheet = self.story.sheet(self.form.kind, self.form.era[0].year, number)
        self.form.look.put(sheet)
        return sheet

    # -- filling in ----------------------------------------------------------------------------------------------

    def _written(self, key: str, text: str) -> str:
        """Markup of a value: by hand where this field is filled in by hand, else print."""
        chosen = self.by_hand is None or key in self.by_hand
        if not chosen or not can_write_words(nfc(text)):
            return text
        name = "" if key.startswith("{") else key
        return f"<h {name}>{nfc(text)}</h>"

    def _value(self, found: re.Match[str]) -> str:
        key, spec = found.group(1), found.group(2) or ""
        if key.startswith("{"):
            return self._written(key, say(key, self.facts))
        self.shown.add(key)
        told = self.form.fields[key]
        if told.startswith("="):
            told = self.form.fields[told[1:]]
        value = fact(told, self.facts)
        if isinstance(value, date) and spec == "l":
            day, month, year = say("{v:d}|{v:m}|{v:y}", {"v": value}).split("|")
            return f"{self._written(key, day)} tháng {self._written(key, month)} năm {self._written(key, year)}"
        return self._written(key, say("{v:" + spec + "}", {"v": value}))

    def _lasting(self, found: re.Match[str]) -> str:
        count, issued = int(found.group(1)), self.facts["day"]
        self.until = months_after(issued, count) if found.group(2) == "months" else issued + timedelta(days=count)
        return found.group(3)

    def markup(self, text: str) -> str:
        """``text`` with fields and facts filled in."""
        held: list[str] = []

        def put(found: re.Match[str]) -> str:
            held.append(self._value(found))
            return f"\x00{len(held) - 1}\x00"

        told = say(FIELD.sub(put, _LASTS.sub(self._lasting, text)), self.facts)
        return re.sub(r"\x00(\d+)\x00", lambda found: held[int(found.group(1))], told)

    def print_of(self, text: str) -> str:
        """Like :meth:`markup` for what is printed or stamped also where all else is filled in by hand."""
        by_hand, self.by_hand = self.by_hand, frozenset()
        said = self.markup(text)
        self.by_hand = by_hand
        return said

    def fields(self) -> dict[str, str]:
        """The truth of the fields that were shown; dates in ISO 8601."""
        found = {"ten_giay_to": nfc(" ".join(self.title))}
        for key, told in self.form.fields.items():
            other = told[1:] if told.startswith("=") else key
            stands = other in self.shown or key in self.form.pieces
            if not stands and (told.startswith("=") or key not in LEGAL):
                continue
            value = fact(self.form.fields[other], self.facts)
            found[key] = value.isoformat() if isinstance(value, date) else str(value)
        if self.until:
            found["thoi_han_hieu_luc"] = self.until.isoformat()
        return found

    # -- rows ----------------------------------------------------------------------------------------------------

    def rows(self, rows: Sequence[Any]) -> None:
        """Set ``rows`` one below another."""
        for row in rows:
            one = self.lot.choice(row) if isinstance(row, list) else row
            if isinstance(one, dict):
                for name, what in one.items():
                    getattr(self, f"_{name}")(what)
            elif one:
                self._row(one)

    def _row(self, text: str) -> None:
        mark, _, rest = text.partition(" ")
        printed = {"#": self._title_line, "#-": self._below_title, "##": self._strong}
        if mark in printed:
            printed[mark](self.print_of(rest))
        elif mark in ("=", "--"):
            self.flow.centre(self.markup(rest), bold=False, italic=mark == "--", zone="body")
        elif mark == ">":
            self.flow.paragraph(self.markup(rest))
        elif " || " in text:
            self._columns([self.markup(part) for part in text.split(" || ")])
        else:
            self.flow.paragraph(self.markup(text), indent=0)

    def _title_line(self, text: str) -> None:
        self.title.append(text)
        size = self.form.look.title
        self.flow.skip(size * 0.3)
        self.sheet.write(
            text, MIDDLE, self.flow.y, size, "title", bold=True, align="centre", ink=INKS[self.form.look.ink]
        )
        self.flow.skip(size * 1.1)

    def _below_title(self, text: str) -> None:
        self.flow.centre(text, points=self.form.look.points, bold=False)

    def _strong(self, text: str) -> None:
        for line in _fit(text, RIGHT - LEFT, self.flow.points):
            self.flow.centre(line, zone="body")

    def _columns(self, told: list[str]) -> None:
        """Parts of one line at even tab stops; a part that is too long pushes the next one to the right."""
        points = self.flow.points
        lines = [line_of(part, points, family=self.sheet.family) for part in told]
        left, right = self.flow.left, self.flow.right
        starts: list[float] = []
        at = left
        for number, line in enumerate(lines):
            at = max(at, left + number * (right - left) / len(lines))
            starts.append(at)
            at += line.width + 45
        if at - 45 > right + 10:
            for part in told:
                self.flow.paragraph(part, indent=0)
            return
        self.flow.room(0)
        for line, start in zip(lines, starts, strict=True):
            self.sheet.place(line, start, self.flow.y, "body")
        self.flow.skip(points * self.flow.lead + self.flow.after)

    # -- special parts -------------------------------------------------------------------------------------------

    def _page(self, _: Any) -> None:
        """Go on on a new page, which bears no number of its own flow."""
        look = self.form.look
        self.flows.append(Flow(self._new_sheet, look.points, look.lead, after=3, numbering=look.numbering))

    def _when(self, told: dict[str, Any]) -> None:
        """``rows`` only where the fact ``fact`` has one of the values ``is``."""
        if self.facts[told["fact"]] in told["is"]:
            self.rows(told["rows"])

    def _gap(self, points: float) -> None:
        self.flow.skip(points)

    def _margins(self, pixels: Sequence[float]) -> None:
        self.flow.left, self.flow.right = LEFT + pixels[0], RIGHT - pixels[1]

    def _national(self, right: Sequence[str]) -> None:
        """The national heading in the middle, lines at the right below it (number, day)."""
        if self.form.look.emblem:
            emblem(self.sheet, LEFT + 90, self.flow.y + 30, 92)
        self.flow.y = national_heading(self.sheet, MIDDLE, self.flow.y + 20, "head_right", points=13.5)
        for line in right:
            self.sheet.write(self.markup(line), 1760, self.flow.y + 20, 13, "head_right", align="centre")
            self.flow.skip(19)
        self.flow.skip(26)

    def _heading(self, told: dict[str, Any]) -> None:
        """The heading in two columns: ``superior``, ``agency`` and ``left`` lines, ``right`` lines opposite."""
        said = {key: [self.markup(line) for line in told.get(key, ())] for key in ("left", "right")}
        sheet, top = self.sheet, self.flow.y + 20
        column = [
            [part for line in told.get(key, ()) for part in _fit(self.print_of(line), 860, 12.5)]
            for key in ("superior", "agency")
        ]
        left = agency_heading(sheet, *column, top)
        right = national_heading(sheet, HEAD_RIGHT, top, "head_right")
        level = max(left, right) + 6
        for number, line in enumerate(said["left"]):
            sheet.write(line, HEAD_LEFT, level + 62 * number, 13, "head_left", align="centre")
        for number, line in enumerate(said["right"]):
            sheet.write(line, HEAD_RIGHT, level + 62 * number, 13, "head_right", italic=True, align="centre")
        self.flow.y = level + 62 * max(len(said["left"]), len(said["right"])) + 70

    def _sign(self, told: dict[str, Any]) -> None:
        """``titles`` and ``name`` with a ``seal``, a ``date`` above, and a ``left`` block of the same shape."""
        self.flow.room(_SIGN_HEIGHT + (80 if "date" in told else 0))
        sheet, top = self.sheet, self.flow.y + 40
        if "date" in told:
            line = self.markup(told["date"])
            reach = line_of(line, 13, italic=True).width / 2
            sheet.write(line, min(_SIGN, RIGHT - reach), top, 13, "foot_right", italic=True, align="centre")
            top += 72
        if "left" in told:
            parts.left_signature(sheet, [self.print_of(one) for one in told["left"]], top)
        titles = [part for one in told["titles"] for part in _fit(self.print_of(one), 1050, 14)]
        name = self.print_of(told["name"])
        seal = tuple(self.print_of(one).upper() for one in told["seal"]) if "seal" in told else None
        self.flow.y = 40 + signature_block(sheet, titles, name, top, seal, x=_SIGN)  # type: ignore[arg-type]

    def _pair(self, told: dict[str, list[str]]) -> None:
        """Two columns of rows side by side."""
        flow, middle = self.flow, (self.flow.left + self.flow.right) / 2
        ends = []
        for rows, left, right in ((told["left"], flow.left, middle - 40), (told["right"], middle + 40, flow.right)):
            y = flow.y
            for row in rows:
                y = self.sheet.block(self.markup(row), left, y, right - left, flow.points, "body", lead=flow.lead)
                y += 10
            ends.append(y)
        flow.y = max(ends) + 20

    def _photo(self, told: Sequence[float]) -> None:
        """A photograph with its top left corner at (x, y) pixels, 30 × 40 mm."""
        parts.photo(self.sheet, *told)

    def _qr(self, told: Sequence[Any]) -> None:
        """A QR code: x, y, module in pixels, text."""
        x, y, module, text = told
        parts.qr(self.sheet, say(text, self.facts), x, y, module)

    def _bars(self, told: Sequence[Any]) -> None:
        """A Code 128 with its middle at x, its top at y: x, y, text."""
        x, y, text = told
        parts.bars(self.sheet, say(text, self.facts), x, y)

    def _plot(self, told: Sequence[str]) -> None:
        """The drawing of a plot of land: its number and its area in square metres."""
        number, area = (say(one, self.facts) for one in told)
        self.flow.room(1000)
        self.flow.y = parts.plot(self.sheet, number, area, self.flow.y, self.lot)

    def _table(self, told: dict[str, Any]) -> None:
        """A ruled table: ``widths`` as shares, ``head``, ``rows`` of cells; it is kept on one page."""
        rows = [[self.markup(cell) for cell in row] for row in told["rows"]]
        head = [self.markup(cell) for cell in told.get("head", ())]
        self.flow.room(told.get("height", 400))
        box = (self.flow.left, self.flow.y - 30, self.flow.right)
        self.flow.y = parts.table(self.sheet, box, told["widths"], head, rows, told.get("points", 12))

    def _serial(self, told: str) -> None:
        """The serial number at the foot of the page, in red."""
        self.sheet.write(self.print_of(told), RIGHT, 3270, 15, "foot_right", bold=True, align="right", ink=INKS["red"])

    def _middle(self, told: Sequence[Any]) -> None:
        """A line in the middle of another size and ink: points, ink, text."""
        points, ink, text = told
        self.sheet.write(
            self.print_of(text), MIDDLE, self.flow.y, points, "body", bold=True, align="centre", ink=INKS[ink]
        )
        self.flow.skip(points * 1.4)


def compose(story: Story, form: Form) -> Paper:
    """Draw one paper of ``form``."""
    lot = chance.words(story.seed, "form", form.kind)
    facts = facts_of(story, form.kind, form.era, form.picks)
    hand: frozenset[str] | None = frozenset()
    if story.varied and form.hand:
        chosen = lot.choice(form.hand)
        hand = None if chosen == "all" else frozenset(chosen or ())
    composer = Composer(story, form, facts, lot, hand)
    composer.rows(form.rows)
    sheets = [sheet for flow in composer.flows for sheet in flow.sheets]
    return paper_of(form.kind, sheets, composer.fields())


def told(kind: str) -> Callable[[Story], Paper]:
    """Draws papers of ``kind``: in the newest form told for it, or in varied stories in any of them."""

    def draw(story: Story) -> Paper:
        forms = forms_of(kind)
        return compose(story, chance.words(story.seed, "which", kind).choice(forms) if story.varied else forms[0])

    return draw


def varied(kind: str, classic: Callable[[Story], Paper]) -> Callable[[Story], Paper]:
    """Draws papers of ``kind`` as ``classic`` does, or in varied stories in one of the forms told for it as well."""

    def draw(story: Story) -> Paper:
        if not story.varied:
            return classic(story)
        chosen = chance.words(story.seed, "which", kind).choice((None, *forms_of(kind)))
        return compose(story, chosen) if chosen else classic(story)

    return draw
