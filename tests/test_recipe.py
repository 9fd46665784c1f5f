"""The procedure: what is noticed about a scan reaches the document, and stops it where that was configured."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pipeline import capture, recipe
from pipeline.classify import Knowledge
from pipeline.dossier import Capture, Coding, Dossier, Page, PageReading, Severity, Word
from pipeline.errors import Refused
from pipeline.ocr import Desk, open_desk
from pipeline.settings import Quality, Settings, bundled_folder, load
from samples import draw_paper, files
from samples import scan as scanned
from tests.fixtures.office import Installation
from tests.ocr.drawing import BODY, HEAD_RIGHT, decision, font, note

Read = list[tuple[Page, PageReading]]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(bundled_folder())


@pytest.fixture(scope="module")
def desk(settings: Settings) -> Desk:
    return open_desk(settings.site.reading, settings.site.limits)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, desk: Desk, settings: Settings) -> tuple[Capture, Read]:
    """One sheet scanned three times: well, out of focus, and upside down at a low resolution."""
    folder, limits = tmp_path_factory.mktemp("source"), settings.site.limits
    page = draw_paper("thong_bao", 6).pages[0]
    path = folder / "a.pdf"
    files.write_pdf(path, [scanned(page, names, 6) for names in (["tint"], ["blur"], ["rot180", "low_res"])])
    taken = capture.take(path, folder, limits)
    return taken, [recipe.read_page(page, desk, limits) for page in taken.pages]


def found(source: tuple[Capture, Read], settings: Settings) -> list[dict[tuple[str, str], Severity]]:
    """Rule and place of the findings of each document, with their weights."""
    cut = recipe.documents(*source, Dossier("", ""), Knowledge(settings))
    return [{(each.rule, each.where): each.severity for each in document.findings} for document in cut]


def test_what_was_noticed_is_with_the_document_of_the_page(source: tuple[Capture, Read], settings: Settings) -> None:
    first, second, third = found(source, settings)
    assert first == {}
    assert second.keys() >= {("blurred", "page 2"), ("page_twice", "page 2")}
    assert third.keys() >= {("low_resolution", "page 3"), ("page_twice", "page 3")}
    assert {where for _, where in second} == {"page 2"}
    assert {where for _, where in third} == {"page 3"}


def test_findings_weigh_what_is_configured(source: tuple[Capture, Read], settings: Settings) -> None:
    quality = Quality(blurred="block", page_twice="off", low_resolution="info")
    site = settings.site.model_copy(update={"quality": quality})
    _, second, third = found(source, settings.model_copy(update={"site": site}))
    assert second[("blurred", "page 2")] is Severity.BLOCK
    assert third[("low_resolution", "page 3")] is Severity.INFO
    assert not {rule for rule, _ in (*second, *third)} & {"page_twice"}


def test_a_blank_page_is_told_once(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "a.png"
    Image.new("RGB", (1654, 2339), (250, 249, 246)).save(path, dpi=(200, 200))
    (page,) = capture.take(path, tmp_path, settings.site.limits).pages
    _, reading = recipe.read_page(page, desk, settings.site.limits)
    assert [each.rule for each in reading.findings] == ["blank_page"]


@pytest.mark.parametrize(("dpi", "low"), [(200, True), (300, False)])
def test_300_dpi_are_asked_of_an_extract_of_a_map(
    desk: Desk, settings: Settings, tmp_path: Path, dpi: int, low: bool
) -> None:
    rows = ["Số thứ tự thửa đất: 125; Tờ bản đồ số: 12, phường Thí Điểm", "Diện tích: 250,5 m2"]
    image = note([HEAD_RIGHT[0], "TRÍCH LỤC BẢN ĐỒ ĐỊA CHÍNH", *rows], (1654, 2339))
    image.resize((1654 * dpi // 200, 2339 * dpi // 200)).save(tmp_path / "a.png", dpi=(dpi, dpi))
    (tmp_path / "work").mkdir()
    taken = capture.take(tmp_path / "a.png", tmp_path / "work", settings.site.limits)
    read = [recipe.read_page(page, desk, settings.site.limits) for page in taken.pages]
    (document,) = recipe.documents(taken, read, Dossier("", ""), Knowledge(settings))
    assert document.extraction.type == "trich_luc_ban_do_dia_chinh"
    assert ("low_resolution" in {each.rule for each in document.findings}) is low


FALSE = "Kính gửi ông Lý Thử Nghiệm, trú tại phường Thí Điểm;"


@pytest.fixture
def born_digital(tmp_path: Path) -> Callable[..., Page]:
    """``born_digital(words, turn=0)``: a drawn decision as page of a PDF, with those words in its text layer."""

    def make(words: tuple[Word, ...], turn: int = 0) -> Page:
        image = decision().rotate(turn, expand=True)
        image.save(tmp_path / "page.png")
        return Page(1, tmp_path / "page.png", Coding.VECTOR, *image.size, 200, 200, printed=words)

    return make


def layer(rows: Sequence[str]) -> tuple[Word, ...]:
    """The words of ``rows`` where the body of the decision stands."""
    words = []
    for row, text in enumerate(rows):
        x = 240.0 + (90 if row == 0 else 0)
        for part in text.split():
            right = x + font(39).getlength(part)
            words.append(Word(part, (x, 500.0 + 60 * row, right, 548.0 + 60 * row), 1.0))
            x = right + font(39).getlength(" ")
    return tuple(words)


def test_a_true_text_layer_is_believed(desk: Desk, settings: Settings, born_digital: Callable[..., Page]) -> None:
    page, reading = recipe.read_page(born_digital(layer(BODY)), desk, settings.site.limits)
    assert (reading.mode, reading.findings) == ("text-layer", ())
    assert page.printed == layer(BODY)


@pytest.mark.parametrize("turn", [0, 180])
def test_a_false_text_layer_is_dropped_and_the_page_measured_and_read_like_a_scan(
    desk: Desk, settings: Settings, born_digital: Callable[..., Page], turn: int
) -> None:
    page, reading = recipe.read_page(born_digital(layer([FALSE] * 4), turn), desk, settings.site.limits)
    assert (page.printed, page.rotation, reading.rotation) == ((), turn, turn)
    assert reading.mode == "lines"
    assert BODY[0] in reading.text
    assert [each.rule for each in reading.findings] == ["text_layer_bad"]


def test_a_scan_that_blocks_is_parked_until_a_reason_is_given(installation: Installation, paper) -> None:
    blurred = paper("cong_van", 61, "blur")
    installation.configure("  blurred: warning", "  blurred: block")
    try:
        said = installation.run(blurred, "--accept", status=Refused.exit_code)
        (document,) = said["documents"]
        assert document["state"] == "parked"
        assert "trang 1" in document["reason"]
        (stored,) = installation.run(blurred, "--accept", "--override", "bản gốc đã mờ")["documents"]
        assert stored["state"] == "stored"
        assert "blurred" in {each["rule"] for each in installation.json("show", stored["id"])["findings"]}
    finally:
        installation.configure("  blurred: block", "  blurred: warning")
