"""What the papers of a story may say: people, offices, days and numbers, by name, for the forms told in YAML.

A form's text refers to them as ``{child.name}``, ``{day:l}`` and so on; :func:`say` fills them in. After the colon:
dates ``s`` 05/03/2025 (also without colon), ``l`` 05 tháng 3 năm 2025, ``w`` in words, ``y`` the year, ``d`` the day,
``m`` the month, ``six`` 250305; numbers ``g`` with points between thousands, ``w`` in words; texts ``u`` in capitals,
``l`` in small letters, ``c`` with a capital first letter, ``n`` in Latin capitals without marks.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from samples import chance, people, words
from samples.people import Person
from samples.story import Story

Facts = Mapping[str, Any]
MERGED = date(2025, 7, 1)
"""From this day on there are no districts."""
_PICK_DAY = re.compile(r"(day|past) ([+-]?\d+) ([+-]?\d+)")
_PICK_YEARS = re.compile(r"(\w+) years ([+-]?\d+)")
_PICK_NUMBER = re.compile(r"(\d+)\.\.(\d+)(?: x (\d+))?")
_ONE_FACT = re.compile(r"\{([\w.]+)\}")
_ETHNIC = ("Kinh",) * 9 + ("Tày", "Thái", "Mường", "Khmer", "Hoa", "Nùng", "Dao", "Ê đê", "Chăm", "Mông")


class _Voice(string.Formatter):
    def format_field(self, value: Any, spec: str) -> str:
        if isinstance(value, date):
            return _day(value, spec)
        if isinstance(value, int) and spec in ("g", "w"):
            return words.grouped(value) if spec == "g" else words.in_words(value)
        text = str(value)
        if spec == "c":
            return text[:1].upper() + text[1:]
        change = {"u": str.upper, "l": str.lower, "n": people.in_latin}.get(spec, str)
        return change(text)


def _day(day: date, spec: str) -> str:
    said = {
        "l": words.long,
        "w": words.spelled,
        "y": lambda one: str(one.year),
        "d": words.day_number,
        "m": words.month_number,
        "six": lambda one: f"{one:%y%m%d}",
    }
    return said.get(spec, words.short)(day)


_VOICE = _Voice()


def say(text: str, facts: Facts) -> str:
    """``text`` with the facts named in it filled in."""
    return _VOICE.vformat(text, (), facts)


def fact(text: str, facts: Facts) -> Any:
    """The fact itself where ``text`` is nothing but its name, else :func:`say`."""
    one = _ONE_FACT.fullmatch(text)
    return _VOICE.get_field(one.group(1), (), facts)[0] if one else say(text, facts)


def _picked(told: Any, facts: dict[str, Any], lot: random.Random) -> Any:
    """One of the choices ``told``.

    A choice is a text with facts and ``#`` for digits, or ``1..99`` or ``1..99 x 1000`` for a number, ``day -30 -3``
    for a day counted from the day of issue (``past 30 90``: but not after the dossier was handed in), ``day years 10``.
    Where ``told`` is a mapping, its ``by`` names the fact whose value says which of its other entries is meant.
    """
    if isinstance(told, dict):
        told = told[facts[told["by"]]]
    choice = str(lot.choice(told))
    if found := _PICK_DAY.fullmatch(choice):
        day = people.a_day(lot, *(facts["day"] + timedelta(days=int(days)) for days in found.groups()[1:]))
        return min(day, facts["story"].received) if found.group(1) == "past" else day
    if found := _PICK_YEARS.fullmatch(choice):
        return people.anniversary(facts[found.group(1)], int(found.group(2)))
    if found := _PICK_NUMBER.fullmatch(choice):
        return lot.randint(int(found.group(1)), int(found.group(2))) * int(found.group(3) or 1)
    digits = iter(lambda: str(lot.randint(0, 9)), "")
    return fact("".join(next(digits) if letter == "#" else letter for letter in choice), facts)


def _kin(story: Story, day: date, lot: random.Random) -> dict[str, Person]:
    """Parents and child at ``day``: those of the story where they were grown up then, else others of the same place."""
    father, mother, child = story.father, story.mother, story.child
    if story.father.born > people.anniversary(day, -19) or story.mother.born > people.anniversary(day, -19):
        born = (people.anniversary(day, -36), people.anniversary(day, -21))
        father = people.a_person(lot, story.place, "Nam", people.a_day(lot, *born), wide=True)
        mother = people.a_person(lot, story.place, "Nữ", people.a_day(lot, *born), wide=True)
    if not timedelta(days=3) < day - child.born < timedelta(days=90):
        birth = day - timedelta(days=lot.randint(5, 60))
        sex = lot.choice(("Nam", "Nữ"))
        child = people.a_person(lot, story.place, sex, birth, father.name.split()[0], native=True, wide=True)
    return {"father": father, "mother": mother, "child": child}


def facts_of(story: Story, kind: str, era: tuple[date, date], picks: Mapping[str, Any]) -> dict[str, Any]:
    """The facts for a paper issued in ``era`` (both days included, at the latest when the dossier was handed in).

    Args:
        story: whose paper it is.
        kind: its type key; papers of different kinds have numbers and days of their own.
        era: when the form was in use.
        picks: facts of this form alone, by name: choices of which one is taken, see :func:`_picked`.
    """
    lot = chance.words(story.seed, "facts", kind)
    day = people.a_day(lot, era[0], min(era[1], story.received - timedelta(days=4)))
    day -= timedelta(days=max(0, day.weekday() - 4))
    place = story.place if day < MERGED else replace(story.place, district="")
    grown = (people.anniversary(day, -52), people.anniversary(day, -24))
    other = people.a_person(lot, story.place, lot.choice(("Nam", "Nữ")), people.a_day(lot, *grown), wide=story.varied)
    elder_born = people.a_day(lot, date(day.year - 92, 1, 1), date(day.year - 62, 12, 31))
    facts: dict[str, Any] = {
        "p": story.applicant,
        "other": other,
        "elder": people.a_person(lot, story.place, lot.choice(("Nam", "Nữ")), elder_born, wide=story.varied),
        **_kin(story, day, lot),
        "company": story.company,
        "place": place,
        "district": place.district or "thành phố Mẫu Thử",
        "street": people.a_street(lot),
        "day": day,
        "number": lot.randint(2, 480),
        "officer": people.a_name(lot, "Nam", wide=story.varied),
        "deputy": people.a_name(lot, "Nữ", wide=story.varied),
        "clerk": story.clerk,
        "ethnic": lot.choice(_ETHNIC) if story.varied else "Kinh",
        "address": place.old_address,
        "story": story,
    }
    for key, told in picks.items():
        facts[key] = _picked(told, facts, lot)
    return facts
