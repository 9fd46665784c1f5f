"""Papers with several persons: whose label is this, which fields are one person's, and whose paper is it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.classify.labels import Spot
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import compact
from pipeline.settings import DocumentType, OwnField


@dataclass(frozen=True)
class Person:
    """Keys of the fields that say one person's id, name, birth date (or year) and sex; empty where there is none."""

    role: str
    id: str = ""
    name: str = ""
    birth: str = ""
    sex: str = ""


def persons(kind: DocumentType) -> tuple[Person, ...]:
    """The persons that papers of this type name, those of ``kind.owner`` first and in its order."""
    roles = dict.fromkeys([*kind.owner, *(spec.person for spec in kind.fields.values())])
    found = [_person(role, kind.fields) for role in roles]
    return tuple(one for one in found if one.id or one.name)


def _person(role: str, fields: Mapping[str, OwnField]) -> Person:
    own = {key: spec for key, spec in fields.items() if spec.person == role and not spec.part}
    return Person(
        role,
        next((key for key, spec in own.items() if spec.kind in ("personal_id", "tax_code")), ""),
        next((key for key, spec in own.items() if spec.kind == "name"), ""),
        next((key for key in own if key.startswith(("ngay_sinh", "nam_sinh"))), ""),
        next((key for key in own if key.startswith("gioi_tinh")), ""),
    )


def owner(kind: DocumentType, said: Mapping[str, str], wanted: str) -> Person | None:
    """Whose paper it is: who has the id ``wanted`` (the dossier's owner), else the first of ``kind.owner`` named on it.

    ``said`` are values by key. ``None`` for types that name no persons to choose from, and when none of them was read.
    """
    among = [one for one in persons(kind) if one.role in kind.owner]
    if wanted:
        for one in among:
            if one.id and said.get(one.id) == wanted:
                return one
    return next((one for one in among if said.get(one.id) or said.get(one.name)), None)


class Blocks:
    """Which person a label speaks of where several have the same one (``Ngày sinh`` of the wife and of the husband).

    A person's part of the paper begins at a label of his first field that is nobody else's (``Họ, chữ đệm, tên vợ``)
    and goes down to the next person's; two that begin on one level stand in columns beside each other.
    """

    def __init__(self, sheets: Sequence[Sheet], found: Sequence[Spot], kind: DocumentType) -> None:
        self._sheets = sheets
        self._roles: dict[str, list[str]] = {}
        for spec in kind.fields.values():
            for label in spec.labels:
                roles = self._roles.setdefault(compact(label), [])
                if spec.person not in roles:
                    roles.append(spec.person)
        first = {spec.person: spec.labels for spec in reversed(kind.fields.values()) if spec.person}
        opening = {compact(label) for labels in first.values() for label in labels}
        self._heads = [one for one in found if one.label in opening and len(self._roles[one.label]) == 1]

    def of(self, spot: Spot, spec: OwnField) -> bool:
        """Whether ``spot``, a label of the field, is that of its person."""
        roles = self._roles.get(spot.label, [])
        if len(roles) < 2:
            return True
        heads = [head for head in self._heads if self._roles[head.label][0] in roles and self._above(head, spot)]
        if self._in_table(spot, roles):
            return True
        if not heads:
            return spec.person == roles[0]
        nearest = max(heads, key=lambda head: (head.sheet, self._row(head).box[1], head.row, head.start))
        return spec.person == self._roles[nearest.label][0]

    def cell(self, spot: Spot, spec: OwnField, beside: Sequence[Row]) -> Row | None:
        """Of the cells ``beside`` a label that of the field's person, in a table with a column for each person.

        Nothing when persons do not stand in columns above, or when the label stands in one of them.
        """
        roles = self._roles.get(spot.label, [])
        top, left = self._row(spot).box[1], self._row(spot).box[2]
        above = [
            head
            for head in self._heads
            if head.sheet == spot.sheet
            and self._roles[head.label][0] in roles
            and self._row(head).box[1] < top
            and self._row(head).box[0] > left
        ]
        mine = [head for head in above if self._roles[head.label][0] == spec.person]
        if len({self._roles[head.label][0] for head in above}) < 2 or not mine:
            return None
        middle = _centre(self._row(mine[-1]))
        return min(beside, key=lambda row: abs(_centre(row) - middle), default=None)

    def _in_table(self, spot: Spot, roles: Sequence[str]) -> bool:
        """A label to the left of columns that begin with persons, nearer above than any other person."""
        row = self._row(spot).box
        mine = [one for one in self._heads if one.sheet == spot.sheet and self._roles[one.label][0] in roles]
        above = [one for one in mine if self._row(one).box[1] < row[1]]
        if not above:
            return False
        level = max(self._row(one).box[1] for one in above)
        last = [one for one in above if abs(self._row(one).box[1] - level) < row[3] - row[1]]
        persons_there = {self._roles[one.label][0] for one in last if self._row(one).box[0] > row[2]}
        return len(persons_there & set(roles)) > 1

    def _row(self, spot: Spot) -> Row:
        return self._sheets[spot.sheet].rows[spot.row]

    def _above(self, head: Spot, spot: Spot) -> bool:
        if head.sheet != spot.sheet:
            return head.sheet < spot.sheet
        if head.row == spot.row:
            return head.start <= spot.start
        over, row = self._row(head).box, self._row(spot).box
        if over[1] > row[1] + (row[3] - row[1]) / 2:
            return False
        left, right = self._column(head)
        return left <= _left(self._row(spot), spot) < right

    def _column(self, head: Spot) -> tuple[float, float]:
        """From where to where across the page the part that ``head`` begins reaches, in pixels."""
        own = self._row(head)
        x, height = _left(own, head), own.box[3] - own.box[1]
        level = [
            _left(self._row(one), one)
            for one in self._heads
            if one.sheet == head.sheet and abs(self._row(one).box[1] - own.box[1]) < height
        ]
        slack = height
        left = max((other for other in level if other < x - height), default=None)
        right = min((other for other in level if other > x + height), default=None)
        return (
            x - slack if left is not None else 0.0,
            right - slack if right is not None else float("inf"),
        )


def _left(row: Row, spot: Spot) -> float:
    words = row.span(spot.start, max(spot.end, spot.start + 1))
    return words[0].box[0] if words else row.box[0]


def _centre(row: Row) -> float:
    return (row.box[0] + row.box[2]) / 2
