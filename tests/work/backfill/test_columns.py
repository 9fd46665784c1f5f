"""What columns.yaml says of folders, names and columns."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Kind
from pipeline.errors import BadValue, ConfigError, PlanRefused
from pipeline.work.backfill.columns import Columns, Given, as_code, as_owner, compile_template, find_headings
from pipeline.work.backfill.opening import read_columns

_PIECES = st.text(alphabet=st.characters(blacklist_characters="/\0_", blacklist_categories=("Cs",)), min_size=1)


def _columns(tmp_path: Path, text: str) -> Columns:
    path = tmp_path / "columns.yaml"
    path.write_text(text, encoding="utf-8")
    return read_columns(path)


@pytest.mark.parametrize(
    ("template", "path", "said"),
    [
        ("{box}/{code}/*", "Hộp 1/HS-01/a.pdf", {"box": "Hộp 1", "code": "HS-01"}),
        ("Hộp {box}/{code}/**", "hộp 1/HS-01/trang/a.pdf", {"box": "1", "code": "HS-01"}),
        ("**/{code}_{owner}.*", "a/b/HS-01_001090000001.pdf", {"code": "HS-01", "owner": "001090000001"}),
        ("{_} - {code}/{kind}/*", "Nguyễn A - HS-01/Kết quả/x.tif", {"code": "HS-01", "kind": "Kết quả"}),
        ("{code}.pdf", unicodedata.normalize("NFD", "Hồ sơ 1.pdf"), {"code": "Hồ sơ 1"}),
    ],
)
def test_templates_take_paths_apart(template: str, path: str, said: dict[str, str]) -> None:
    found = Columns(paths=(template,)).from_path(path)
    assert {name: getattr(found, name) for name in said} == said


@given(_PIECES, _PIECES, _PIECES)
def test_what_a_template_puts_together_it_takes_apart(box: str, code: str, owner: str) -> None:
    box, code, owner = (unicodedata.normalize("NFC", piece).strip() for piece in (box, code, owner))
    if not all(piece and "_" not in piece for piece in (box, code, owner)):
        return
    found = Columns(paths=("{box}/{code}_{owner}/*",)).from_path(f"{box}/{code}_{owner}/a.pdf")
    expected = Columns().from_path(f"{box}/{code}/a.pdf")
    assert (found.box, found.code, found.owner) == (expected.box, expected.code, found.owner)
    assert found.owner


@given(st.text(max_size=60))
def test_any_text_is_a_template_or_refused(text: str) -> None:
    try:
        compile_template(text)
    except ValueError as error:
        assert "{" in str(error)


def test_without_a_template_the_folder_is_the_dossier() -> None:
    assert Columns().from_path("HS-01/a.pdf").code == "HS-01"
    assert Columns().from_path("x/Hộp 2/HS-01/a.pdf").box == "Hộp 2"
    assert Columns().from_path("a.pdf") == Given()


def test_regular_expressions_are_tried_after_templates(tmp_path: Path) -> None:
    columns = _columns(tmp_path, "paths: ['{code}/x.pdf']\nexpressions: ['(?P<box>[0-9]+)-(?P<code>.+)[.]pdf']\n")
    assert columns.from_path("12-HS/1.pdf") == Given(code="HS/1", box="12", place="12-HS/1.pdf")
    assert columns.from_path("HS/x.pdf").code == "HS"


def test_an_expression_that_takes_for_ever_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.work.backfill.columns._REGEX_SECONDS", 0.05)
    columns = Columns(expressions=(r"(?P<code>(a|aa|aaa)+)\2?[0-9]b",))
    with pytest.raises(PlanRefused):
        columns.from_path("a" * 200)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("colums: {}\n", 1, "columns"),
        ("columns:\n  path: Tệp\n  cod: Mã\n", 3, "code"),
        ("kinds: {}\npaths:\n  - '{box}/{cod}/*'\n", 3, "code"),
        ("paths: ['{code}/{code}']\n", 1, "× 2"),
        ("expressions: ['(']\n", 1, "expression"),
        ("separator: x\n", 1, "separator"),
        ("paths: [\n", 2, "YAML"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _columns(tmp_path, text)
    assert caught.value.details["line"] == line
    assert said in str(caught.value)


def test_headings_are_known_however_they_are_written() -> None:
    row = ["STT", "MÃ HỒ SƠ", "Số CCCD/CMND", "Đường dẫn file", "Hộp số", "Ghi chú"]
    assert find_headings(row, Columns()) == {"path": 3, "code": 1, "owner": 2, "box": 4}
    assert find_headings(["Sổ đăng ký", ""], Columns()) is None


def test_kinds_are_told_in_the_words_of_the_archive() -> None:
    columns = Columns(kinds={"KQ": Kind.RESULT}, kind=Kind.COMPONENT)
    assert columns.as_kind("kq", "a") is Kind.RESULT
    assert columns.as_kind("Kết quả giải quyết", "a") is Kind.RESULT
    assert columns.as_kind("", "a") is Kind.COMPONENT
    with pytest.raises(BadValue):
        columns.as_kind("khác", "a")


def test_what_a_spreadsheet_spoilt_is_not_believed() -> None:
    assert as_owner("001090000001") == "001090000001"
    assert as_owner("1090000001 ") == "1090000001"
    assert as_owner("01090000001") is None
    assert as_owner("1,09E+09") is None
    assert as_owner("H29.01") == "H29.01"
    assert as_code("  HS\u00a0 01\n", "code") == "HS 01"
    for bad in ("1.2E+15", "x" * 300, "a\u202eb"):
        with pytest.raises(BadValue):
            as_code(bad, "code")
