"""How text files from archives are encoded."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.work.backfill import encodings

_TEXT = "Mã hồ sơ;Đường dẫn;Số định danh\nHS-01;Hộp số 1/Giấy khai sinh.pdf;Nguyễn Thị Ngọc Ánh, thửa đất đã cấp\n"
_LETTERS = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
_MARKS = {"\u0300": 0xCC, "\u0301": 0xEC, "\u0303": 0xDE, "\u0309": 0xD2, "\u0323": 0xF2}


def _windows_1258(text: str) -> bytes:
    """As Windows writes it: letters with their shape, tones as marks behind."""
    out = b""
    for letter in text:
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in parts if mark in _MARKS)
            out += unicodedata.normalize("NFC", parts.replace(tone, "")).encode("cp1258") + bytes([_MARKS[tone]])
    return out


def _tcvn3(text: str) -> bytes:
    table = {letter: 128 + at for at, letter in enumerate(encodings._TCVN)}
    return bytes(table[letter] if letter in table else ord(letter) for letter in text)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (_TEXT.encode(), "utf-8"),
        (_TEXT.encode("utf-8-sig"), "utf-8"),
        (unicodedata.normalize("NFD", _TEXT).encode(), "utf-8"),
        (_TEXT.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + _TEXT.encode("utf-16-be"), "utf-16-be"),
        (_TEXT.encode("utf-16-le"), "utf-16-le"),
        (_TEXT.encode("utf-16-be"), "utf-16-be"),
        (_windows_1258(_TEXT), "windows-1258"),
        (_tcvn3(_TEXT), "tcvn3"),
    ],
)
def test_every_encoding_of_an_archive_is_recognised(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    assert encodings.detect(path) == name
    assert "".join(encodings.lines(path, name)) == _TEXT


@given(st.text(alphabet=_LETTERS + " ;,\n", max_size=200))
def test_old_encodings_come_back_as_they_were(text: str) -> None:
    assert encodings.decode(_windows_1258(text), "windows-1258") == unicodedata.normalize("NFC", text)
    assert encodings.decode(_tcvn3(text), "tcvn3") == unicodedata.normalize("NFC", text)


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_whatever_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "list.csv"
    path.write_bytes(data)
    try:
        text = "".join(encodings.lines(path, encodings.detect(path)))
    except encodings.UnknownEncoding as error:
        assert "byte" in str(error)
    else:
        assert text == unicodedata.normalize("NFC", text)


def test_a_line_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "_LONGEST", 1000)
    path = tmp_path / "list.csv"
    path.write_bytes(b"x" * 2000)
    with pytest.raises(encodings.UnknownEncoding):
        list(encodings.lines(path, "utf-8"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_only_what_ends_a_line_in_a_file_ends_one(tmp_path: Path, end: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(f"a\u2028b{end}c\x0bd{end}".encode())
    assert list(encodings.lines(path, "utf-8")) == [f"a\u2028b{end}", f"c\x0bd{end}"]
