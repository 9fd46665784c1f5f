"""Everything that is done to a good record is found, with its reason; no good record is suspected."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from benchmarks.records.attack_tools import Key, Target, contents
from benchmarks.records.attacks import KINDS, attacks
from pipeline.dossier import Coding, Document
from pipeline.packaging import build, open_key, seal_agency, sign_officer, verify
from pipeline.settings import Keys, Legal, Record
from pki import Pki
from tests.fixtures.pki import keys_of
from tests.packaging import drawing
from tests.packaging.conftest import AGENCY


def sealed_in(folder: Path, document: Document, keys: Keys, legal: Legal, flavour: str = "2b") -> Path:
    """A record of ``document``, its stages in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    officer, agency = open_key("officer", keys.officer, now), open_key("agency", keys.agency, now)
    build(document, folder / "plain.pdf", legal, "Quyết định", Record(flavour=flavour))
    sign_officer(folder / "plain.pdf", folder / "officer.pdf", officer, legal, now, keys)
    seal_agency(folder / "officer.pdf", folder / "sealed.pdf", agency, AGENCY, legal, now, keys)
    return folder / "sealed.pdf"


@dataclass(frozen=True)
class Office:
    """Records of one level, and whom to trust."""

    target: Target
    trust: tuple[Path, ...]
    document: Document
    folder: Path


@pytest.fixture(scope="module")
def offices(legal: Legal, pki_services: Pki, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Office]:
    """The office of a level, made once."""
    return cache(lambda level: _office(level, legal, pki_services, tmp_path_factory))


@pytest.fixture
def office(request: pytest.FixtureRequest, offices: Callable[[str], Office]) -> Office:
    return offices(request.param)


def _office(level: str, legal: Legal, pki_services: Pki, tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder = tmp_path_factory.mktemp(level)
    keys = keys_of(pki_services, level=level)
    document = drawing.drawn_document(folder)
    other = drawing.drawn_document(folder, skew=1.0, number=2)
    sealed = sealed_in(folder / "one", document, keys, legal)
    second = sealed_in(folder / "two", other, keys, legal)

    def key(label: str) -> Key:
        return Key(pki_services.p12(label), pki_services.passphrase)

    target = Target(
        plain=folder / "one" / "plain.pdf",
        officer=folder / "one" / "officer.pdf",
        sealed=sealed,
        second=second,
        officer_key=key("officer"),
        agency_key=key("agency"),
        others={name: key(name) for name in ("impostor", "expired", "encryption")},
        tsa="" if level == "B-B" else pki_services.tsa(),
        level=level,
    )
    return Office(target, (pki_services.root,), document, folder)


TRIED = [("B-B", kind) for kind in KINDS if kind != "time"] + [("B-T", "containers"), ("B-T", "time")]
TRIED += [("B-LTA", "bytes"), ("B-LTA", "containers"), ("B-LTA", "ranges"), ("B-LTA", "time")]


@pytest.mark.parametrize(("office", "kind"), sorted(TRIED), indirect=["office"])
def test_every_attack_is_found_for_its_reason(office: Office, kind: str) -> None:
    assert verify(office.target.sealed, office.trust).ok
    tried, wrong = 0, []
    for attack in attacks(office.target, office.folder / kind, [kind]):
        verdict = verify(attack.pdf, office.trust, attack.expected)
        rules = {found.rule for found in verdict.findings}
        tried += 1
        if verdict.ok or not rules & attack.rules:
            wrong.append((attack.name, verdict.level, sorted(rules)))
    assert tried > 3
    assert wrong == []


@pytest.mark.parametrize("office", ["B-B", "B-LTA"], indirect=True)
def test_digits_changed_in_the_signatures(office: Office, tmp_path: Path) -> None:
    """Nothing in a signature's value is free: neither padding nor certificates nor attributes nor the digits' case."""
    data = office.target.sealed.read_bytes()
    chance = random.Random(20261)
    pdf = tmp_path / "digits.pdf"
    for start, end in contents(data):
        for _ in range(12):
            at = chance.randrange(start + 1, end - 1)
            digit = chance.choice([one for one in b"0123456789abcdefA" if one != data[at]])
            pdf.write_bytes(data[:at] + bytes([digit]) + data[at + 1 :])
            assert not verify(pdf, office.trust).ok, at - start


@pytest.mark.parametrize("flavour", ["2b", "2u", "3b"])
@pytest.mark.parametrize(
    ("coding", "mode", "rotation", "level"),
    [
        (Coding.JPEG, "RGB", 0, "B-LTA"),
        (Coding.G4, "L", 90, "B-T"),
        (Coding.LOSSLESS, "P", 180, "B-B"),
        (Coding.LOSSLESS, "RGBA", 0, "B-LT"),
    ],
)
def test_good_records_are_not_suspected(
    flavour: str, coding: Coding, mode: str, rotation: int, level: str, legal: Legal, pki: Pki, tmp_path: Path
) -> None:
    document = drawing.drawn_document(tmp_path, coding=coding, mode=mode, rotation=rotation)
    sealed = sealed_in(tmp_path / "record", document, keys_of(pki, level=level), legal, flavour)
    verdict = verify(sealed, [pki.root])
    assert (verdict.findings, verdict.level, verdict.pades) == ((), "valid", level)


def test_invisible_signatures_are_not_suspected(legal: Legal, pki: Pki, tmp_path: Path) -> None:
    """A dark page has no room for stamps."""
    picture, lines = drawing.draw(drawing.pixels(drawing.A4_MM, (100, 100)), paper="#202020")
    page = drawing.save(picture, tmp_path, dpi=(100, 100))
    document = drawing.document([page], [drawing.reading(page, lines)])
    sealed = sealed_in(tmp_path / "record", document, keys_of(pki, level="B-B"), legal)
    assert verify(sealed, [pki.root]).findings == ()


@pytest.mark.parametrize("embedded", [True, False])
def test_born_digital_records_are_not_suspected(embedded: bool, legal: Legal, pki: Pki, tmp_path: Path) -> None:
    """A page that goes into the record as it is, and one of which a picture does."""
    source = tmp_path / "source.pdf"
    drawing.born_digital(source, "Quyet dinh 15", embedded=embedded)
    picture, lines = drawing.draw(drawing.pixels((209.9, 297.04), (100, 100)), texts=())
    page = drawing.save(picture, tmp_path, coding=Coding.VECTOR, dpi=(100, 100))
    with pdfium.PdfDocument(source) as opened:
        opened[0].render(scale=100 / 72, may_draw_forms=False).to_pil().convert("RGB").resize(picture.size).save(
            page.carrier
        )
    document = drawing.document([page], [drawing.reading(page, lines)], source)
    sealed = sealed_in(tmp_path / "record", document, keys_of(pki, level="B-B"), legal)
    assert verify(sealed, [pki.root]).findings == ()
