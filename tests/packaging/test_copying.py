"""Copies for handing out: same pages, marked and signed, linked to their record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Name

from pipeline.dossier import Coding, Finding
from pipeline.errors import BadValue, RecordInvalid
from pipeline.packaging import Expected, check, verify
from pipeline.packaging.pdfa.rendering import stamp_boxes
from pipeline.packaging.signing.copying import COPY_FIELD, CopySource, chosen_pages, copied_from, copy_record, said
from pipeline.programs import run
from tests.packaging import drawing
from tests.packaging.conftest import AGENCY, Desk, Made

ID = "ab3" * 7
SHA256 = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def long(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of four pages, each of its own coding."""
    folder = tmp_path_factory.mktemp("long")
    details = [{}, {"mode": "1", "coding": Coding.G4}, {"rotation": 90}, {"coding": Coding.LOSSLESS}]
    pages, readings = [], []
    for number, detail in enumerate(details, 1):
        picture, lines = drawing.draw(
            drawing.pixels(drawing.A4_MM, (100, 100)), texts=[f"Trang {number}", *drawing.TEXT]
        )
        pages.append(drawing.save(picture, folder, number=number, dpi=(100, 100), **detail))  # type: ignore[arg-type]
        readings.append(drawing.reading(pages[-1], lines))
    sealed, _ = desk.seal(desk.sign(desk.package(drawing.document(pages, readings), folder))[0])
    return sealed


def make(
    desk: Desk, record: Path, out: Path, form: str = "sao_y", pages: tuple[int, ...] | None = None, number: str = ""
) -> tuple[Finding, ...]:
    return copy_record(
        record,
        out,
        desk.legal.copies.forms[form],
        source=CopySource(ID, "H00.01-260305-0001.KQ1", SHA256),
        pages=pages,
        key=desk.agency,
        agency=AGENCY,
        legal=desk.legal,
        when=desk.when,
        keys=desk.keys,
        number=number,
    )


def test_a_copy_is_signed_and_says_of_what_record_it_is(desk: Desk, made: Made, tmp_path: Path) -> None:
    out = tmp_path / "copy.pdf"
    assert make(desk, made.sealed, out, number="01/SY-UBND") == ()
    assert check(out) == []
    assert verify(out, desk.keys.trust, Expected(fields=(COPY_FIELD,))).ok
    assert copied_from(out) == CopySource(ID, "H00.01-260305-0001.KQ1", SHA256, "SAO Y", (1,))
    assert copied_from(made.sealed) is None
    with pikepdf.open(out) as opened, opened.open_metadata() as meta, pikepdf.open(made.sealed) as record:
        with record.open_metadata() as original:
            assert meta["dc:title"] == original["dc:title"]
        assert meta["dc:description"].startswith("SAO Y 01/SY-UBND")
        assert "/AcroForm" in opened.Root
        assert len(opened.pages[0].Annots) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.pdf"]


def test_the_stamp_names_form_number_agency_and_time(desk: Desk, made: Made, tmp_path: Path) -> None:
    """Form of copy, agency, time of signing by ISO 8601 with Vietnam's offset (Decree 30/2020, App. I part II)."""
    out = tmp_path / "copy.pdf"
    make(desk, made.sealed, out, number="01/SY-UBND")
    with pdfium.PdfDocument(out) as shown:
        shown.init_forms()
        page = shown[0]
        ((x0, y0, x1, y1),) = stamp_boxes(page)
        picture = np.asarray(page.render(scale=2, may_draw_forms=True).to_pil().convert("L"))
        plain = np.asarray(page.render(scale=2, may_draw_forms=False, draw_annots=False).to_pil().convert("L"))
        height = page.get_height()
    assert x0 > 595 / 2
    assert y1 > 842 * 0.67
    area = slice(round(2 * (height - y1)), round(2 * (height - y0))), slice(round(2 * x0), round(2 * x1))
    assert plain[area].min() > 200, "the stamp covers something"
    assert (picture[area] < 128).mean() > 0.02
    text = run(["pdftotext", "-raw", out, "-"], name="copy", seconds=30).decode()
    time = (desk.when + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%S+07:00")
    lines = ["SAO Y", "Số: 01/SY-UBND", AGENCY, f"Thời gian ký: {time}", desk.legal.demo_mark]
    assert "\n".join(lines) in text


def test_pages_are_the_same_streams_with_the_stamps_in_them(desk: Desk, long: Path, tmp_path: Path) -> None:
    out = tmp_path / "copy.pdf"
    make(desk, long, out)
    with pikepdf.open(long) as record, pikepdf.open(out) as copy:
        assert len(copy.pages) == len(record.pages) == 4
        for source, target in zip(record.pages, copy.pages, strict=True):
            form = target.Resources.XObject["/P0"]
            assert form.Resources.XObject["/P0"].read_raw_bytes() == source.Resources.XObject["/P0"].read_raw_bytes()
            assert source.Contents.read_bytes() in form.read_bytes()
            assert list(target.MediaBox) == list(source.MediaBox)
        assert "/AcroForm" in record.Root
    text = run(["pdftotext", "-f", "1", "-l", "1", out, "-"], name="copy", seconds=30).decode()
    assert desk.officer.name in text
    assert desk.legal.form_of_copy in text


def test_an_extract_holds_the_pages_asked_for_in_their_order(desk: Desk, long: Path, tmp_path: Path) -> None:
    out = tmp_path / "extract.pdf"
    make(desk, long, out, "trich_sao", (2, 4), "03/TrS-UBND")
    assert verify(out, desk.keys.trust, Expected(fields=(COPY_FIELD,))).ok
    source = copied_from(out)
    assert source is not None
    assert (source.form, source.pages) == ("TRÍCH SAO", (2, 4))
    shown = [
        run(["pdftotext", "-f", str(page), "-l", str(page), out, "-"], name="copy", seconds=30).decode()
        for page in (1, 2)
    ]
    assert "Trang 2" in shown[0]
    assert "Trang 4" in shown[1]
    with pikepdf.open(out) as opened, opened.open_metadata() as meta:
        assert "trang 2,4" in meta["dc:description"]


@pytest.mark.parametrize(
    ("form", "pages", "number"),
    [
        ("trich_sao", None, ""),
        ("trich_sao", (), ""),
        ("trich_sao", (1, 2, 3, 4), ""),
        ("trich_sao", (4, 2), ""),
        ("trich_sao", (2, 5), ""),
        ("trich_sao", (0, 1), ""),
        ("sao_y", (1, 2), ""),
        ("sao_y", None, "01/SL-UBND"),
        ("sao_luc", None, "số một"),
    ],
)
def test_what_the_form_does_not_allow_is_refused(
    desk: Desk, long: Path, tmp_path: Path, form: str, pages: tuple[int, ...] | None, number: str
) -> None:
    with pytest.raises(BadValue):
        make(desk, long, tmp_path / "copy.pdf", form, pages, number)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_does_not_look_like_its_record_is_not_made(
    desk: Desk, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stamps of the record lost on the way: the comparison of the pictures notices it."""
    monkeypatch.setattr(pikepdf.Pdf, "flatten_annotations", lambda *_: None)
    with pytest.raises(RecordInvalid):
        make(desk, made.sealed, tmp_path / "copy.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_code_that_holds_a_personal_number_is_not_written(desk: Desk, made: Made, tmp_path: Path) -> None:
    out = tmp_path / "copy.pdf"
    copy_record(
        made.sealed, out, desk.legal.copies.forms["sao_y"], source=CopySource(ID, "001200000017.KQ.1", SHA256),
        pages=None, key=desk.agency, agency=AGENCY, legal=desk.legal, when=desk.when, keys=desk.keys,
    )  # fmt: skip
    assert b"001200000017" not in out.read_bytes()
    found = copied_from(out)
    assert found is not None
    assert found == replace(found, id=ID, code="")


@pytest.mark.parametrize(
    "link",
    [
        "", "sohoa:", f"sohoa:{ID}", f"http:{ID}?sha256={SHA256}&pages=1", f"sohoa:{ID}?sha256=12&pages=1",
        f"sohoa:{ID}?sha256={SHA256}&pages=0", f"sohoa:../../{ID}?sha256={SHA256}&pages=1",
        f"sohoa:{ID}?sha256={SHA256}&pages=1-999999999", f"sohoa://[{ID}?sha256={SHA256}&pages=1",
    ],
)  # fmt: skip
def test_a_link_that_is_none_is_not_taken_for_one(tmp_path: Path, link: str) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        with pdf.open_metadata() as meta:
            meta["dc:source"] = link
        pdf.save(tmp_path / "a.pdf")
    assert copied_from(tmp_path / "a.pdf") is None


@pytest.mark.parametrize("packet", [b"", b"<x", b"<?xpacket?>" + b"<a>" * 5000, b"\x00" * (1 << 21)])
def test_metadata_of_any_kind_do_no_harm(tmp_path: Path, packet: bytes) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Metadata = pdf.make_indirect(pikepdf.Stream(pdf, packet, Type=Name.Metadata, Subtype=Name.XML))
        pdf.save(tmp_path / "a.pdf", compress_streams=packet[:1] == b"\x00")
    assert copied_from(tmp_path / "a.pdf") is None
    (tmp_path / "b.pdf").write_bytes(packet)
    assert copied_from(tmp_path / "b.pdf") is None


@given(st.sets(st.integers(1, 60), min_size=1))
def test_pages_are_written_and_read_alike(pages: set[int]) -> None:
    assert chosen_pages(said(sorted(pages))) == tuple(sorted(pages))


@pytest.mark.parametrize("text", ["", "0", "3-1", "1;2", "a", "1-", "1,,2", "1-9999999"])
def test_pages_written_wrongly_are_refused(text: str) -> None:
    with pytest.raises(BadValue):
        chosen_pages(text)
