"""Renewing what is stored: planned from the index, each record on its own, whatever happens in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from pipeline import packaging
from pipeline.cli import base
from pipeline.cli.renewal import records
from pipeline.dossier import Event, Proof, State
from pipeline.errors import (
    IntegrityError,
    RenewalFailed,
    SeveralErrors,
    StoreDown,
    UnknownRecord,
    VerificationFailed,
)
from pipeline.packaging import build, open_key, seal_agency, sign_officer, verify
from pipeline.packaging.signing import standing, timestamps
from pipeline.packaging.signing.renewing import digests
from pipeline.packaging.verifying.verification import proof
from pipeline.renewal import Outcome, Renewal
from pipeline.settings import Keys, Settings, bundled_folder, load
from pipeline.settings import Site as SiteSettings
from pipeline.storage import Index, Manifest, ObjectStore, Repository, open_store
from pki import Pki
from tests.fixtures.pki import keys_of
from tests.fixtures.store import client
from tests.packaging import drawing
from tests.storage.documents import document, document_id

AGENCY = "Bộ phận Một cửa phường Thí Điểm"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
LATER = NOW + 300 * DAY
"""The signers' certificates end 335 days from today."""


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(bundled_folder())


@pytest.fixture(scope="module")
def sealed(settings: Settings, pki_services: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record signed and sealed today at level B-T."""
    folder, keys = tmp_path_factory.mktemp("sealed"), keys_of(pki_services)
    build(drawing.drawn_document(folder), folder / "plain.pdf", settings.legal, "Quyết định")
    officer, agency = open_key("officer", keys.officer, NOW), open_key("agency", keys.agency, NOW)
    with pki_services.at(NOW):
        sign_officer(folder / "plain.pdf", folder / "officer.pdf", officer, settings.legal, NOW, keys)
        seal_agency(folder / "officer.pdf", folder / "sealed.pdf", agency, AGENCY, settings.legal, NOW, keys)
    return folder / "sealed.pdf"


class Office(base.Site):
    """An installation whose clock is where a test wants it."""

    moment = LATER

    def now(self) -> datetime:
        """The time as the test has it."""
        return self.moment


@dataclass
class House:
    """A store and an index with records, and an infrastructure whose clock goes with the office's."""

    office: Office
    pki: Pki
    sealed: Path
    folder: Path

    @property
    def repository(self) -> Repository:
        return self.office.repository

    @property
    def index(self) -> Index:
        return self.office.index

    def store(self, seed: object, days: int | None = 200, pdf: Path | None = None) -> str:
        """Store a record whose proof is to be renewed so many days from today; returns its id."""
        record = pdf or self.sealed
        verdict = verify(self.sealed, self.office.settings.site.keys.trust, now=NOW)
        known = proof(self.sealed, verdict, 90)
        known = replace(known, renew_by=f"{NOW + days * DAY:%Y-%m-%d}") if days is not None else Proof()
        history = (Event(f"{NOW + DAY / 24:%Y-%m-%dT%H:%M:%S+00:00}", State.STORED, "sohoa"),)
        made = replace(document(self.folder, seed), record=record, proof=known, history=history)
        used = digests(record) if days is not None else ()
        self.index.add(self.repository.commit(made, {"record": record}, "Quyết định", used), made.readings)
        return made.id

    def renewal(self, **details: object) -> Renewal:
        """The renewal of what is due at the office's time."""
        now = self.office.now()
        given = {"now": now, "before": now.date(), "settings": self.office.settings, **details}
        return Renewal(repository=self.repository, index=self.index, **given)  # type: ignore[arg-type]

    def run(self, *ids: str, **details: object) -> dict[str, Outcome]:
        """Renew these records, or what is due."""
        renewal = self.renewal(**details)
        chosen = ids or [hit.id for hit in self.index.due(renewal.before, ending=renewal.ending)]
        with self.pki.at(self.office.moment):
            return {outcome.id: outcome for outcome in renewal.run(chosen)}

    def sohoa(self, *words: object, status: int = 0) -> Result:
        """``sohoa records …``."""

        @click.pass_context
        def code(context: click.Context, result: int | None, **_: object) -> None:
            context.exit(result or 0)

        group = click.Group(commands=records.commands, result_callback=code)
        with self.pki.at(self.office.moment):
            done = CliRunner().invoke(group, [str(word) for word in words], obj=self.office)
        assert done.exit_code == status, (done.output, done.exception)
        return done


@pytest.fixture
def house(settings: Settings, bucket_site: SiteSettings, sealed: Path, pki: Pki, tmp_path: Path) -> Iterator[House]:
    standing.forget()
    timestamps.forget()
    keys: Keys = keys_of(pki, timestamp_urls=(pki.tsa("tsa-later"),))
    office = Office()
    office.__dict__["settings"] = settings.model_copy(update={"site": bucket_site.model_copy(update={"keys": keys})})
    office.__dict__["repository"] = Repository(open_store(bucket_site))
    office.index.ensure(office.repository)
    yield House(office, pki, sealed, tmp_path)


# -- renewing ---------------------------------------------------------------------------------------------------


def test_what_is_due_is_renewed_once(house: House, tmp_path: Path) -> None:
    due = [house.store(seed) for seed in range(3)]
    other = house.store("later", 500)
    outcomes = house.run()
    assert set(outcomes) == set(due)
    for outcome in outcomes.values():
        assert outcome.renewed
        made = house.repository.read_manifest(outcome.id)
        assert made == outcome.manifest
        assert (made.version, made.proof.level, made.digests) == (2, "B-LTA", ("sha256",))
        assert made.proof.renew_by > "2040"
        assert made.history[-1].remark.startswith("renewed: B-T ")
        house.repository.fetch(outcome.id, "record", tmp_path / "got.pdf")
        verdict = verify(tmp_path / "got.pdf", house.office.settings.site.keys.trust, now=NOW + 4000 * DAY)
        assert verdict.ok
    assert house.repository.read_manifest(other).version == 1
    assert house.run() == {}
    levels = {hit.id: (hit.level, hit.record_sha256) for hit in house.index.search()}
    assert levels[due[0]] == ("B-LTA", outcomes[due[0]].manifest.file("record").sha256)
    before = house.index.search()
    house.index.rebuild(house.repository)
    assert house.index.search() == before


def test_the_index_is_put_right_where_another_machine_renewed(house: House) -> None:
    id = house.store(1)
    old = house.repository.read_manifest(id)
    house.run()
    house.index.path.unlink()
    house.index.ensure(Repository(ObjectStoreOfNothing(house.repository.store)))
    house.index.add(old, ())
    (outcome,) = house.run().values()
    assert (outcome.renewed, outcome.error) == (False, None)
    assert house.repository.read_manifest(id).version == 2
    assert house.run() == {}


class ObjectStoreOfNothing(ObjectStore):
    """The store before anything was stored."""

    def __init__(self, store: ObjectStore) -> None:
        self.__dict__.update(store.__dict__)

    def list(self, prefix: str, *, recursive: bool = True) -> Iterator[str]:
        """Nothing."""
        return iter(())


def test_two_runs_at_once_renew_every_record_once(house: House) -> None:
    ids = [house.store(seed) for seed in range(4)]
    renewal = house.renewal()
    with house.pki.at(LATER), ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: list(renewal.run(ids)), range(2)))
    assert [outcome.error for run in runs for outcome in run if outcome.error] == []
    assert sum(outcome.renewed for run in runs for outcome in run) == 4
    assert dict(house.repository.newest()) == dict.fromkeys(ids, 2)


def test_a_run_that_was_stopped_goes_on_where_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        house.store(seed)
    renew = packaging.renew
    turns = iter((renew, renew, None))

    def stopped(*args: object, **details: object) -> None:
        turn = next(turns)
        if turn is None:
            raise KeyboardInterrupt
        turn(*args, **details)  # type: ignore[arg-type]

    monkeypatch.setattr(packaging, "renew", stopped)
    with pytest.raises(KeyboardInterrupt):
        house.run()
    monkeypatch.undo()
    assert sorted(dict(house.repository.newest()).values()) == [1, 2, 2]
    assert len(house.run()) == 1


def test_killed_between_the_commit_and_the_index(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is renewed and the index does not know it: the next run notices, and stamps nothing twice."""
    id = house.store(1)

    def killed(self: Index, manifest: Manifest, readings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Index, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        house.run()
    monkeypatch.undo()
    assert [hit.id for hit in house.index.due(LATER.date())] == [id]
    assert not house.run()[id].renewed
    assert house.index.due(LATER.date()) == []
    assert house.repository.read_manifest(id).version == 2


# -- what is not renewed ----------------------------------------------------------------------------------------


def test_nothing_is_stamped_over_a_broken_record(house: House, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(house.sealed.read_bytes() + b"%more\n")
    altered, good, lost = house.store("altered", pdf=broken), house.store("good"), house.store("lost")
    raw, bucket = client(house.office.settings.site), house.office.settings.site.store.bucket
    raw.fput_object(bucket, house.repository.read_manifest(lost).file("record").key, __file__)
    outcomes = house.run()
    assert isinstance(outcomes[altered].error, VerificationFailed)
    assert isinstance(outcomes[lost].error, IntegrityError)
    assert outcomes[good].renewed
    assert dict(house.repository.newest()) == {altered: 1, lost: 1, good: 2}


def test_no_authority_answers(house: House) -> None:
    ids = [house.store(seed) for seed in range(2)]
    house.pki.down.add("tsa")
    outcomes = house.run()
    assert {type(outcome.error) for outcome in outcomes.values()} == {RenewalFailed}
    assert dict(house.repository.newest()) == dict.fromkeys(ids, 1)
    house.pki.down.clear()
    assert all(outcome.renewed for outcome in house.run().values())


def test_the_store_goes_down(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends the run: it would be the same for every record that follows."""
    house.store(1)
    down = ObjectStore("127.0.0.1:1", "a", "b", "bucket", secure=False)
    monkeypatch.setattr(house.repository, "store", down)
    with pytest.raises(StoreDown):
        house.run()


def test_a_certificate_that_ended_too_early(house: House) -> None:
    id = house.store(1)
    house.office.moment = NOW + 400 * DAY
    assert "--without-status" in house.run()[id].error.text.en
    assert house.run(without_status=True)[id].renewed


def test_what_rests_on_a_digest_that_ends_is_renewed_with_another(house: House) -> None:
    id = house.store(1, 2000)
    assert house.run() == {}
    settings = house.office.settings
    ends = {"sha256": (LATER + 30 * DAY).date()}
    changed = settings.model_copy(update={"legal": settings.legal.model_copy(update={"algorithm_ends": ends})})
    outcome = house.run(settings=changed)[id]
    assert outcome.renewed
    assert "sha384" in outcome.manifest.digests
    ends |= dict.fromkeys(("sha384", "sha512"), date(2020, 1, 1))
    assert "algorithm_ends" in house.run(id, settings=changed)[id].error.text.en


# -- the commands -----------------------------------------------------------------------------------------------


@pytest.fixture(params=["vi", "en"])
def spoken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    language: str = request.param
    monkeypatch.setattr(base, "language", language)
    return language


def test_the_plan(house: House, spoken: str) -> None:
    house.store(1)
    house.store(2)
    house.store(3, None)
    shown = house.sohoa("due").output
    assert f"{NOW + 200 * DAY:%Y-%m}" in shown
    assert {"vi": "chứng thư", "en": "certificate"}[spoken] in shown
    plan = json.loads(house.sohoa("due", "--json").output)
    assert [(due["month"], due["count"], due["level"], due["ends"]) for due in plan] == [
        ("", 1, "", "unknown"),
        (f"{NOW + 200 * DAY:%Y-%m}", 2, "B-T", "signature"),
    ]
    assert len(json.loads(house.sohoa("due", "--json", "--before", f"{NOW:%Y-%m-%d}").output)) == 1


def test_renew_from_the_command_line(house: House, spoken: str) -> None:
    ids = {house.store(1), house.store(2)}
    unknown, late = house.store(3, None), house.store(4, 500)
    assert {one["id"] for one in json.loads(house.sohoa("renew", "--dry-run", "--json").output)} == ids
    assert dict(house.repository.newest()) == dict.fromkeys([*ids, unknown, late], 1)
    first = json.loads(house.sohoa("renew", "--limit", 1, "--json").output)
    assert [(one["version"], one["level"]) for one in first["renewed"]] == [(2, "B-LTA")]
    assert {"vi": "Đã gia hạn 1 bản ghi", "en": "1 records renewed"}[spoken] in house.sohoa("renew").output
    assert {"vi": "Không có bản ghi", "en": "No record"}[spoken] in house.sohoa("renew").output
    assert json.loads(house.sohoa("renew", "--all-due", "--json").output)["renewed"][0]["id"] == unknown
    until = f"{NOW + 500 * DAY:%Y-%m-%d}"
    assert json.loads(house.sohoa("renew", "--due-before", until, "--json").output)["renewed"][0]["id"] == late
    assert dict(house.repository.newest()) == dict.fromkeys([*ids, unknown, late], 2)
    assert json.loads(house.sohoa("renew", "--all-due", "--json").output)["renewed"] == []


def test_records_that_are_named(house: House) -> None:
    """Those without an archive time stamp get one whenever they are named; those with one when they are due."""
    id = house.store(1, 500)
    assert json.loads(house.sohoa("renew", id[:8], "--json").output)["renewed"][0]["version"] == 2
    assert json.loads(house.sohoa("renew", id, "--json").output)["renewed"] == []
    house.sohoa("renew", id, "--all-due", status=2)
    with pytest.raises(UnknownRecord):
        CliRunner().invoke(records, ["renew", document_id("none")], obj=house.office, catch_exceptions=False)


def test_reasons_and_exit_codes(house: House, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(house.sealed.read_bytes() + b"%more\n")
    altered, good = house.store("altered", pdf=broken), house.store("good")
    assert altered in house.sohoa("renew", status=VerificationFailed.exit_code).output
    house.pki.down.add("tsa")
    again = house.store("another")
    done = house.sohoa("renew", "--json", status=SeveralErrors.exit_code)
    failed = {one["id"]: one["error"]["rule"] for one in json.loads(done.stdout)["failed"]}
    assert failed == {altered: "VerificationFailed", again: "RenewalFailed"}
    assert house.repository.read_manifest(good).version == 2
