"""Records as PDF/A-2b, 2u and 3b: valid before and after two signatures and two renewals, each with what it carries."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pytest
from pikepdf import Name

from pipeline.packaging import build, check, compare
from pipeline.packaging.pdfa.attachments import DATA_FILE, NAMESPACE, READING_FILE
from pipeline.packaging.pdfa.conformity import claim
from pipeline.settings import Record
from tests.packaging import drawing
from tests.packaging.conftest import Authority, Desk
from tests.packaging.test_inputs import stamped

FLAVOURS = {"2b": ("2", "B"), "2u": ("2", "U"), "3b": ("3", "B")}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_valid_through_its_life(flavour: str, desk: Desk, authority: Authority, tmp_path: Path) -> None:
    document = drawing.drawn_document(tmp_path)
    record = tmp_path / "record.pdf"
    build(document, record, desk.legal, "Quyết định", Record(flavour=flavour))  # type: ignore[arg-type]
    stages = [record]
    stages.append(desk.sign(record)[0])
    stages.append(desk.seal(stages[-1])[0])
    for number in (1, 2):
        stages.append(stamped(stages[-1], tmp_path / f"renewed-{number}.pdf", authority))
    for stage in stages:
        assert check(stage) == []
        assert compare(stage, document) == []
        with pikepdf.open(stage) as pdf:
            assert claim(pdf) == FLAVOURS[flavour]
            assert ("/AF" in pdf.Root) is (flavour == "3b")


def test_attachments_hold_the_fields_and_the_reading(desk: Desk, tmp_path: Path) -> None:
    document = drawing.drawn_document(tmp_path)
    record = tmp_path / "record.pdf"
    build(document, record, desk.legal, "Quyết định", Record(flavour="3b"))
    with pikepdf.open(record) as pdf:
        files = {name: spec.get_file() for name, spec in pdf.attachments.items()}
        assert {name: file.mime_type for name, file in files.items()} == {
            DATA_FILE: "application/xml",
            READING_FILE: "application/xhtml+xml",
        }
        assert [spec.AFRelationship for spec in pdf.Root.AF] == [Name.Data, Name.Supplement]
        assert all("/ModDate" in spec.EF.F.Params for spec in pdf.Root.AF)
        data, reading = (ElementTree.fromstring(files[name].read_bytes()) for name in (DATA_FILE, READING_FILE))
    assert data.tag == f"{{{NAMESPACE}}}giay_to"
    assert data.get("ma_ho_so") == document.dossier.code
    fields = {item.get("ma"): item.text or "" for item in data}
    assert set(desk.legal.fields) <= set(fields)
    assert fields["so_ky_hieu"] == "15/QĐ-UBND"
    assert document.dossier.owner not in ElementTree.tostring(data, "unicode")
    spans = [item for item in reading.iter("{http://www.w3.org/1999/xhtml}span") if item.get("class") == "ocrx_word"]
    assert [item.text for item in spans] == [word.text for word in document.readings[0].words()]
    assert spans[0].get("title", "").startswith("bbox ")


def test_level_u_is_refused_without_a_map_of_the_letters(desk: Desk, tmp_path: Path) -> None:
    record, broken = tmp_path / "record.pdf", tmp_path / "broken.pdf"
    build(drawing.drawn_document(tmp_path), record, desk.legal, "Quyết định", Record(flavour="2u"))
    for change in (_without_map, _with_zero, _with_crossing_range):
        with pikepdf.open(record) as pdf:
            change(pdf.pages[0].Resources.Font["/T"])
            pdf.save(broken, **pikepdf.pdfa.resolve_save_kwargs("2b", min_version="1.7"))
        assert {found.rule for found in check(broken)} & {"pdfa:6.2.11.7.2-1", "pdfa:6.2.11.7.2-2"}, change.__name__


def _without_map(font: pikepdf.Object) -> None:
    del font.ToUnicode


def _with_zero(font: pikepdf.Object) -> None:
    font.ToUnicode.write(b"1 beginbfrange <0000> <00FF> <0000> endbfrange 1 beginbfchar <0042> <0000> endbfchar")


def _with_crossing_range(font: pikepdf.Object) -> None:
    font.ToUnicode.write(
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange"
    )


def test_level_u_draws_a_page_whose_letters_are_unknown(desk: Desk, tmp_path: Path) -> None:
    from tests.packaging.test_building import drawn_page, kinds_shown

    source = tmp_path / "source.pdf"
    drawing.born_digital(source, "Cong van")
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        del pdf.pages[0].Resources.Font["/F"].ToUnicode
        pdf.pages[0].Resources.Font["/F"].Encoding.Differences[1] = Name("/g001")
        pdf.save(source)
    words = (drawing.Word("Cong", (150, 260, 240, 300), 1.0), drawing.Word("van", (250, 260, 330, 300), 1.0))
    page = drawn_page(source, printed=words)
    document = drawing.document([page], [drawing.reading(page, [drawing.Line(words, words[0].box)])], source)
    record = tmp_path / "record.pdf"
    build(document, record, desk.legal, "Công văn", Record(flavour="2u"))
    assert kinds_shown(record) == ["/Image"]


def test_titles_say_their_language(desk: Desk, tmp_path: Path) -> None:
    record = desk.package(drawing.drawn_document(tmp_path), tmp_path)
    with pikepdf.open(record) as pdf:
        packet = ElementTree.fromstring(pdf.Root.Metadata.read_bytes().decode().strip())
        assert "/Keywords" not in pdf.docinfo
        assert str(pdf.docinfo.Title) == "Quyết định 15/QĐ-UBND"
    names = {"dc": "http://purl.org/dc/elements/1.1/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#"}
    for key, expected in (("title", "Quyết định 15/QĐ-UBND"), ("description", desk.legal.form_of_copy)):
        said = packet.findall(f".//dc:{key}/rdf:Alt/rdf:li", names)
        language = "{http://www.w3.org/XML/1998/namespace}lang"
        assert {item.get(language): item.text for item in said} == {"x-default": expected, "vi": expected}
