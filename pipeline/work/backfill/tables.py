"""Spreadsheets as archives deliver them (CSV, XLSX): rows of text, within limits.

A CSV file is read as it comes, whatever its encoding and separator. A workbook is a ZIP that may unpack to anything:
it is opened in a confined process, which writes the cells out as lines.
"""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain, islice
from pathlib import Path

from pipeline.errors import PlanRefused, SohoaError, from_os_error
from pipeline.work.backfill import encodings
from pipeline.work.backfill.columns import Columns, explain_headings, find_headings
from pipeline.work.backfill.confined import Confined

_CSV_BYTES = 512 << 20
_XLSX_BYTES = 128 << 20
_UNPACKED_BYTES = 1 << 30
_RATIO = 400
_PARTS = 2000
_ROWS = 1_048_576
"""As many as a worksheet can have; a CSV file may have more, up to ``_CSV_ROWS``."""
_CSV_ROWS = 5_000_000
_CELLS = 200
_SECONDS = 300.0
_LOOKED_AT = 20
"""Rows at the top among which the headings are looked for: archives put titles above them."""
_SEPARATORS = ",;\t|"
SUFFIXES = frozenset({".csv", ".txt", ".tsv", ".xlsx", ".xlsm"})


@dataclass(frozen=True, slots=True)
class Table:
    """A spreadsheet whose headings were found. ``places``: which column (from 0) holds what."""

    headings: tuple[str, ...]
    places: dict[str, int]
    heading_row: int
    how: str
    """Encoding and separator, or the worksheet: for people."""
    rows: Iterator[tuple[int, dict[str, str]]]
    """Number of the row (from 1) and what stands in it; empty rows are left out."""


def open_table(path: Path, columns: Columns, confined: Confined, scratch: Path) -> Table:
    """Open the spreadsheet at ``path``; ``scratch`` is a folder for what is unpacked.

    Raises:
        PlanRefused: no spreadsheet, too large, no such headings or worksheet, an unknown encoding; the rows raise it
            too, where the file is broken further on.
        NotFound: it cannot be read.
    """
    try:
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            how, rows = _workbook(path, columns, confined, scratch)
        else:
            how, rows = _csv(path, columns)
        return _headed(path.name, columns, how, rows)
    except OSError as error:
        raise from_os_error(error, path.name) from error


def _headed(name: str, columns: Columns, how: str, rows: Iterator[tuple[int, list[str]]]) -> Table:
    wanted = columns.heading_row
    top = list(islice(rows, max(_LOOKED_AT, wanted)))
    for at, (number, row) in enumerate(top):
        if wanted and number != wanted:
            continue
        places = find_headings(row, columns)
        if places is not None:
            left = chain(top[at + 1 :], rows)
            return Table(tuple(row), places, number, how, _filled(left, places))
    shown = [row for number, row in top if not wanted or number == wanted]
    raise PlanRefused(name=name, what=explain_headings(shown, columns))


def _filled(rows: Iterator[tuple[int, list[str]]], places: dict[str, int]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, row in rows:
        if any(cell.strip() for cell in row):
            yield number, {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}


# -- CSV --------------------------------------------------------------------------------------------------------


def _csv(path: Path, columns: Columns) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    if path.stat().st_size > _CSV_BYTES:
        raise PlanRefused(name=path.name, what=f"> {_CSV_BYTES >> 20} MB")
    encoding = encodings.detect(path) if columns.encoding in ("", "utf-16") else columns.encoding
    try:
        top = list(islice(encodings.lines(path, encoding), _LOOKED_AT))
    except encodings.UnknownEncoding as error:
        raise PlanRefused(name=path.name, what=f"mã hóa chữ / encoding: {error}") from error
    if any("\0" in line for line in top):
        raise PlanRefused(name=path.name, what="không phải bảng tính CSV hay XLSX / neither CSV nor XLSX")
    said = top[0].strip() if top else ""
    told = said[4:5] if said.lower().startswith("sep=") and len(said) == 5 else ""
    separator = columns.separator or told or max(_SEPARATORS, key=lambda mark: _parted(top, mark))
    how = f"{encoding}, '{separator}'".replace("\t", "\\t")
    return how, _csv_rows(path, encoding, separator, skip=1 if told else 0)


def _parted(lines: list[str], separator: str) -> int:
    """How many cells a separator gives in lines of which it gives the same number in most."""
    try:
        counts = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error:
        return 0
    usual = max(set(counts), key=counts.count, default=1)
    return counts.count(usual) * (usual - 1)


def _csv_rows(path: Path, encoding: str, separator: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    source = islice(encodings.lines(path, encoding), skip, None)
    reader = csv.reader(source, delimiter=separator)
    try:
        for number, row in enumerate(reader, 1 + skip):
            if number > _CSV_ROWS:
                raise PlanRefused(name=path.name, what=f"> {_CSV_ROWS} dòng / rows")
            yield number, row[:_CELLS]
    except csv.Error as error:
        raise PlanRefused(name=path.name, what=f"CSV, dòng / row {reader.line_num}: {error}") from error
    except encodings.UnknownEncoding as error:
        raise PlanRefused(name=path.name, what=f"mã hóa chữ / encoding: {error}") from error


# -- workbooks --------------------------------------------------------------------------------------------------


def _workbook(
    path: Path, columns: Columns, confined: Confined, scratch: Path
) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    _check_package(path)
    lines = scratch / "cells.jsonl"
    started = confined.start(unpack, path, columns.sheet, lines, seconds=_SECONDS)
    try:
        sheet = confined.result(started, path.name, _SECONDS)
    except PlanRefused:
        raise
    except SohoaError as error:
        raise PlanRefused(name=path.name, what=f"{error.text.vi} / {error.text.en}") from error
    return f"'{sheet}'", _written(lines)


def _check_package(path: Path) -> None:
    """Refuse a workbook that would unpack to more than any list of papers needs."""
    if path.stat().st_size > _XLSX_BYTES:
        raise PlanRefused(name=path.name, what=f"> {_XLSX_BYTES >> 20} MB")
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        what = "không phải tệp XLSX hoặc tệp hỏng / no XLSX file, or a damaged one"
        raise PlanRefused(name=path.name, what=what) from error
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if len(parts) > _PARTS or unpacked > _UNPACKED_BYTES or unpacked > (1 << 20) + _RATIO * packed:
        raise PlanRefused(name=path.name, what="bung ra quá lớn / unpacks to far too much")


def unpack(path: Path, sheet: str, lines: Path) -> str:
    """Write the cells of a worksheet to ``lines``, a JSON list a row; in a confined process. Returns its name.

    Raises:
        PlanRefused: no such worksheet, too many rows, or a file that is no workbook.
    """
    import python_calamine  # noqa: PLC0415 - only the confined process loads it

    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            names = book.sheet_names
            if not names or (sheet and sheet not in names):
                near = get_close_matches(sheet, names, n=1, cutoff=0.4)
                hint = f"; ý bạn là / did you mean '{near[0]}'?" if near else ""
                what = f"không có trang tính / no worksheet '{sheet}'{hint} {names[:20]}"
                raise PlanRefused(name=path.name, what=what)
            name = sheet or names[0]
            found = book.get_sheet_by_name(name)
            if found.total_height > _ROWS or found.total_width > 16_384:
                raise PlanRefused(name=path.name, what=f"> {_ROWS} dòng / rows")
            above = found.start[0] if found.start else 0
            with lines.open("w", encoding="utf-8") as out:
                for number, row in enumerate(found.iter_rows(), 1 + above):
                    out.write(json.dumps([number, [_as_text(value) for value in row[:_CELLS]]]) + "\n")
    except (python_calamine.CalamineError, ValueError, KeyError) as error:
        raise PlanRefused(name=path.name, what=f"XLSX: {type(error).__name__}") from error
    return str(name)


def _as_text(value: object) -> str:
    """A cell as it would be typed: whole numbers without a point, dates in ISO 8601."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _written(lines: Path) -> Iterator[tuple[int, list[str]]]:
    with lines.open(encoding="utf-8") as file:
        for line in file:
            number, row = json.loads(line)
            yield int(number), [encodings.decode(cell.encode("utf-8", "replace"), "utf-8") for cell in row]
