"""``jobs check``, ``jobs follow`` and ``jobs report`` at the terminal, over records in a real store."""

import csv
from dataclasses import dataclass, replace

import img2pdf
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pipeline.cli import quality
from pipeline.cli.base import Site
from pipeline.errors import BadValue, SheetRefused, SohoaError, UnknownJob, UnknownRecord
from pipeline.settings import Backfill, bundled_folder, load
from pipeline.work.ledger import Found
from pipeline.work.ledger.quality import QualityBook
from tests.storage.documents import document
from tests.work.backfill.archive import Archive, open_archive


@dataclass
class Desk:
    """A person at the terminal, a job of three stored documents in front of them."""

    site: Site
    archive: Archive
    ids: list[str]

    def run(self, command, *words, typed=""):
        """What a command prints; our errors are raised."""
        done = CliRunner().invoke(command, [str(word) for word in words], obj=self.site, input=typed)
        if isinstance(done.exception, SohoaError):
            raise done.exception
        assert done.exception is None, done.output
        return done.output

    @property
    def said(self):
        return QualityBook(self.archive.ledger).judgements("kho-1")


@pytest.fixture
def desk(bucket_site, repository, tmp_path):
    archive = open_archive(tmp_path / "data")
    rules = Backfill(sample=1.0, error_limit=0.3)
    settings = load(bundled_folder())
    site = Site()
    site.settings = settings.model_copy(
        update={"site": bucket_site.model_copy(update={"data": tmp_path / "data", "backfill": rules})}
    )
    site.ledger, site.repository = archive.ledger, repository
    ids = []
    for seed in range(3):
        made = document(tmp_path, seed)
        path = tmp_path / f"{seed}.png"
        Image.fromarray(np.full((300, 200), 40 * seed, np.uint8)).save(path)
        made.record.write_bytes(img2pdf.convert(path))
        repository.commit(made, {"record": made.record}, "Quyết định")
        found = Found(made.id, "stored", "quyet_dinh", 1, accepted_by="policy")
        archive.put(batch="hop-1", name=f"[red]giấy-{seed}\u202e.pdf", documents=[found])
        ids.append(made.id)
    yield Desk(site, archive, ids)
    archive.ledger.close()


def test_documents_are_shown_one_after_the_other(desk, tmp_path):
    seen = []
    fetch = desk.site.repository.fetch
    desk.site.repository.fetch = lambda id, role, path: (seen.append(path.parent), fetch(id, role, path))
    shown = desk.run(quality.check, "kho", "--by", "lan", typed="ok\nnope\n1,type\nđọc nhầm\ns\n")
    assert "[red]giấy-0\\u202e.pdf" in shown
    assert "15/QĐ-UBND" in shown
    assert "nope" in shown
    assert [(one.document, one.right, one.fields, one.note, one.who) for one in desk.said] == [
        (desk.ids[0], True, (), "", "lan"),
        (desk.ids[1], False, ("so_ky_hieu", "type"), "đọc nhầm", "lan"),
    ]
    assert seen
    assert not any(folder.exists() for folder in seen)  # pictures of papers are not left lying about
    assert desk.run(quality.check, "kho", typed="ok\n").count("15/QĐ-UBND") == 1
    assert "Không còn" in desk.run(quality.check, "kho")


def test_pictures_of_the_pages_are_there_while_one_looks(desk, monkeypatch):
    looked = []

    def prompt(text, **_):
        folder = next((desk.site.settings.site.data / "check").iterdir())
        looked.append({path.name for path in folder.iterdir()})
        assert folder.stat().st_mode & 0o777 == 0o700
        return "ok"

    monkeypatch.setattr(quality.click, "prompt", prompt)
    desk.run(quality.check, "kho")
    assert looked == [{"record.pdf", "001.jpg"}] * 3


def test_judgements_without_asking(desk):
    desk.run(quality.check, "kho", desk.ids[0][:8], "--ok")
    desk.run(
        quality.check,
        "kho",
        desk.ids[1],
        "--wrong",
        "Ngày tháng năm cấp",
        "--wrong",
        "pages",
        "--note",
        "x",
        "--by",
        "lan",
    )
    desk.run(quality.check, "kho", desk.ids[2], "--ok")
    assert [one.fields for one in desk.said] == [(), ("ngay_cap", "pages"), ()]
    shape = desk.run(quality.check, "kho", "--json")
    assert '"verdict": "gone-through"' in shape
    assert '"to_look_at": []' in shape


def test_what_cannot_be_meant_is_refused_and_nothing_kept(desk):
    id = desk.ids[0]
    for words in (("--ok",), (id,), (id, "--ok", "--wrong", "type"), (id, "--wrong", "khong_co")):
        with pytest.raises(BadValue):
            desk.run(quality.check, "kho", *words)
    for nobody in ("0000000000", "%"):
        with pytest.raises(UnknownRecord):
            desk.run(quality.check, "kho", nobody, "--ok")
    for command in (quality.check, quality.report, quality.follow):
        with pytest.raises(UnknownJob):
            desk.run(command, "khong-co")
    assert desk.said == []


def test_by_spreadsheet_there_and_back(desk, tmp_path):
    path = tmp_path / "deep" / "kiem.csv"
    desk.run(quality.check, "kho", "--export", path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = list(csv.reader(file))
    assert [row[0] for row in rows] == desk.ids
    assert all((path.parent / row[1]).read_bytes().startswith(b"%PDF") for row in rows)
    assert "15/QĐ-UBND" in rows[0]
    rows[0][-3:] = ["đúng", "", ""]
    rows[1][-3:] = ["sai", "ngay_cap", "-3 ngày"]
    with path.open("w", encoding="utf-16", newline="") as file:
        csv.writer(file, delimiter=";").writerows([heads, *rows])
    desk.run(quality.check, "kho", "--import", path, "--by", "lan")
    desk.run(quality.check, "kho", "--import", path, "--by", "lan")  # once more changes nothing
    every = QualityBook(desk.archive.ledger).judgements("kho-1", every=True)
    assert [(one.document, one.right, one.note) for one in every] == [
        (desk.ids[0], True, ""),
        (desk.ids[1], False, "-3 ngày"),
    ]
    again = tmp_path / "lan-2.csv"
    desk.run(quality.check, "kho", "--export", again)
    assert len(again.read_text(encoding="utf-8-sig").splitlines()) == 2


def test_of_a_spreadsheet_all_is_taken_or_nothing(desk, tmp_path):
    path = tmp_path / "kiem.csv"
    path.write_text(f"document,right/wrong\n{desk.ids[0]},ok\nffffffff,ok\n", encoding="utf-8")
    with pytest.raises(UnknownRecord):
        desk.run(quality.check, "kho", "--import", path)
    path.write_text(f"document,right/wrong\n{desk.ids[0]},ok\n{desk.ids[1]},maybe\n", encoding="utf-8")
    with pytest.raises(SheetRefused):
        desk.run(quality.check, "kho", "--import", path)
    assert desk.said == []


def test_the_report_lies_where_it_was_asked_for(desk, tmp_path):
    assert str(tmp_path / "out" / "report.html") in desk.run(quality.report, "kho", "-o", tmp_path / "out")
    assert "Quyết định" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "kho-1" in desk.run(quality.report, "kho", "--json")
    assert (desk.site.settings.site.data / "reports" / "kho-1" / "report.html").exists()


def test_following_a_job_that_is_done_ends_at_once(desk):
    assert "3/3" in desk.run(quality.follow, "kho")


def test_records_stay_as_they_are(desk):
    before = [desk.site.repository.read_manifest(id) for id in desk.ids]
    for id in desk.ids:
        desk.run(quality.check, "kho", id, "--wrong", "type")
    assert [replace(desk.site.repository.read_manifest(id)) for id in desk.ids] == before
