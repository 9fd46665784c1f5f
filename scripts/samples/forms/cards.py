"""Cards and booklets told in YAML: texts at fixed places on grounds of fixed size, on a white A4 sheet as scanned.

A file in ``cards/`` is like one of :mod:`samples.forms.told`, but instead of rows a form has ``sides``. A side has
its ``size`` in mm, the place ``at`` (x, y in mm) of its top left corner on the sheet, a ``ground`` (two colours that
run into one another), and ``texts``: x, y of the baseline in pixels of the side, points, style (letters of ``b``
bold, ``c`` centred around x, ``r`` red, ``t`` the title, ``h`` the heading, ``m`` monospaced), text. ``[key]`` and
``{fact}`` as in :mod:`samples.forms.composer`. It may have a ``photo`` (x, y, width, height), ``fingers`` (x, y of
prints), a ``qr`` (x, y, module, text), ``bars`` (x of the middle, y, text), a ``seal`` (x, y, mm, around, below), a
``signature`` (x, y, width). A form's ``mrz`` is ``card`` or ``passport``; ``coded`` are fields that stand in a code
or in several pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image, ImageDraw

from pipeline.vietnamese import nfc
from samples import chance
from samples.fonts import Face, width_of
from samples.forms import card, parts
from samples.forms.composer import FIELD
from samples.forms.facts import Facts, fact, facts_of, say
from samples.forms.told import LEGAL
from samples.mrz import card_lines, passport_lines
from samples.paper import Paper, paper_of
from samples.sheet import Colour, Sheet, mm
from samples.story import Story

_FOLDER = Path(__file__).with_name("cards")
_INK: Colour = (30, 34, 46)
_RED: Colour = (176, 28, 44)
Side = Mapping[str, Any]


@cache
def _told(kind: str) -> tuple[Mapping[str, Any], ...]:
    told = yaml.safe_load((_FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))
    merge = ("fields", "picks")
    return tuple(
        {**told, **form, **{key: {**told.get(key, {}), **form.get(key, {})} for key in merge}} for form in told["forms"]
    )


@cache
def card_kinds() -> tuple[str, ...]:
    """The kinds that have cards told in YAML."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def _ground(size: tuple[int, int], ends: Sequence[Sequence[int]], rng: np.random.Generator) -> Image.Image:
    width, height = size
    x, y = np.linspace(0, 1, width)[None, :], np.linspace(0, 1, height)[:, None]
    waves = 3.0 * np.sin(90 * (y + 0.05 * np.sin(7 * x + rng.uniform(0, 6)))) * np.sin(5 * x)
    bands = [a + (b - a) * (0.6 * x + 0.4 * y) + waves for a, b in zip(*ends, strict=True)]
    ground = Image.fromarray(np.clip(np.stack(bands, axis=-1), 0, 255).astype(np.uint8))
    outline = Image.new("L", size, 0)
    ImageDraw.Draw(outline).rounded_rectangle((0, 0, width - 1, height - 1), 34, fill=255)
    return Image.composite(ground, Image.new("RGB", size, (255, 255, 255)), outline)


class _Card:
    """One card being drawn."""

    def __init__(self, form: Mapping[str, Any], facts: Facts) -> None:
        self.form, self.facts = form, facts
        self.shown: set[str] = set()

    def text(self, told: str) -> str:
        """``told`` with fields and facts filled in."""

        def put(found: Any) -> str:
            key = found.group(1)
            self.shown.add(key)
            return say("{v:" + (found.group(2) or "") + "}", {"v": fact(self._field(key), self.facts)})

        return nfc(say(FIELD.sub(put, told), self.facts))

    def _field(self, key: str) -> str:
        told = str(self.form["fields"][key])
        return self._field(told[1:]) if told.startswith("=") else told

    def fields(self) -> dict[str, str]:
        """The truth; dates in ISO 8601."""
        found = {}
        for key in self.form["fields"]:
            other = str(self.form["fields"][key]).removeprefix("=")
            if key in LEGAL or {key, other} & self.shown or key in self.form.get("coded", ()):
                value = fact(self._field(key), self.facts)
                found[key] = value.isoformat() if isinstance(value, date) else str(value)
        return found

    def side(self, sheet: Sheet, side: Side) -> None:
        """Draw one side with all that is on it."""
        left, top = (mm(at) for at in side["at"])
        width, height = (round(mm(length)) for length in side["size"])
        sheet.picture(_ground((width, height), side["ground"], sheet.rng), left, top, "card")
        if "photo" in side:
            x, y, wide, high = side["photo"]
            sheet.picture(card.portrait(sheet.rng, (wide, high)), left + x, top + y, "photo")
        for x, y in side.get("fingers", ()):
            sheet.picture(card.fingerprint(sheet.rng, (170, 210)), left + x, top + y, "fingerprint")
        for x, y, reach in side.get("emblems", ()):
            sheet.shape(_ring(left + x, top + y, reach))
        for x, y, points, style, told in side["texts"]:
            self._say(sheet, self.text(str(told)), left + x, top + y, points, style)
        if "qr" in side:
            x, y, module, told = side["qr"]
            parts.qr(sheet, self.text(told), left + x, top + y, module)
        if "bars" in side:
            x, y, told = side["bars"]
            parts.bars(sheet, self.text(told), left + x, top + y, 70)
        if "seal" in side:
            x, y, across, around, below = side["seal"]
            sheet.seal(self.text(around), self.text(below), left + x, top + y, mm(across))
        if "signature" in side:
            x, y, wide = side["signature"]
            sheet.signature(left + x, top + y, wide)

    def _say(self, sheet: Sheet, text: str, x: float, y: float, points: float, style: str) -> None:
        if not text:
            return
        face = Face.MONO if "m" in style else Face.SANS_BOLD if "b" in style else Face.SANS
        if "c" in style:
            x -= width_of(text, face, points) / 2
        zone = "title" if "t" in style else "head_right" if "h" in style else "body"
        sheet.letters(text, x, y, points, zone, face, _RED if "r" in style else _INK)


def _ring(x: float, y: float, reach: float) -> Callable[[ImageDraw.ImageDraw], None]:
    return lambda pen: pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=_RED, width=6)


def _coded(facts: dict[str, Any], form: Mapping[str, Any]) -> None:
    """Add what follows from other facts: expiry, machine-readable lines ``mrz1`` to ``mrz3``, the code, the address."""
    person = facts["p"]
    facts.setdefault("expires", replace(person, id_issued=facts["issued"]).id_expires)
    kind = form.get("mrz")
    if kind == "card":
        lines: tuple[str, ...] = card_lines(person.id, person.born, person.sex, facts["expires"], person.name)
    elif kind == "passport":
        lines = passport_lines(facts["serial"], person.born, person.sex, facts["expires"], person.name, person.id)
    else:
        lines = ()
    facts |= {f"mrz{number}": line for number, line in enumerate(lines, 1)}
    facts["qr"] = card.qr_text(person, facts["issued"])
    street, _, rest = person.residence.partition(", đường ")
    name, _, commune = rest.partition(", ")
    facts |= {"home1": f"{street}, đường {name},", "home2": commune}


def _draw(kind: str, story: Story, form: Mapping[str, Any]) -> Paper:
    first, last = form["era"]
    facts = facts_of(story, kind, (date(first, 1, 5), date(last, 12, 28)), form["picks"])
    facts["issued"] = facts["day"]
    _coded(facts, form)
    drawn = _Card(form, facts)
    apart = story.varied and chance.words(story.seed, "sides", kind).random() < 0.3
    sheets: list[Sheet] = []
    for number, side in enumerate(form["sides"]):
        if apart or not sheets:
            sheets.append(story.sheet(kind, number))
            sheets[-1].notice()
        drawn.side(sheets[-1], side)
    return paper_of(kind, sheets, drawn.fields())


def told(kind: str, classic: Callable[[Story], Paper] | None = None) -> Callable[[Story], Paper]:
    """Draws cards of ``kind``: in the newest form, in varied stories in any; ``classic`` is one more, and the first."""

    def draw(story: Story) -> Paper:
        forms = _told(kind)
        if not story.varied:
            return classic(story) if classic else _draw(kind, story, forms[0])
        drawings = [partial(_draw, kind, form=form) for form in forms] + ([classic] if classic else [])
        return chance.words(story.seed, "which", kind).choice(drawings)(story)

    return draw
