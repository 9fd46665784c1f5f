"""What the law asks of a scan, and what findings weigh."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.capture import inspect
from pipeline.capture.facts import is_paper
from pipeline.dossier import Coding, Finding, Line, Page, PageReading, Severity, Text, Word
from pipeline.errors import ConfigError
from pipeline.settings import Legal, Quality, Settings, bundled_folder, load


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(bundled_folder())


@pytest.fixture(scope="module")
def legal(settings: Settings) -> Legal:
    return settings.legal


def page_of(
    folder: Path, number: int = 1, dpi: float = 300, mode: str = "RGB", mm: tuple[int, int] = (210, 297)
) -> Page:
    """A page of paper of ``mm`` (width, height) at that resolution."""
    size = round(mm[0] / 25.4 * dpi), round(mm[1] / 25.4 * dpi)
    path = folder / f"page-{number}.{'tif' if mode == '1' else 'png'}"
    Image.new(mode, size, 255 if mode != "RGB" else "white").save(path)
    return Page(number, path, Coding.G4 if mode == "1" else Coding.LOSSLESS, *size, dpi, dpi)


def reading_of(number: int, *rules: str, printed: str = "") -> PageReading:
    box = (1200.0, 150.0, 1240.0, 190.0)
    lines = (Line((Word(printed, box, 0.97, True),), box),) if printed else ()
    findings = tuple(Finding(rule, f"page {number}", Text(rule, rule)) for rule in rules)
    return PageReading(number, 2480, 3508, 300, 0, 0, lines, findings=findings)


def rules(page: Page, legal: Legal, kind: str = "", settings: Settings | None = None, *noticed: Finding) -> list[str]:
    type_ = settings.type(kind) if settings and kind else None
    return [found.rule for found in inspect([page], [reading_of(page.number)], noticed, type_, legal, Quality())]


@pytest.mark.parametrize(("dpi", "want"), [(300, []), (200, []), (199.6, []), (150, ["low_resolution"])])
def test_resolution(tmp_path: Path, legal: Legal, dpi: float, want: list[str]) -> None:
    assert rules(page_of(tmp_path, dpi=dpi), legal) == want


def test_more_is_asked_of_maps(tmp_path: Path, legal: Legal, settings: Settings) -> None:
    page = page_of(tmp_path, dpi=250)
    assert rules(page, legal, "cong_van", settings) == []
    archive_type = settings.type("cong_van").archive_type
    maps = legal.model_copy(update={"map_archive_types": (archive_type,)})
    assert rules(page, maps, "cong_van", settings) == ["low_resolution"]
    assert rules(page, maps) == []


@pytest.mark.parametrize(("mode", "want"), [("RGB", []), ("L", ["not_colour"]), ("1", ["not_colour"])])
def test_colour(tmp_path: Path, legal: Legal, mode: str, want: list[str]) -> None:
    page = page_of(tmp_path, mode=mode)
    assert rules(page, legal) == want
    assert rules(page, legal.model_copy(update={"min_bits": 1})) == []
    assert rules(replace(page, coding=Coding.VECTOR), legal) == []


@pytest.mark.parametrize(
    ("mm", "want"),
    [((210, 297), []), ((297, 210), []), ((216, 297), []), ((297, 420), []), ((148, 210), []), ((86, 54), []),
     ((190, 265), []), ((216, 279), ["paper_size"]), ((210, 330), ["paper_size"]), ((120, 150), ["paper_size"])],
)  # fmt: skip
def test_paper(tmp_path: Path, legal: Legal, mm: tuple[int, int], want: list[str]) -> None:
    page = page_of(tmp_path, mm=mm, dpi=200)
    assert rules(page, legal) == want
    guess = Finding("dpi_guessed", "page 1", Text("đoán", "guessed"))
    assert "paper_size" not in rules(page, legal, "", None, guess)


@given(st.floats(50, 1300), st.floats(50, 1300))
def test_a_paper_lies_either_way_round(width: float, height: float) -> None:
    papers = [(210.0, 297.0), (420.0, 297.0)]
    assert is_paper((width, height), papers) == is_paper((height, width), papers)
    assert is_paper((width, height), [(width, height)])


# -- findings of one document, weighed --------------------------------------------------------------------------


def test_a_document_has_the_findings_of_its_own_pages(tmp_path: Path, legal: Legal) -> None:
    pages = [page_of(tmp_path, number) for number in (2, 3)]
    noticed = [Finding("page_twice", f"page {n}", Text("", "")) for n in (1, 3)] + [
        Finding("pdf_mended", "file", Text("", ""))
    ]
    read = [reading_of(2, "blurred"), reading_of(3, "no_text")]
    found = inspect(pages, read, noticed, None, legal, Quality())
    assert [(each.rule, each.where) for each in found] == [
        ("page_twice", "page 3"),
        ("pdf_mended", "file"),
        ("blurred", "page 2"),
        ("no_text", "page 3"),
    ]


def test_a_page_captured_twice_does_not_count_in_the_numbering(tmp_path: Path, legal: Legal) -> None:
    pages = [page_of(tmp_path, number) for number in (1, 2, 3)]
    read = [reading_of(1), reading_of(2, printed="2"), reading_of(3, printed="2")]
    assert [f.rule for f in inspect(pages, read, (), None, legal, Quality())] == ["page_number_twice"]
    again = Finding("page_twice", "page 3", Text("", ""))
    assert [f.rule for f in inspect(pages, read, [again], None, legal, Quality())] == ["page_twice"]


def test_weights_are_configured(tmp_path: Path, legal: Legal) -> None:
    page = page_of(tmp_path)
    read = [reading_of(1, "blurred", "uneven_light", "no_text", "picture_alpha")]
    quality = Quality(blurred="block", uneven_light="off", no_text="info")
    found = {each.rule: each.severity for each in inspect([page], read, (), None, legal, quality)}
    assert found == {"blurred": Severity.BLOCK, "no_text": Severity.INFO, "picture_alpha": Severity.WARNING}


def configured(tmp_path: Path, old: str, new: str) -> Settings:
    folder = shutil.copytree(bundled_folder(), tmp_path / "config")
    path = folder / "site.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load(folder)


def test_off_is_written_bare(tmp_path: Path) -> None:
    assert configured(tmp_path, "  blurred: warning", "  blurred: off").site.quality.blurred == "off"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  blurred: warning", "  blured: warning", "'blurred'"),
        ("  cut_edge: warning", "  cut_edge: maybe", "cut_edge"),
    ],
)
def test_an_unknown_rule_or_weight_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, old, new)
    assert says in caught.value.text.en
