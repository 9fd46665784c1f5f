"""Looking at documents with a spreadsheet: what is to be looked at goes out, what people say of it comes back."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from pipeline.dossier import Text
from pipeline.errors import BadValue, SheetRefused, from_os_error
from pipeline.vietnamese import fold
from pipeline.work.backfill import encodings
from pipeline.work.backfill.files import write_table
from pipeline.work.backfill.quality import OTHER_FAULTS, check
from pipeline.work.backfill.wording import FORMULA, plain
from pipeline.work.ledger.quality import Judgement

_DOCUMENT = Text("giấy tờ", "document")
_VERDICT = Text("đúng/sai", "right/wrong")
_WRONG = Text("trường sai", "wrong fields")
_NOTE = Text("ghi chú", "note")
_BEFORE = (
    _DOCUMENT,
    Text("bản PDF", "PDF"),
    Text("lô", "batch"),
    Text("tệp", "file"),
    Text("hồ sơ", "dossier"),
    Text("loại", "type"),
    Text("trang", "pages"),
)
_OTHERS = Text("trường khác", "other fields")
_RIGHT_WORDS = frozenset(fold(word) for word in ("đúng", "đ", "ok", "right", "yes", "y", "1", "true"))
_WRONG_WORDS = frozenset(fold(word) for word in ("sai", "s", "wrong", "no", "n", "0", "false"))
_SEPARATORS = ",;\t|"
_BYTES = 64 << 20
_ROWS = 200_000
_TOLD = 5
"""Rows told of at once that cannot be taken in."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A document as it goes out; ``values`` by the key of the field, ``picture`` is where its PDF lies."""

    document: str
    picture: str
    batch: str
    name: str
    dossier: str
    type: str
    pages: int
    values: Mapping[str, str]


def write(path: Path, shown: Iterable[Shown], fields: Mapping[str, Text], language: str) -> None:
    """Write a CSV file with a row for each document and empty columns for what people say.

    Args:
        path: the file, made for its owner alone.
        shown: what is to be looked at.
        fields: by key, what columns of their own are called; other values share one column.
        language: of the headings.

    Raises:
        DiskFull, NotFound: it cannot be written.
    """
    heads = [head.say(language) for head in (*_BEFORE, *fields.values(), _OTHERS, _VERDICT, _WRONG, _NOTE)]

    def row(one: Shown) -> Sequence[object]:
        others = "; ".join(f"{key}: {value}" for key, value in one.values.items() if key not in fields and value)
        values = [one.values.get(key, "") for key in fields]
        before = (one.document, one.picture, one.batch, one.name, one.dossier, one.type, one.pages)
        return (*before, *values, others, "", "", "")

    try:
        write_table(path, heads, map(row, shown))
    except OSError as error:
        raise from_os_error(error, path.name) from error


def read(path: Path, fields: Callable[[str], Mapping[str, Text]], who: str) -> list[Judgement]:
    """What people say in a CSV file; rows without a verdict are left out.

    Args:
        path: as written by :func:`write` and saved by a spreadsheet: whatever its encoding and separator.
        fields: of a document of that id: by key, what its fields are called.
        who: looked.

    Raises:
        SheetRefused: no such file of ours, or rows that cannot be meant; nothing is to be taken of it then.
        NotFound: it cannot be read.
    """
    rows = _rows(path)
    heads = [fold(head.strip()) for head in next(rows, (0, []))[1]]
    places = {name: _place(heads, text) for name, text in _WANTED.items()}
    missing = [_WANTED[name] for name in ("document", "verdict") if places[name] is None]
    if missing:
        what = ", ".join(f"{text.vi} / {text.en}" for text in missing)
        raise SheetRefused(name=path.name, what=f"thiếu cột / no column: {what}")
    said, wrong = [], []
    for number, cells in rows:
        try:
            found = _judgement({name: _cell(cells, place) for name, place in places.items()}, fields, who)
        except BadValue as error:
            wrong.append(f"dòng / row {number}: {error.details['field']}: {error.details['what']}")
            continue
        if found is not None:
            said.append(found)
    if wrong:
        more = f"; … (+{len(wrong) - _TOLD})" if len(wrong) > _TOLD else ""
        raise SheetRefused(name=path.name, what="; ".join(wrong[:_TOLD]) + more)
    return said


_WANTED = {"document": _DOCUMENT, "verdict": _VERDICT, "wrong": _WRONG, "note": _NOTE}


def _judgement(cells: Mapping[str, str], fields: Callable[[str], Mapping[str, Text]], who: str) -> Judgement | None:
    verdict = fold(cells["verdict"])
    if not verdict:
        return None
    if verdict not in _RIGHT_WORDS | _WRONG_WORDS:
        raise BadValue(field=_VERDICT.vi, what=f"'{plain(cells['verdict'], 30)}'")
    known = fields(cells["document"])
    found = Judgement(
        document=cells["document"],
        right=verdict in _RIGHT_WORDS,
        who=who,
        fields=keys(cells["wrong"], known),
        note=cells["note"],
    )
    check(found, known)
    return found


def keys(said: str, fields: Mapping[str, Text]) -> tuple[str, ...]:
    """Keys of the fields that ``said`` names by key or by what they are called, parted by commas or semicolons.

    What names no field is kept as it is, to be refused by whoever takes it.
    """
    named = {**fields, **OTHER_FAULTS}
    known = {fold(key): key for key in named}
    for key, text in named.items():  # of several called the same the first is meant
        known.setdefault(fold(text.vi), key)
        known.setdefault(fold(text.en), key)
    parts = (part.strip() for part in _parted(said, known))
    return tuple(dict.fromkeys(known.get(fold(part), part) for part in parts if part))


def _parted(said: str, known: Mapping[str, str]) -> Iterator[str]:
    """The parts of ``said``; those that only together name a field (which may have a comma in it) stay together."""
    for piece in said.split(";"):
        words = piece.split(",")
        while words:
            sizes = range(len(words), 0, -1)
            size = next((size for size in sizes if fold(",".join(words[:size]).strip()) in known), 1)
            yield ",".join(words[:size])
            words = words[size:]


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file with their numbers, empty ones left out."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
        if begin.startswith(b"PK\x03\x04"):
            what = "là XLSX, hãy lưu lại thành CSV (UTF-8) / an XLSX, save it as CSV (UTF-8)"
            raise SheetRefused(name=path.name, what=what)
        if path.stat().st_size > _BYTES:
            raise SheetRefused(name=path.name, what=f"> {_BYTES >> 20} MB")
        text = "".join(encodings.lines(path, encodings.detect(path)))
    except encodings.UnknownEncoding as error:
        raise SheetRefused(name=path.name, what=f"mã hóa chữ / encoding: {error}") from error
    except OSError as error:
        raise from_os_error(error, path.name) from error
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    try:
        for number, row in enumerate(reader, 1):
            if number > _ROWS:
                raise SheetRefused(name=path.name, what=f"> {_ROWS} dòng / rows")
            if any(cell.strip() for cell in row):
                yield number, row
    except csv.Error as error:
        raise SheetRefused(name=path.name, what=f"CSV, dòng / row {reader.line_num}: {error}") from error


def _place(heads: Sequence[str], wanted: Text) -> int | None:
    return next((place for place, head in enumerate(heads) if head in (fold(wanted.vi), fold(wanted.en))), None)


def _cell(cells: Sequence[str], place: int | None) -> str:
    """A cell as it was before an apostrophe was put before what looks like a formula."""
    text = cells[place].strip() if place is not None and place < len(cells) else ""
    return text[1:] if text[:1] == "'" and text[1:].lstrip()[:1] in FORMULA else text
