"""Judgements by spreadsheet: what goes out comes back, whatever a spreadsheet made of it."""

import csv
import unicodedata
from contextlib import suppress
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Text
from pipeline.errors import NotFound, SheetRefused
from pipeline.work.backfill import sheet
from pipeline.work.backfill.sheet import Shown

FIELDS = {
    "so_ky_hieu": Text("Số, ký hiệu", "Number, symbol"),
    "ngay_cap": Text("Ngày cấp", "Date of issue"),
    "ten": Text("Tên", "Name"),
}
ONE = Shown("a" * 20, "x-pdf/a.pdf", "hộp 1", "=giấy\n.pdf", "H00", "Đơn", 2, {"ngay_cap": "2020-01-02", "lop": "9A"})


def _sheet(tmp_path, *rows, heads="giấy tờ,đúng/sai,trường sai,ghi chú"):
    path = tmp_path / "kiem.csv"
    path.write_text("\r\n".join([heads, *rows]), encoding="utf-8")
    return path


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1258"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_goes_out_comes_back(tmp_path, language, encoding, separator):
    path = tmp_path / "kiem.csv"
    sheet.write(path, [ONE, ONE], FIELDS, language)
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(csv.reader(StringIO(path.read_text(encoding="utf-8-sig"))))
    assert rows[1][3] == "'=giấy\\u000a.pdf"
    assert "2020-01-02" in rows[1]
    assert "lop: 9A" in rows[1]
    rows[1][-3:] = ["sai", "Số, ký hiệu; type" if language == "vi" else "Number, symbol, type", "đọc nhầm"]
    out = StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    text = out.getvalue()
    path.write_bytes(_old(text) if encoding == "windows-1258" else text.encode(encoding))
    (found,) = sheet.read(path, lambda _id: FIELDS, "lan")
    assert (found.document, found.right, found.who) == ("a" * 20, False, "lan")
    assert found.fields == ("so_ky_hieu", "type")
    assert found.note == "đọc nhầm"


def _old(text):
    """Windows-1258 of composed text: what it lacks is written as letter and tone."""
    data = b""
    for letter in text:
        try:
            data += letter.encode("windows-1258")
        except UnicodeEncodeError:
            base, *marks = unicodedata.normalize("NFD", letter)
            tones = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
            rest = unicodedata.normalize("NFC", base + "".join(mark for mark in marks if mark not in tones))
            data += (rest + "".join(tones)).encode("windows-1258")
    return data


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("đúng", True),
        ("Đúng", True),
        ("dung", True),
        ("OK", True),
        ("x", None),
        ("sai", False),
        ("SAI", False),
        ("", ""),
    ],
)
def test_words_for_right_and_wrong(tmp_path, said, right):
    path = _sheet(tmp_path, f"{'a' * 20},{said},{'ten' if right is False else ''},")
    if right is None:
        with pytest.raises(SheetRefused):
            sheet.read(path, lambda _id: FIELDS, "lan")
    else:
        assert [one.right for one in sheet.read(path, lambda _id: FIELDS, "lan")] == ([] if right == "" else [right])


@pytest.mark.parametrize(
    "row",
    ["aa,sai,,", "aa,sai,khong_co,", "aa,đúng,ten,", "aa,có lẽ,,", f"aa,sai,ten,{'x' * 2000}"],
)
def test_rows_that_cannot_be_meant_are_told_with_their_numbers(tmp_path, row):
    with pytest.raises(SheetRefused) as refused:
        sheet.read(_sheet(tmp_path, "aa,đúng,,", row), lambda _id: FIELDS, "lan")
    assert "row 3" in refused.value.text.en


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", SheetRefused),
        (b"\n\n\n", SheetRefused),
        (b"name,value\n1,2\n", SheetRefused),
        (b"PK\x03\x04rest", SheetRefused),
        (bytes(range(128, 256)) * 50, SheetRefused),
        (b'document,right/wrong\n"' + b"x" * 300_000, SheetRefused),
        (None, NotFound),
    ],
)
def test_what_is_no_sheet_of_ours_is_refused(tmp_path, data, kind):
    path = tmp_path / "kiem.csv"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(kind):
        sheet.read(path, lambda _id: FIELDS, "lan")


@given(st.binary(max_size=400), st.sampled_from([b"", b"document,right/wrong,wrong fields,note\n"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data, before):
    path = tmp_path_factory.mktemp("sheet") / "kiem.csv"
    path.write_bytes(before + data)
    with suppress(SheetRefused):
        sheet.read(path, lambda _id: FIELDS, "lan")


@given(
    st.lists(st.sampled_from([*FIELDS, *sheet.OTHER_FAULTS]), unique=True),
    st.sampled_from([", ", ";", " ; "]),
    st.booleans(),
)
def test_fields_are_known_by_key_and_by_name(chosen, mark, by_name):
    names = {**FIELDS, **sheet.OTHER_FAULTS}
    said = mark.join(names[key].vi if by_name else key for key in chosen)
    assert sheet.keys(said, FIELDS) == tuple(chosen)


def test_a_note_that_looked_like_a_formula_is_as_it_was(tmp_path):
    (found,) = sheet.read(_sheet(tmp_path, "aa,sai,ten,'-5 ngày"), lambda _id: FIELDS, "lan")
    assert found.note == "-5 ngày"
