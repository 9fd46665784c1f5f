"""``sohoa backfill`` and ``sohoa jobs`` on a real store and a real ledger; workers are played by a thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import base
from pipeline.cli.backfill import backfill, jobs
from pipeline.errors import BrokerDown, Interrupted, NotFound, PlanRefused, UnknownJob
from pipeline.settings import Backfill, Site, bundled_folder, load
from pipeline.storage import Index, bundled
from pipeline.work.area import open_area
from pipeline.work.backfill import running
from pipeline.work.ledger import Beat, Found, ItemState, JobState, Ledger
from tests.fixtures.store import client
from tests.work.backfill.deliveries import numbered, pdf, put, tiff

PROCEDURE = ("--procedure", "1.001193")


class _Silent:
    def ring(self, count: int = 1) -> None:
        raise BrokerDown(where="none")


@pytest.fixture
def site(bucket_site: Site, tmp_path: Path) -> Iterator[base.Site]:
    """An installation of this test alone, with its own ledger, and a bucket in the shared store."""
    state, key = bundled.read_state(bucket_site.data), bundled.read_key(bucket_site.data)
    assert state is not None
    assert key is not None
    files = [put(tmp_path, f"key-{number}", text.encode()) for number, text in enumerate(key)]
    server = {"endpoint": state.endpoint, "secure": False, "access_key_file": files[0], "secret_key_file": files[1]}
    store = bucket_site.store.model_copy(update=server)
    own = bucket_site.model_copy(update={"data": tmp_path / "data", "store": store, "backfill": Backfill(ahead=4)})
    made = base.Site()
    made.__dict__["settings"] = load(bundled_folder()).model_copy(update={"site": own})
    made.__dict__["bell"] = _Silent()
    made.__dict__["index"] = Index(tmp_path / "index.db")
    yield made
    raw, bucket = client(bucket_site), open_area(own).store.bucket
    for found in raw.list_objects(bucket, recursive=True):
        raw.remove_object(bucket, str(found.object_name))
    raw.remove_bucket(bucket)


@pytest.fixture
def sohoa(site: base.Site) -> Callable[..., Result]:
    def run(command: Any, *words: object) -> Result:
        done = CliRunner().invoke(command, [str(word) for word in words], obj=site)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


@pytest.fixture
def workers(site: base.Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A thread that does all there is to do; sets the event when it has stored something."""
    monkeypatch.setattr(running, "_IDLE_SECONDS", 0.01)
    monkeypatch.setattr(running, "_SLOW_SECONDS", 0.05)
    stop, stored = threading.Event(), threading.Event()

    def work() -> None:
        ledger = Ledger(site.settings.site)
        ledger.beat(Beat("may-1", "may", 1))
        while not stop.wait(0.02):
            while (lease := ledger.claim("may-1")) is not None:
                if lease.item.state is ItemState.READING:
                    ledger.set_read(lease, [], lease.item.pages, {"read": 2.0})
                else:
                    found = Found(f"{lease.item.id:020}", "stored", "don", 1, bytes=10)
                    ledger.finish(lease, ItemState.STORED, [found], {})
                    stored.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield stored
    stop.set()
    thread.join(10)


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    root = tmp_path / "Kho 2019"
    for number in range(9):
        put(root, f"Hộp 1/HS-{number // 3}/{number}.tif", numbered(tiff(2), number))
    put(root, "Hộp 1/HS-0/lần nữa.tif", numbered(tiff(2), 0))
    put(root, "Hộp 1/HS-2/hỏng.pdf", pdf(5)[:-100])
    put(root, "Hộp 1/HS-2/Thumbs.db", b"x")
    return root


def test_a_plan_tells_everything_and_starts_nothing(
    sohoa: Callable[..., Result], site: base.Site, delivery: Path, tmp_path: Path
) -> None:
    csv_file = tmp_path / "plan.csv"
    done = sohoa(backfill, delivery, "--plan", *PROCEDURE, "--out", csv_file)
    assert done.exit_code == 0
    for said in ("Kho 2019", "Damaged", "SystemFile", "Trùng nội dung"):
        assert said in done.output
    found = json.loads(sohoa(backfill, delivery, "--plan", *PROCEDURE, "--json").stdout)
    assert (found["dossiers"], found["files"], found["pages"], found["duplicates"]) == (3, 9, 18, 1)
    assert found["unreadable"] == {"Damaged": 1}
    assert found["estimate"]["hours"] > 0
    assert found["estimate"]["rates"]["pages"] == 0
    assert len(csv_file.read_text(encoding="utf-8-sig").splitlines()) == 13
    assert site.ledger.jobs() == []


def test_a_backfill_runs_to_its_end_and_a_second_finds_it_done(
    sohoa: Callable[..., Result], site: base.Site, delivery: Path, workers: threading.Event
) -> None:
    found = json.loads(sohoa(backfill, delivery, *PROCEDURE, "--json").stdout)
    assert found["state"] == "done"
    assert {state: count for state, count in found["files"].items() if count} == {"stored": 9, "parked": 1}
    area = open_area(site.settings.site)
    for item in site.ledger.items(found["job"], ItemState.STORED):
        area.fetch_source(item.sha256, delivery.parent / "back")
        assert (delivery.parent / "back").read_bytes() == (delivery / item.origin).read_bytes()
        assert item.batch == "Hộp 1"
    again = sohoa(backfill, delivery, *PROCEDURE)
    assert "9/10" in again.output
    plan = json.loads(sohoa(backfill, delivery, "--plan", *PROCEDURE, "--json").stdout)
    assert (plan["files"], plan["stored"]) == (0, 9)
    assert plan["estimate"]["rates"]["seconds_per_page"] == pytest.approx(1.0)


def test_a_list_with_a_map(
    sohoa: Callable[..., Result], site: base.Site, delivery: Path, tmp_path: Path, workers: threading.Event
) -> None:
    lines = ["Tên;Tập tin quét;Hộp", *(f"A{number};Hộp 1/HS-0/{number}.tif;7" for number in range(3))]
    put(delivery, "danh mục.csv", "\r\n".join(lines).encode("utf-16"))
    with pytest.raises(PlanRefused):
        sohoa(backfill, delivery / "danh mục.csv", *PROCEDURE)
    columns = put(tmp_path, "columns.yaml", "columns: {path: Tập tin quét, code: Tên}\n".encode())
    done = sohoa(backfill, delivery / "danh mục.csv", "--map", columns, *PROCEDURE, "--name", "đợt 1", "--json")
    job = json.loads(done.stdout)["job"]
    assert [item.dossier.code for item in site.ledger.items(job)] == ["A0", "A1", "A2"]
    assert {item.batch for item in site.ledger.items(job)} == {"7"}
    assert done.exit_code == 0


def test_a_bucket_is_an_archive_too(
    sohoa: Callable[..., Result], site: base.Site, bucket_site: Site, workers: threading.Event
) -> None:
    raw, bucket = client(bucket_site), f"{bucket_site.store.bucket}-in"
    raw.make_bucket(bucket)
    objects = {
        "kho/Hộp 1/HS-1/a.tif": numbered(tiff(3), 1),
        "kho/Hộp 1/HS-1/b.pdf": pdf(2),
        "kho/Hộp 1/HS-1/c.pdf": b"%PDF-",
        "kho/HS-2/.DS_Store": b"x",
        "kho/x.zip": b"x",
        "khác/HS-3/a.tif": tiff(1),
    }
    try:
        import io

        for key, data in objects.items():
            raw.put_object(bucket, key, io.BytesIO(data), len(data))
        plan = json.loads(sohoa(backfill, f"s3://{bucket}/kho", "--plan", *PROCEDURE, "--json").stdout)
        assert (plan["files"], plan["pages"], plan["unreadable"]) == (2, 5, {"Damaged": 1})
        assert plan["passed"] == {"Archive": 1, "Hidden": 1}
        found = json.loads(sohoa(backfill, f"s3://{bucket}/kho/", *PROCEDURE, "--json").stdout)
        assert {state: count for state, count in found["files"].items() if count} == {"stored": 2, "parked": 1}
        for bad in (f"s3://{bucket_site.store.bucket}", "s3://Not_A_Bucket/x"):
            with pytest.raises(PlanRefused):
                sohoa(backfill, bad, *PROCEDURE)
    finally:
        for key in objects:
            raw.remove_object(bucket, key)
        raw.remove_bucket(bucket)


def test_it_is_stopped_and_gone_on_with(
    sohoa: Callable[..., Result],
    site: base.Site,
    delivery: Path,
    workers: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def pressed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.work.backfill.running.Feeder._one", pressed)
        with pytest.raises(Interrupted):
            sohoa(backfill, delivery, *PROCEDURE)
    (job,) = site.ledger.jobs()
    assert site.ledger.counts(job.id)[ItemState.PLANNED] == 10
    sohoa(jobs, "pause", "Kho 2019")
    assert site.ledger.job(job.id).state is JobState.PAUSED
    sohoa(jobs, "stop", job.id)
    assert site.ledger.job(job.id).state is JobState.STOPPED
    done = sohoa(jobs, "resume", "Kho 2019")
    assert site.ledger.job(job.id).state is JobState.DONE
    assert "9/10" in done.output
    (listed,) = json.loads(sohoa(jobs, "list", "--json").stdout)
    assert (listed["name"], listed["state"], listed["files"]["stored"]) == ("Kho 2019", "done", 9)
    assert "Kho 2019" in sohoa(jobs, "list").output
    assert "1" in sohoa(jobs, "retry", "Kho 2019").output
    assert site.ledger.counts(job.id)[ItemState.PLANNED] == 1


def test_what_is_asked_wrongly_is_refused(sohoa: Callable[..., Result], delivery: Path, tmp_path: Path) -> None:
    with pytest.raises(PlanRefused, match="--procedure"):
        sohoa(backfill, delivery, "--plan")
    with pytest.raises(NotFound):
        sohoa(backfill, tmp_path / "none", *PROCEDURE)
    with pytest.raises(UnknownJob):
        sohoa(jobs, "resume", "none")


def test_a_name_belongs_to_one_source(
    sohoa: Callable[..., Result], delivery: Path, tmp_path: Path, workers: threading.Event
) -> None:
    sohoa(backfill, delivery, *PROCEDURE, "--name", "kho")
    other = put(tmp_path, "other/HS-1/a.pdf", pdf(7)).parents[1]
    with pytest.raises(PlanRefused, match="--name"):
        sohoa(backfill, other, *PROCEDURE, "--name", "kho")
