"""Learning on site, going back, exporting corrections, proposing labels: on the real store."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline import learning
from pipeline.classify import corpus, training
from pipeline.classify.learned import BUNDLED, Facts, current
from pipeline.cli import base
from pipeline.cli.learning import corrections, learn, propose
from pipeline.dossier import Correction, Document, Event, Extraction, FieldValue, PageReading, State
from pipeline.learning import Rules
from pipeline.settings import Settings, bundled_folder, load
from pipeline.settings import Site as SiteSettings
from pipeline.storage import Repository
from pipeline.storage.models import Models
from tests.classify.paper import act, form, page, stacked
from tests.storage.documents import document

AT = "2026-11-20T09:00:00+07:00"
TYPES = ("don", "bao_cao", "giay_moi", "giay_khai_sinh", "quyet_dinh")
LOCAL = {
    "don": ("PHIẾU TRÌNH BÀY NGUYỆN VỌNG", "Tôi trình bày nguyện vọng như sau:", "Mong được xem xét"),
    "bao_cao": ("TỔNG HỢP SỐ LIỆU THÁNG", "Chỉ tiêu đạt được trong tháng:", "Chỉ tiêu còn lại"),
    "giay_moi": ("THƯ MỜI HỌP TỔ DÂN PHỐ", "Đúng giờ có mặt tại nhà văn hóa:", "Rất hân hạnh"),
}
"""Papers as one commune prints them, with titles that are nowhere configured."""


@pytest.fixture(scope="module")
def few_types() -> Settings:
    """The configuration that comes along, with few types: training takes seconds."""
    whole = load(bundled_folder())
    return whole.model_copy(update={"types": tuple(kind for kind in whole.types if kind.key in TYPES)})


@pytest.fixture(scope="module")
def come_along(few_types: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that came along with a model of these types alone, and with the texts behind it."""
    folder = tmp_path_factory.mktemp("bundled")
    papers = [paper for paper in corpus.load(bundled_folder() / corpus.BUNDLED) if paper.type in TYPES]
    corpus.save(papers, folder / corpus.BUNDLED)
    learnt = [paper for paper in papers if not paper.held]
    examples = training.examples(learnt, few_types.types, few_types.vocabulary, seed="base")
    training.train(examples, Facts()).save(folder / BUNDLED)
    return folder


@pytest.fixture
def site(
    bucket_site: SiteSettings,
    repository: Repository,
    few_types: Settings,
    come_along: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> base.Site:
    """An installation of this test alone: the shared store with a bucket of its own, and a cache of its own."""
    own = bucket_site.model_copy(update={"data": tmp_path / "data"})
    monkeypatch.setattr("pipeline.cli.learning.bundled_folder", lambda: come_along)
    made = base.Site()
    made.__dict__["settings"] = few_types.model_copy(update={"site": own})
    made.__dict__["repository"] = repository
    return made


@pytest.fixture
def sohoa(site: base.Site) -> Callable[..., Result]:
    def run(command: Any, *words: object) -> Result:
        done = CliRunner().invoke(command, [str(word) for word in words], obj=site)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


def confirmed(
    made: Document, reading: PageReading, type_key: str, *changes: Correction, by: str = "person", at: str = AT
) -> Document:
    """``made`` with that reading, confirmed by a person as being of the type."""
    fields = {field.key: field for field in made.extraction.fields}
    for change in changes:
        if change.key != "type":
            fields[change.key] = FieldValue(change.key, change.final, source="typed")
    extraction = Extraction((1,), type_key, 0.9, "", tuple(fields.values()))
    history = (Event(at, State.CONFIRMED, by), Event(at, State.STORED, "sohoa"))
    return replace(
        made, readings=(reading,), extraction=extraction, corrections=(*made.corrections, *changes), history=history
    )


def keep(repository: Repository, made: Document) -> None:
    repository.commit(made, {"record": made.record})


def local_papers(repository: Repository, folder: Path, number: int) -> None:
    """Confirmed papers of the commune."""
    keys = list(LOCAL)
    for at in range(number):
        key = keys[at % len(keys)]
        title, first, last = LOCAL[key]
        reading = form(title, [first, f"Nội dung {at} của thôn {at % 7}", last, f"Ghi chú {at}"])
        made = document(folder, at, owner="")
        keep(repository, confirmed(replace(made, corrections=()), reading, key))


def careless_papers(repository: Repository, folder: Path, texts: Path) -> None:
    """Papers as everywhere, confirmed by somebody who takes every report for an invitation."""
    reports = [paper for paper in corpus.load(texts / corpus.BUNDLED) if paper.type == "bao_cao"]
    for at in range(60):
        reading = page(stacked(reports[at % len(reports)].text.splitlines(), 200, 100))
        made = document(folder, f"careless {at}", owner="")
        keep(repository, confirmed(replace(made, corrections=()), reading, "giay_moi"))


# -- learning ---------------------------------------------------------------------------------------------------


def test_with_few_documents_nothing_is_learned(site: base.Site, sohoa: Callable[..., Result], tmp_path: Path) -> None:
    local_papers(site.repository, tmp_path, 6)
    done = sohoa(learn, "--json")
    told = json.loads(done.stdout)
    assert (told["better"], told["version"], told["documents"]) == (False, None, 6)
    assert "cần ít nhất 40" in told["against"][0]
    assert Models(site.repository.store).versions() == ()


def test_a_better_model_is_kept_used_and_can_be_left(
    site: base.Site, sohoa: Callable[..., Result], come_along: Path, tmp_path: Path
) -> None:
    local_papers(site.repository, tmp_path, 60)
    tried = json.loads(sohoa(learn, "--dry-run", "--json").stdout)
    assert (tried["better"], tried["version"]) == (True, None)
    models = Models(site.repository.store)
    assert models.versions() == ()

    told = json.loads(sohoa(learn, "--json").stdout)
    assert told["version"] == 1
    assert told["site"]["new"]["loss"] < told["site"]["old"]["loss"]
    assert told["site"]["new"]["count"] == told["held"] > 0
    assert models.fetch(models.versions()[0])
    data = site.settings.site.data
    used = current(data, come_along)
    assert used is not None
    assert used.facts.confirmed == told["documents"] - told["held"]

    assert json.loads(sohoa(learn, "--list", "--json").stdout)["used"] == 1
    assert "0001" not in sohoa(learn, "--use", "0").stdout
    back = current(data, come_along)
    assert back is not None
    assert back.facts.confirmed == 0
    assert json.loads(sohoa(learn, "--use", "1", "--json").stdout)["used"] == 1


def test_papers_confirmed_carelessly_do_not_spoil_the_model(
    site: base.Site, sohoa: Callable[..., Result], come_along: Path, tmp_path: Path
) -> None:
    careless_papers(site.repository, tmp_path, come_along)
    told = json.loads(sohoa(learn, "--json").stdout)
    assert (told["better"], told["version"]) == (False, None)
    assert any("bao_cao" in reason for reason in told["against"])
    assert told["site"]["new"]["accuracy"] > told["site"]["old"]["accuracy"]  # their own word for it is not enough
    assert json.loads(sohoa(learn, "--list", "--json").stdout)["used"] == 0
    assert "Không đổi mô hình" in sohoa(learn, "--dry-run").stdout


def test_what_a_policy_let_pass_is_not_learned_from(site: base.Site, tmp_path: Path) -> None:
    made = replace(document(tmp_path, 1), corrections=())
    keep(site.repository, confirmed(made, act(), "quyet_dinh", by="sohoa"))
    keep(site.repository, confirmed(replace(made, id=document(tmp_path, 2).id), act(), "khong_con_dung"))
    looked: list[int] = []
    assert learning.confirmed(site.repository, site.settings, Rules(), looked.append) == []
    assert looked == [1, 2]


def test_which_documents_are_held_back_follows_their_ids(site: base.Site, tmp_path: Path) -> None:
    local_papers(site.repository, tmp_path, 20)
    first = learning.confirmed(site.repository, site.settings, Rules(), lambda _: None)
    again = learning.confirmed(site.repository, site.settings, Rules(), lambda _: None)
    assert [(paper.group, paper.held) for paper in first] == [(paper.group, paper.held) for paper in again]
    assert 0 < sum(paper.held for paper in first) < len(first)


# -- proposals --------------------------------------------------------------------------------------------------


def test_labels_that_were_missed_are_proposed_without_any_value(
    site: base.Site, sohoa: Callable[..., Result], tmp_path: Path
) -> None:
    assert "Chưa có nhãn" in sohoa(propose).stdout
    for at, name in enumerate(("Lý Thử Nghiệm", "Trần Thị Ví Dụ")):
        typed = Correction("ho_ten", "", name, "Người Thử", AT)
        made = document(tmp_path, at, owner=f"00119001234{at}")
        keep(
            site.repository, confirmed(made, form("GIẤY KHAI SINH", [f"Tên cháu bé: {name}"]), "giay_khai_sinh", typed)
        )
    done = sohoa(propose)
    assert "document_types/giay_khai_sinh.yaml: fields: ho_ten" in done.stdout
    assert "Tên cháu bé × 2" in done.stdout
    assert "Nghiệm" not in done.stdout
    assert "Ví Dụ" not in done.stdout
    assert [one["label"] for one in json.loads(sohoa(propose, "--json").stdout)] == ["Tên cháu bé"]


# -- corrections ------------------------------------------------------------------------------------------------


@pytest.fixture
def exported(site: base.Site, sohoa: Callable[..., Result], tmp_path: Path) -> Callable[..., list[dict[str, str]]]:
    born = replace(document(tmp_path, 1, owner="", abstract="của 001190012345"), corrections=())
    changes = (
        Correction("type", "to_khai", "giay_khai_sinh", "Người Thử", AT),
        Correction("ho_ten", "Ly Thu", "Lý Thử", "Người Thử", AT),
        Correction("noi_sinh", "", "=Trạm y tế", "Người Thử", AT),
    )
    keep(site.repository, confirmed(born, form("GIẤY KHAI SINH", ["x"]), "giay_khai_sinh", *changes))
    plain = replace(document(tmp_path, 2, abstract="cấp cho ông có số 001190012345"), corrections=())
    keep(site.repository, confirmed(plain, act(), "quyet_dinh", at="2026-01-02T09:00:00+07:00"))
    passed = replace(document(tmp_path, 3), corrections=())
    keep(site.repository, confirmed(passed, act(), "quyet_dinh", by="sohoa"))

    def rows(name: str, *words: str) -> list[dict[str, Any]]:
        path = tmp_path / name
        done = sohoa(corrections, "export", "-o", path, *words)
        assert done.exit_code == 0, done.output
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        if path.suffix == ".csv":
            return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    return rows


def by_field(rows: list[dict[str, Any]], type_key: str) -> dict[str, dict[str, Any]]:
    return {row["field"]: row for row in rows if row["type"] == type_key}


def test_changed_and_unchanged_fields_and_the_type_are_exported(exported: Callable[..., Any]) -> None:
    rows = exported("all.jsonl", "--values")
    born, plain = by_field(rows, "giay_khai_sinh"), by_field(rows, "quyet_dinh")
    assert (born["type"]["read"], born["type"]["final"], born["type"]["changed"]) == ("to_khai", "giay_khai_sinh", True)
    assert (born["ho_ten"]["read"], born["ho_ten"]["final"], born["ho_ten"]["editor"]) == (
        "Ly Thu",
        "Lý Thử",
        "Người Thử",
    )
    assert born["ho_ten"]["at"] == AT
    assert not plain["type"]["changed"]
    assert (plain["so_ky_hieu"]["read"], plain["so_ky_hieu"]["changed"]) == ("15/QĐ-UBND", False)
    assert plain["so_ky_hieu"]["confidence"] == 0.9
    assert len({row["record"] for row in rows}) == 2  # the one that a policy let pass was confirmed by nobody


def test_values_of_persons_are_hidden_unless_asked_for(exported: Callable[..., Any]) -> None:
    rows = exported("hidden.jsonl")
    born, plain = by_field(rows, "giay_khai_sinh"), by_field(rows, "quyet_dinh")
    assert born["ho_ten"]["final"] == "•• •••"
    assert born["ho_ten"]["changed"]
    assert "Trạm" not in born["noi_sinh"]["final"]
    assert born["type"]["final"] == "giay_khai_sinh"
    assert plain["so_ky_hieu"]["final"] == "15/QĐ-UBND"
    assert plain["trich_yeu"]["final"] == "cấp cho ông có số ••••••••••••"


def test_a_spreadsheet_computes_nothing(exported: Callable[..., Any]) -> None:
    assert by_field(exported("all.csv", "--values"), "giay_khai_sinh")["noi_sinh"]["final"] == "'=Trạm y tế"


def test_days_and_type_narrow_the_export(exported: Callable[..., Any]) -> None:
    assert {row["type"] for row in exported("a.jsonl", "--to", "2026-01-02")} == {"quyet_dinh"}
    assert {row["type"] for row in exported("b.jsonl", "--from", "2026-01-03")} == {"giay_khai_sinh"}
    assert {row["type"] for row in exported("c.jsonl", "--type", "quyet_dinh")} == {"quyet_dinh"}
    assert exported("d.jsonl", "--type", "khong_co") == []


def test_the_share_of_corrected_fields_is_shown(exported: Callable[..., Any], sohoa: Callable[..., Result]) -> None:
    shares = {(one["type"], one["field"]): one for one in json.loads(sohoa(corrections, "summary", "--json").stdout)}
    name, place = shares["giay_khai_sinh", "ho_ten"], shares["giay_khai_sinh", "noi_sinh"]
    assert (name["confirmed"], name["changed"], name["filled"], name["share"]) == (1, 1, 0, 1.0)
    assert (place["changed"], place["filled"]) == (1, 1)
    assert shares["quyet_dinh", "so_ky_hieu"]["share"] == 0
    assert {"Giấy", "khai", "sinh"} <= set(sohoa(corrections, "summary").stdout.split())  # in a narrow terminal, too


def test_a_file_that_is_there_and_a_wrong_ending_are_refused(
    site: base.Site, sohoa: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("mine")
    done = CliRunner().invoke(corrections, ["export", "-o", str(tmp_path / "x.csv")], obj=site)
    assert type(done.exception).__name__ == "NotFound"
    assert (tmp_path / "x.csv").read_text() == "mine"
    assert sohoa(corrections, "export", "-o", tmp_path / "x.txt").exit_code == 2
    assert sohoa(corrections, "export", "-o", tmp_path / "x.csv", "--force").exit_code == 0
