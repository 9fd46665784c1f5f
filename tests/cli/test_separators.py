"""``sohoa separators print`` and ``sohoa cut`` as a clerk meets them."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from pipeline.errors import ConfigError, CutRefused, UnknownRecord
from pipeline.work.journal import Journal
from tests.classify.paper import act, centred, page, running, stacked
from tests.fixtures.office import Installation, begin
from tests.work.stacks import lay


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return begin(tmp_path_factory.mktemp("office"))


@pytest.mark.parametrize("kind", ["patch-t", "both"])
def test_sheets_are_printed(office: Installation, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "tờ.pdf"
    said = office.sohoa("separators", "print", "-o", path, "--kind", kind, "--count", 2, "--text", "Đất đai").stdout
    assert "2 tờ phân cách" in said
    with pikepdf.open(path) as made:
        assert len(made.pages) == 2


def test_there_is_no_sheet_without_a_text_that_is_recognised(office: Installation, tmp_path: Path) -> None:
    office.configure("quality:", "splitting:\n  separators: []\nquality:")
    try:
        office.sohoa("separators", "print", "-o", tmp_path / "a.pdf", status=ConfigError.exit_code)
    finally:
        office.configure("splitting:\n  separators: []\nquality:", "quality:")


@pytest.fixture
def stack(office: Installation) -> str:
    """Id of a document of a stack whose second page may be a paper of its own."""
    journal = Journal(office.folder / "var" / "work")
    doubtful = page([centred("DANH SÁCH HỘ GIA ĐÌNH", 200), *stacked(["Nguyễn Thử", "Trần Nghiệm"], 240, 400)])
    _, documents = lay(journal, (act(), doubtful, act(), running(2)))
    return documents[1].id


def test_a_stack_is_shown_with_its_doubts_and_cut_anew(office: Installation, stack: str) -> None:
    assert [each["pages"] for each in office.json("cut", stack)] == [[1, 2], [3, 4]]
    assert "chưa chắc" in office.sohoa("cut", stack[:8]).stdout
    assert "not sure" in office.sohoa("--lang", "en", "cut", stack).stdout
    done = office.json("cut", stack, "1", "2", "3-4", "--editor", "Lý Thử")
    assert [each["pages"] for each in done] == [[1], [2], [3, 4]]
    assert "chưa chắc" not in office.sohoa("cut", stack).stdout
    joined = office.json("cut", stack, "1,3-4", "2")
    assert [each["pages"] for each in joined] == [[1, 3, 4], [2]]
    office.sohoa("cut", stack, status=UnknownRecord.exit_code)


@pytest.mark.parametrize("words", [("1-", "0"), ("3-1",), ("1-999999999",)])
def test_pages_that_are_none_are_a_wrong_command_line(office: Installation, stack: str, words: tuple[str, ...]) -> None:
    assert "1-3" in office.sohoa("cut", stack, *words, status=2).stderr


@pytest.mark.parametrize("words", [("1-3",), ("1-4", "4")])
def test_every_page_has_to_be_given_once(office: Installation, stack: str, words: tuple[str, ...]) -> None:
    office.sohoa("cut", stack, *words, status=CutRefused.exit_code)
    assert [each["pages"] for each in office.json("cut", stack)] == [[1, 2], [3, 4]]
