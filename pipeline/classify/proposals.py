"""Labels that the configuration misses, found by the values that officers typed.

Where a field was left empty or read wrongly and the officer typed what the paper says, the value stands somewhere on
the page; the words before it are what the paper calls the field. Words that come up in several papers and are no known
label are proposed to the administrator. Nothing is applied by itself, and no value is ever part of a proposal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from pipeline.classify.layout import Row, Sheet, sheet
from pipeline.classify.matching import compact, without_leaders
from pipeline.dossier import PageReading
from pipeline.settings import DocumentType
from pipeline.vietnamese import fold, nfc

_LEAST_LETTERS = 6
"""Letters and figures of a value that is looked for where no colon stands before it: shorter ones turn up anywhere."""
_MOST_WORDS = 10
_ITEM = re.compile(r"^\W*(?:\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-zđ]|[ivx]{1,4})\s?[.)]\s*)?\W*", re.IGNORECASE)
_CUT = re.compile(r"[;:•|]")
_NOTE = re.compile(r"\s*\([^()]*\)")
_ABOVE = 2.5
"""A label over its value is not further up than this many row heights."""
_FAMILY_NAMES = frozenset(
    "nguyễn nguyen trần tran lê phạm pham hoàng hoang huỳnh huynh phan vũ võ đặng bùi bui đỗ hồ ngô ngo dương lý đinh "
    "trịnh trinh đoàn lương mai tô cao hà lâm tạ châu".split()
)
"""Where one of these is followed by a word that begins with a capital, the words may be a person's name."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A paper as it was confirmed: its readings, and by field what was read and what is valid."""

    type: str
    owner: str
    """Whose paper it is, or which dossier it came with: a proposal needs different ones."""
    readings: tuple[PageReading, ...]
    fields: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """``label`` as printed, for ``field`` of ``type``; ``papers`` is how many had it. ``known`` are the labels now.

    ``own`` is false where the type has no field of its own for the legal field: one would have to be added.
    """

    type: str
    field: str
    label: str
    papers: int
    known: tuple[str, ...]
    own: bool = True


def propose(papers: Iterable[Typed], types: Sequence[DocumentType], least: int = 2) -> list[Proposal]:
    """Labels found in at least ``least`` papers of different owners, with different values; the commonest first."""
    kinds = {kind.key: kind for kind in types}
    owners: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    values: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    printed: dict[tuple[str, str, str], str] = {}
    for paper in papers:
        kind = kinds.get(paper.type)
        if kind is None:
            continue
        for key, value, label in _missed(paper, kind):
            place = (kind.key, key, compact(label))
            printed.setdefault(place, label)
            owners[place].add(paper.owner)
            values[place].add(value)
    found = [
        Proposal(type_key, key, printed[type_key, key, letters], len(who), *_now(kinds[type_key], key))
        for (type_key, key, letters), who in owners.items()
        if len(who) >= least and len(values[type_key, key, letters]) >= least
    ]
    return sorted(found, key=lambda one: (-one.papers, one.type, one.field, one.label))


def _now(kind: DocumentType, key: str) -> tuple[tuple[str, ...], bool]:
    own = kind.fields.get(key)
    return (own.labels, True) if own else ((), False)


def _missed(paper: Typed, kind: DocumentType) -> Iterator[tuple[str, str, str]]:
    """Own field, value and words before it, of every field that was typed."""
    known = {compact(label) for field in kind.fields.values() for label in field.labels}
    known |= {compact(title) for title in kind.titles}
    said = [final for _, final in paper.fields.values() if final]
    sheets = [sheet(reading) for reading in paper.readings]
    for key, (read, final) in paper.fields.items():
        if not final or read == final:
            continue
        for label in {_clean(before, said) for before in _before(final, sheets)}:
            if label and compact(label) not in known and not _may_be_name(label):
                yield _own_key(kind, key), final, label


def _own_key(kind: DocumentType, key: str) -> str:
    """The type's own field that is printed for ``key``: a legal field is filled by one where it has no label itself."""
    if key in kind.fields:
        return key
    return next((name for name, field in kind.fields.items() if key in field.fills and field.labels), key)


def _before(value: str, sheets: Sequence[Sheet]) -> Iterator[str]:
    """What stands before ``value`` wherever it is printed: on its row, or over it where it begins a row."""
    for form in _forms(value):
        for page in sheets:
            for row in page.rows:
                start = _place(form, row.text)
                if start is None:
                    continue
                before = row.text[:start].rstrip()
                if before.endswith(":") or (_ITEM.sub("", before) and len(compact(form)) >= _LEAST_LETTERS):
                    yield before
                elif not _ITEM.sub("", before) and len(compact(form)) >= _LEAST_LETTERS:
                    yield from (above.text for above in page.rows if _over(above, row))


def _forms(value: str) -> tuple[str, ...]:
    """The value as it may be printed: a date also with strokes, dots and in words."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return (value,)
    figures = (f"{day:%d}", f"{day:%m}", f"{day:%Y}")
    return ("/".join(figures), f"ngày {figures[0]} tháng {figures[1]} năm {figures[2]}")


def _place(value: str, text: str) -> int | None:
    """Where ``value`` begins in ``text`` as whole words, marks and signs aside; ``None`` if it is not there."""
    wanted = [fold(word) for word in re.findall(r"\w+", nfc(value))]
    words = [(fold(found[0]), found.start()) for found in re.finditer(r"\w+", text)]
    for at in range(len(words) - len(wanted) + 1 if wanted else 0):
        if [word for word, _ in words[at : at + len(wanted)]] == wanted:
            return words[at][1]
    return None


def _over(above: Row, row: Row) -> bool:
    height = row.box[3] - row.box[1]
    gap = row.box[1] - above.box[3]
    shared = min(row.box[2], above.box[2]) - max(row.box[0], above.box[0])
    return above.page == row.page and -0.2 * height <= gap <= _ABOVE * height and shared > 0


def _clean(before: str, said: Sequence[str]) -> str:
    """The label at the end of ``before``: without item numbers, leaders and values of the paper; empty if none."""
    text = _NOTE.sub("", without_leaders(before))
    text = _CUT.split(text)[-1]
    for value in said:
        if (at := _place(value, text)) is not None:
            text = " ".join(text[at:].split()[len(value.split()) :])
    text = " ".join(_ITEM.sub("", text, count=1).split()).strip(" .-–—…")
    words = text.split()
    sound = 1 <= len(words) <= _MOST_WORDS and 2 <= len(compact(text)) <= 60 and not any(map(str.isdecimal, text))
    return text if sound and text[0].isalpha() else ""


def _may_be_name(label: str) -> bool:
    """Whether a family name followed by a capital is among the words: names are no labels, and nobody's business."""
    words = [word.strip(",.") for word in label.split()]
    return any(
        first[:1].isupper() and first.lower() in _FAMILY_NAMES and second[:1].isupper()
        for first, second in pairwise(words)
    )
