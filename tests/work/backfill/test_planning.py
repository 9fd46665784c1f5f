"""Planning: everything that is delivered is looked at, told apart, and reported; nothing makes it fall."""

from __future__ import annotations

import csv
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.dossier import Kind
from pipeline.errors import NotFound, PlanRefused
from pipeline.settings import Limits
from pipeline.work.backfill import opening
from pipeline.work.backfill.columns import Columns
from pipeline.work.backfill.confined import Confined
from pipeline.work.backfill.opening import Order
from pipeline.work.backfill.planning import Plan, Planner, new_item, write_csv
from pipeline.work.backfill.sources import FolderSource, Source
from pipeline.work.backfill.survey import Row, RowState, Survey
from tests.work.backfill.deliveries import numbered, pdf, picture, put, tiff, workbook

COLUMNS = Columns(procedure="1.000001")


@pytest.fixture(scope="module")
def confined() -> Iterator[Confined]:
    with Confined(2) as pool:
        yield pool


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    with Survey(tmp_path / "survey.db") as opened:
        yield opened


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder


def _plan(
    source: Source, survey: Survey, confined: Confined, columns: Columns = COLUMNS
) -> tuple[Plan, dict[str, Row]]:
    plan = Planner(source, columns, Limits(), survey, confined).run()
    return plan, {row.origin: row for row in survey.rows()}


def _listed(path: Path, survey: Survey, confined: Confined, columns: Columns = COLUMNS) -> tuple[Plan, dict[str, Row]]:
    source = opening.open_source(Order(str(path), "kho", columns), None, confined, path.parent)  # type: ignore[arg-type]
    return _plan(source, survey, confined, columns)


# -- folders --------------------------------------------------------------------------------------------------------


def test_folders_are_dossiers_and_pages_are_counted(root: Path, survey: Survey, confined: Confined) -> None:
    put(root, "Hộp 1/HS-01/10.pdf", pdf(3))
    put(root, "Hộp 1/HS-01/9.tif", tiff(2))
    for number, kind in enumerate(("JPEG", "PNG", "BMP", "WEBP")):
        suffix = {"JPEG": "jpg", "WEBP": "webp"}.get(kind, kind.lower())
        put(root, f"Hộp 2/HS-02/{number}.{suffix}", picture(kind))
    plan, rows = _plan(FolderSource(root), survey, confined)
    assert (plan.dossiers, plan.files, plan.pages) == (2, 6, 9)
    assert plan.bytes == sum(path.stat().st_size for path in root.rglob("*.*"))
    assert list(rows)[:2] == ["Hộp 1/HS-01/9.tif", "Hộp 1/HS-01/10.pdf"]
    item = new_item(rows["Hộp 1/HS-01/10.pdf"])
    assert (item.name, item.batch, item.pages, item.dossier.code) == ("10.pdf", "Hộp 1", 3, "HS-01")
    assert (item.dossier.procedure, item.dossier.kind) == ("1.000001", Kind.COMPONENT)


def test_what_is_no_paper_is_passed_over_with_a_reason(root: Path, survey: Survey, confined: Confined) -> None:
    wanted = {
        "HS/.hidden.pdf": "Hidden",
        "HS/~$a.docx": "Hidden",
        "HS/Thumbs.db": "SystemFile",
        "HS/b.pdf.part": "Unfinished",
        "HS/c.zip": "Archive",
        "HS/d.rar": "Archive",
        "HS/e.docx": "ForeignFile",
        "HS/noending": "ForeignFile",
        "stray.pdf": "NoCode",
    }
    for path in wanted:
        put(root, path, pdf())
    (root / "HS/empty").mkdir()
    (root / "HS/__MACOSX").mkdir()
    (root / "HS/loop").symlink_to(root)
    (root / "HS/link.pdf").symlink_to(root / "HS/e.docx")
    os.mkfifo(root / "HS/pipe.pdf")
    wanted |= {"HS/empty": "EmptyFolder", "HS/__MACOSX": "SystemFile"}
    wanted |= dict.fromkeys(("HS/loop", "HS/link.pdf", "HS/pipe.pdf"), "SymbolicLink")
    plan, rows = _plan(FolderSource(root), survey, confined)
    assert {origin: row.rule for origin, row in rows.items()} == wanted
    assert all(row.vi and row.en and row.state is RowState.PASSED for row in rows.values())
    assert plan.files == 0
    assert sum(plan.passed.values()) == len(wanted)


def test_what_cannot_be_read_is_told_apart(root: Path, survey: Survey, confined: Confined) -> None:
    import io

    import pikepdf

    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as opened:
        opened.save(locked, encryption=pikepdf.Encryption(user="a", owner="b"))
    wanted = {
        "empty.pdf": (b"", "EmptyFile"),
        "half.pdf": (pdf(9)[:-200], "Damaged"),
        "half.jpg": (picture("JPEG")[:-20], "Damaged"),
        "half.png": (picture("PNG")[:-20], "Damaged"),
        "half.tif": (tiff(1)[:140], "Damaged"),
        "half.webp": (picture("WEBP")[:-20], "Damaged"),
        "locked.pdf": (locked.getvalue(), "Encrypted"),
        "text.pdf": (b"hello", "NotADocument"),
        "pdf.jpg": (pdf(), "WrongExtension"),
        "long.tif": (tiff(12), "TooManyPages"),
    }
    for name, (data, _) in wanted.items():
        put(root, f"HS/{name}", data)
    put(root, "HS/good.pdf", pdf(2))
    limits = Limits(pages=10)
    plan = Planner(FolderSource(root), COLUMNS, limits, survey, confined).run()
    rows = {row.origin: row for row in survey.rows()}
    assert {row.name: row.rule for row in rows.values() if row.rule} == {
        name: rule for name, (_, rule) in wanted.items()
    }
    assert (plan.files, plan.pages, sum(plan.unreadable.values())) == (1, 2, len(wanted))


def test_the_same_file_under_two_names_is_taken_once(root: Path, survey: Survey, confined: Confined) -> None:
    put(root, "HS-1/a.pdf", pdf(2))
    put(root, "HS-1/b.pdf", pdf(2))
    os.link(root / "HS-1/a.pdf", root / "HS-1/c.pdf")
    plan, rows = _plan(FolderSource(root), survey, confined)
    assert (plan.files, plan.pages, plan.duplicates) == (1, 2, 2)
    assert rows["HS-1/b.pdf"].state is RowState.DUPLICATE
    assert "HS-1/a.pdf" in rows["HS-1/b.pdf"].vi


def test_a_code_in_two_folders_is_reported(root: Path, survey: Survey, confined: Confined, tmp_path: Path) -> None:
    put(root, "Hộp 1/HS-1/a.pdf", pdf(1))
    put(root, "Hộp 2/HS-1/b.pdf", pdf(2))
    put(root, "Hộp 2/HS-2/c.pdf", pdf(3))
    plan, _ = _plan(FolderSource(root), survey, confined)
    assert (plan.files, plan.doubled) == (3, 1)
    write_csv(survey, tmp_path / "plan.csv", "en")
    with (tmp_path / "plan.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [bool(row["note"]) for row in rows] == [True, True, False]
    assert (tmp_path / "plan.csv").stat().st_mode & 0o077 == 0


def test_folders_within_a_dossier_are_no_other_dossier(root: Path, survey: Survey, confined: Confined) -> None:
    put(root, "HS-1/a.pdf", pdf(1))
    put(root, "HS-1/sau/b.pdf", pdf(2))
    columns = COLUMNS.model_copy(update={"paths": ("{code}/**",)})
    plan, _ = _plan(FolderSource(root), survey, confined, columns)
    assert (plan.dossiers, plan.files, plan.doubled) == (1, 2, 0)


def test_hostile_names_are_planned_or_reported(root: Path, survey: Survey, confined: Confined, tmp_path: Path) -> None:
    names = {
        "xuống\ndòng.pdf": "xuống\\u000adòng.pdf",
        "\u202efdp.exe.pdf": "\\u202efdp.exe.pdf",
        "😀.pdf": "😀.pdf",
        unicodedata.normalize("NFD", "đã cấp.pdf"): unicodedata.normalize("NFD", "đã cấp.pdf"),
        "=1+1.pdf": "=1+1.pdf",
        "-rf *;$(x).pdf": "-rf *;$(x).pdf",
        "a" * 251 + ".pdf": "a" * 251 + ".pdf",
        " .pdf": " .pdf",
    }
    for number, name in enumerate(names):
        put(root, f"HS/{name}", numbered(pdf(), number))
    put(root, b"HS/\xff\xfe.pdf", pdf())
    put(root, b"\xc3\x28/a.pdf", pdf())
    deep = "/".join("d" * 200 for _ in range(15))
    put(root, f"{deep}/deep.pdf", numbered(pdf(), 99))
    plan, rows = _plan(FolderSource(root), survey, confined)
    planned = {row.name for row in rows.values() if row.state is RowState.PLANNED}
    assert planned == {*names.values(), "deep.pdf"}
    assert plan.passed == {"BadName": 2}
    write_csv(survey, tmp_path / "plan.csv", "vi")
    text = (tmp_path / "plan.csv").read_text(encoding="utf-8-sig")
    assert "\u202e" not in text
    assert len(list(csv.reader(text.splitlines()))) == len(rows) + 1


def test_a_folder_that_may_not_be_read_is_reported(
    root: Path, survey: Survey, confined: Confined, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, "HS/a.pdf", pdf())
    put(root, "closed/b.pdf", pdf(2))
    listed = os.listdir

    def closed(path: Path) -> list[str]:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr("pipeline.work.backfill.sources.os.listdir", closed)
    plan, _ = _plan(FolderSource(root), survey, confined)
    assert (plan.files, plan.passed) == (1, {"NotFound": 1})


def test_a_file_still_being_copied_is_seen_again_when_it_is_whole(
    root: Path, survey: Survey, confined: Confined
) -> None:
    path = put(root, "HS/a.pdf", pdf(9)[:-200])
    assert _plan(FolderSource(root), survey, confined)[0].unreadable == {"Damaged": 1}
    path.write_bytes(pdf(9))
    assert _plan(FolderSource(root), survey, confined)[0].pages == 9


def test_many_files_and_many_folders(root: Path, survey: Survey, confined: Confined) -> None:
    for number in range(1500):
        put(root, f"one/{number}.tif", numbered(tiff(), number))
        (root / f"many-{number}").mkdir()
    plan, rows = _plan(FolderSource(root), survey, confined)
    assert (plan.files, plan.dossiers, plan.passed) == (1500, 1, {"EmptyFolder": 1500})
    assert [row.name for row in rows.values() if row.code][:12][-2:] == ["10.tif", "11.tif"]


def test_a_file_that_brings_its_reader_down_costs_only_itself(
    root: Path, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.work.backfill import deadly

    for number in range(6):
        put(root, f"HS/{number}.pdf", numbered(pdf(), number))
    put(root, "HS/deadly.pdf", pdf(2))
    monkeypatch.setattr("pipeline.work.backfill.planning.look", deadly.look)
    with Confined(2) as confined:
        plan, rows = _plan(FolderSource(root), survey, confined)
    assert (plan.files, plan.unreadable) == (6, {"TooMuchMemory": 1})
    assert rows["HS/deadly.pdf"].state is RowState.UNREADABLE
    with Confined(1) as confined:  # it is looked at again
        monkeypatch.undo()
        assert _plan(FolderSource(root), survey, confined)[0].files == 7


def test_a_damaged_survey_is_begun_anew(root: Path, confined: Confined, tmp_path: Path) -> None:
    put(root, "HS/a.pdf", pdf())
    path = tmp_path / "survey.db"
    for damage in (b"not a database" * 100, b""):
        path.write_bytes(damage)
        with Survey(path) as survey:
            assert _plan(FolderSource(root), survey, confined)[0].files == 1


# -- spreadsheets ---------------------------------------------------------------------------------------------------


def test_a_list_names_files_in_many_ways(root: Path, survey: Survey, confined: Confined) -> None:
    put(root, "quét/a.pdf", pdf(1))
    put(root, unicodedata.normalize("NFD", "quét/đã ký.pdf"), pdf(2))
    put(root, "quét/b;c.pdf", pdf(3))
    put(root, "quét/d.pdf", pdf(4))
    put(root, "hs5/e.pdf", pdf(5))
    put(root, "hs5/f.pdf", pdf(6))
    rows = [
        ["Mã hồ sơ", "Đường dẫn", "CCCD", "Hộp", "Mã thủ tục", "Kind"],
        ["HS-1", "quét\\a.pdf", "001090000001", 1.0, "2.000001", "Kết quả"],
        ["HS-1", unicodedata.normalize("NFC", "quét/đã ký.pdf"), 1090000001.0, 1.0, None, None],
        ["HS-3", "quét/b;c.pdf", 90000000001.0, 2.0, None, None],
        ["HS-4", "quét/d.pdf; quét/none.pdf", None, 2.0, None, None],
        ["HS-5", "hs5", None, 3.0, None, None],
    ]
    plan, found = _listed(workbook(root / "list.xlsx", rows), survey, confined)
    assert (plan.files, plan.pages, plan.dossiers) == (6, 21, 4)
    first = found["quét/a.pdf"]
    assert (first.owner, first.procedure, first.kind, first.box) == ("001090000001", "2.000001", "result", "1")
    assert plan.passed == {"NotFound": 1}
    assert plan.notes == {"OwnerDoubtful": 1}
    assert found["quét/b;c.pdf"].owner == ""
    assert plan.doubled == 1  # two procedures


def test_rows_that_cannot_be_followed_are_reported(
    root: Path, survey: Survey, confined: Confined, tmp_path: Path
) -> None:
    put(root, "a.pdf", pdf(1))
    put(root, "b.pdf", pdf(2))
    outside = put(tmp_path, "outside/x.pdf", pdf(7))
    (root / "way").symlink_to(outside.parent)
    lines = [
        "Mã hồ sơ,Đường dẫn",
        "A,a.pdf",
        "A,a.pdf",
        "B,a.pdf",
        "1.5E+12,b.pdf",
        ",b.pdf",
        "C,",
        "C,../outside/x.pdf",
        f"C,{outside}",
        "C,way/x.pdf",
        "C,none.pdf",
        "C,a\0b.pdf",
    ]
    path = root / "list.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(PlanRefused):
        _listed(path, survey, confined)  # a NUL among the first lines: no text
    path.write_text("\n".join(lines[:-1]) + "\nD,.\n", encoding="utf-8")
    plan, _ = _listed(path, survey, confined)
    assert plan.files == 2  # a.pdf, and b.pdf by the folder of the last row
    assert plan.passed["Again"] == 3
    assert plan.passed["Outside"] == 2
    assert {"BadValue", "NoCode", "EmptyCell", "NotFound"} <= set(plan.passed)


def test_a_list_in_an_old_encoding_finds_its_files(root: Path, survey: Survey, confined: Confined) -> None:
    put(root, "Giấy khai sinh.pdf", pdf(1))
    from tests.work.backfill.test_encodings import _tcvn3, _windows_1258

    text = "Mã hồ sơ;Đường dẫn;Hộp\r\nHồ sơ số 1;Giấy khai sinh.pdf;Hộp một\r\n"
    for coded in (_windows_1258(text), _tcvn3(text), text.encode("utf-16")):
        (root / "list.csv").write_bytes(coded)
        plan, rows = _listed(root / "list.csv", survey, confined)
        assert (plan.files, rows["Giấy khai sinh.pdf"].code) == (1, "Hồ sơ số 1")


def test_sources_that_are_none_are_refused(root: Path, confined: Confined) -> None:
    def opened(source: str) -> Source:
        return opening.open_source(opening.order(source, "", COLUMNS), None, confined, root)  # type: ignore[arg-type]

    with pytest.raises(NotFound):
        opened(str(root / "none"))
    with pytest.raises(PlanRefused):
        opened(str(put(root, "a.docx", b"x")))
    bare = replace(opening.order(str(root), "", Columns()))
    with pytest.raises(PlanRefused, match="--procedure"):
        opening.check_procedure(bare, FolderSource(root))
