"""Spreadsheets as archives deliver them."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import NotFound, PlanRefused
from pipeline.work.backfill import tables
from pipeline.work.backfill.columns import Columns, Headings
from pipeline.work.backfill.confined import Confined
from pipeline.work.backfill.tables import open_table
from tests.work.backfill.deliveries import workbook

_CELLS = st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)


@pytest.fixture(scope="module")
def confined() -> Iterator[Confined]:
    with Confined(1) as pool:
        yield pool


def _rows(path: Path, confined: Confined, columns: Columns | None = None) -> list[dict[str, str]]:
    return [cells for _, cells in open_table(path, columns or Columns(), confined, path.parent).rows]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(tmp_path: Path, confined: Confined, separator: str) -> None:
    rows = [["STT", "Mã hồ sơ", "Tên tệp"], ["1", "HS, số 1; a", "x/a.pdf"], ["2", "HS-2", "b.pdf"]]
    quoted = "\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows)
    path = tmp_path / "list.csv"
    path.write_text(quoted, encoding="utf-8-sig")
    assert _rows(path, confined) == [{"path": "x/a.pdf", "code": "HS, số 1; a"}, {"path": "b.pdf", "code": "HS-2"}]


def test_titles_above_the_headings_and_empty_rows_are_passed_over(tmp_path: Path, confined: Confined) -> None:
    path = tmp_path / "list.csv"
    path.write_text("sep=;\nDANH MỤC HỒ SƠ;;\n;;\nSTT;Mã hồ sơ;Đường dẫn\n;;\n1;A;a.pdf\n2;B\n", encoding="utf-8")
    table = open_table(path, Columns(), confined, tmp_path)
    assert table.heading_row == 4
    assert list(table.rows) == [(6, {"path": "a.pdf", "code": "A"}), (7, {"path": "", "code": "B"})]


def test_a_map_names_the_columns(tmp_path: Path, confined: Confined) -> None:
    path = tmp_path / "list.csv"
    path.write_text("X,Y,Tệp\nHS-1,7,a.pdf\n", encoding="utf-8")
    columns = Columns(columns=Headings(code="x", box="Y"))
    assert _rows(path, confined, columns) == [{"path": "a.pdf", "code": "HS-1", "box": "7"}]


def test_a_wrong_heading_is_refused_with_the_nearest(tmp_path: Path, confined: Confined) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Mã hồ sơ,Đường dẫn tệp\nHS-1,a.pdf\n", encoding="utf-8")
    with pytest.raises(PlanRefused, match="'Mã hồ sơ'"):
        _rows(path, confined, Columns(columns=Headings(code="Ma ho so TTHC")))
    path.write_text("Số,Duong dan tep tin\n1,a.pdf\n", encoding="utf-8")
    with pytest.raises(PlanRefused, match="Duong dan tep tin"):
        _rows(path, confined)


def test_a_workbook_is_read_as_it_was_typed(tmp_path: Path, confined: Confined) -> None:
    rows = [["Kho lưu trữ"], [], ["Mã hồ sơ", "File", "CCCD", "Hộp"], ["HS-1", "a.pdf", 1090000001.0, 2.5]]
    path = workbook(tmp_path / "list.xlsx", rows, sheet="Danh mục")
    table = open_table(path, Columns(), confined, tmp_path)
    assert table.heading_row == 3
    assert list(table.rows) == [(4, {"path": "a.pdf", "code": "HS-1", "owner": "1090000001", "box": "2.5"})]
    with pytest.raises(PlanRefused, match="'Danh mục'"):
        open_table(path, Columns(sheet="Danh muc"), confined, tmp_path)


def test_what_is_no_workbook_is_refused(tmp_path: Path, confined: Confined) -> None:
    path = tmp_path / "list.xlsx"
    for data in (b"", b"PK\x03\x04", b"<html>", b"\xd0\xcf\x11\xe0" * 200):
        path.write_bytes(data)
        with pytest.raises(PlanRefused):
            open_table(path, Columns(), confined, tmp_path)
    good = workbook(tmp_path / "good.xlsx", [["Mã hồ sơ", "File"], ["HS-1", "a.pdf"]]).read_bytes()
    chance = random.Random(7)
    for _ in range(12):
        broken = bytearray(good)
        for at in chance.sample(range(len(broken)), 8):
            broken[at] = chance.randrange(256)
        path.write_bytes(bytes(broken))
        try:
            list(open_table(path, Columns(), confined, tmp_path).rows)
        except PlanRefused:
            continue


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, confined: Confined) -> None:
    path = workbook(tmp_path / "list.xlsx", [["Mã hồ sơ", "File"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/bomb.xml", b"\0" * (64 << 20))
    with pytest.raises(PlanRefused, match="unpacks"):
        open_table(path, Columns(), confined, tmp_path)


def test_sizes_are_limited(tmp_path: Path, confined: Confined, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.csv"
    path.write_text("code,path\n" + "a,b\n" * 50, encoding="utf-8")
    monkeypatch.setattr(tables, "_CSV_ROWS", 10)
    with pytest.raises(PlanRefused, match="10 dòng"):
        _rows(path, confined)
    monkeypatch.setattr(tables, "_CSV_BYTES", 10)
    with pytest.raises(PlanRefused, match="MB"):
        _rows(path, confined)
    path.write_text(f'code,path\n"{"x" * 200_000}",b\n', encoding="utf-8")
    monkeypatch.setattr(tables, "_CSV_BYTES", 1 << 20)
    with pytest.raises(PlanRefused, match="CSV"):
        _rows(path, confined)


def test_a_picture_called_csv_is_refused(tmp_path: Path, confined: Confined) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(PlanRefused):
        _rows(path, confined)
    with pytest.raises(NotFound):
        _rows(tmp_path / "none.csv", confined)


@settings(max_examples=40)
@given(st.lists(st.tuples(_CELLS, _CELLS), max_size=8), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_whatever_stands_in_the_cells_comes_back(
    tmp_path_factory: pytest.TempPathFactory, confined: Confined, cells: list[tuple[str, str]], encoding: str
) -> None:
    import csv
    import unicodedata

    path = tmp_path_factory.mktemp("cells") / "list.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([("Mã hồ sơ", "Đường dẫn"), *cells])
    wanted = [tuple(unicodedata.normalize("NFC", cell).strip() for cell in row) for row in cells]
    found = _rows(path, confined, Columns(separator=","))
    assert [(row["code"], row["path"]) for row in found] == [row for row in wanted if any(row)]
