"""The story behind a dossier: who asks for what, where and when. All papers of one seed tell the same story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from samples import chance, people
from samples.handwriting import PENS
from samples.people import Company, Person, Place
from samples.sheet import Colour, Sheet

PROCEDURES = {
    "civil": ("1.001193", "Đăng ký khai sinh"),
    "estate": ("1.004227", "Đăng ký biến động quyền sử dụng đất"),
}
"""Procedure code and name by theme; both are among the procedures configured."""


_ERAS = ((date(1974, 1, 1), date(1982, 12, 31)), (date(1988, 1, 1), date(1997, 12, 31)))
"""When parents were born: nobody's card, issued 2021 to 2024, ends before the dossier is handed in."""


VARIED_FROM = 1000
"""From this seed on stories differ more: more names and places, old and new forms, forms filled in by hand."""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that the papers of one dossier have in common."""

    seed: int
    theme: str
    place: Place
    mother: Person
    father: Person
    child: Person
    company: Company
    chairman: str
    deputy: str
    clerk: str
    received: date
    code: str
    procedure: str
    procedure_name: str

    @property
    def varied(self) -> bool:
        """Whether the papers may be old or new forms, in print or by hand; else each kind has its one form."""
        return self.seed >= VARIED_FROM

    @property
    def applicant(self) -> Person:
        """Who handed the dossier in; it is theirs."""
        return self.mother if self.theme == "civil" else self.father

    def sheet(self, *labels: object, by_hand: bool = True) -> Sheet:
        """A blank sheet with a pen and a hand of its own."""
        rng = chance.pixels(self.seed, *labels)
        return Sheet(rng, pen_of(rng), by_hand=by_hand)


def pen_of(rng: np.random.Generator) -> Colour:
    """Some pen."""
    return PENS[int(rng.integers(len(PENS)))]


def story_of(seed: int) -> Story:
    """The story of ``seed``: odd seeds register a birth, even ones a change in land rights by a company's owner."""
    lot = chance.words(seed, "story")
    theme = "civil" if seed % 2 else "estate"
    wide = seed >= VARIED_FROM
    place = people.a_place(lot, wide=wide)
    era = lot.choice(_ERAS)
    father = people.a_person(lot, place, "Nam", people.a_day(lot, *era), wide=wide)
    mother = people.a_person(lot, place, "Nữ", people.a_day(lot, *era), wide=wide)
    received = people.a_day(lot, date(2025, 8, 4), date(2026, 6, 30))
    received -= timedelta(days=max(0, received.weekday() - 4))
    child = people.a_person(
        lot,
        place,
        lot.choice(("Nam", "Nữ")),
        received - timedelta(days=lot.randint(900, 1500)),
        father.name.split()[0],
        native=True,  # registered where it was born
        wide=wide,
    )
    procedure, procedure_name = PROCEDURES[theme]
    return Story(
        seed=seed,
        theme=theme,
        place=place,
        mother=mother,
        father=father,
        child=child,
        company=people.a_company(lot, place, people.a_day(lot, date(2015, 1, 5), date(2022, 12, 30))),
        chairman=people.a_name(lot, "Nam", wide=wide),
        deputy=people.a_name(lot, "Nữ", wide=wide),
        clerk=people.a_name(lot, "Nữ", wide=wide),
        received=received,
        code=f"000.00.00.H{lot.randint(1, 63):02d}-{received:%y%m%d}-{lot.randint(1, 900):04d}",
        procedure=procedure,
        procedure_name=procedure_name,
    )
