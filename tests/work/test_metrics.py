"""Metrics: counted from a real ledger, right after restarts and with parts down, and never with a name in them."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from pipeline.dossier import Dossier
from pipeline.errors import BrokerDown, Damaged, ServiceFailed, SohoaError, StoreDown, WorkStuck
from pipeline.settings import Database, Site
from pipeline.work import metrics, standing
from pipeline.work.figures import Figures
from pipeline.work.ledger import Beat, Found, Item, ItemState, Job, JobState, Lease, Ledger, NewItem, Urgency
from pipeline.work.ledger.tables import ITEMS
from pipeline.work.metrics import EngineCollector
from tests.fixtures.postgres import database, postgres  # noqa: F401 - fixtures
from tests.fixtures.store import site_in

NAME = "Nguyễn Thị Bích Ngọc"
CODE = "H00.01-261122-0042"
SECRETS = ("Nguy", "Bích", "261122", "0011880", ".pdf", "scans")


class Queue:
    """A queue of so many bells; ``None``: it is down."""

    def __init__(self, bells: int | None = 0) -> None:
        self.bells = bells

    def depth(self) -> int:
        if self.bells is None:
            raise BrokerDown(where="127.0.0.1:1")
        return self.bells


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """An installation whose store was never started."""
    made = site_in(tmp_path)
    if request.param == "postgresql":
        made = made.model_copy(update={"database": request.getfixturevalue("database")})
    return made


@pytest.fixture
def ledger(site: Site) -> Iterator[Ledger]:
    made = Ledger(site)
    made.ensure()
    yield made
    made.close()


def job(ledger: Ledger, id: str = f"of {NAME}", kind: str = "backfill", count: int = 4) -> list[Item]:
    """A job with sources in the work area, two pages each."""
    urgency = Urgency.BACKFILL if kind == "backfill" else Urgency.COUNTER
    ledger.open_job(Job(id, kind, f"/scans/{NAME}", urgency))
    dossiers = [Dossier(f"{CODE}{number}", "1.001193", "001188012345") for number in range(count)]
    ledger.plan(id, [NewItem(f"/scans/{each.code}/{NAME}.pdf", f"{NAME}.pdf", each, 10, 2) for each in dossiers])
    items = ledger.planned(id, count)
    for number, item in enumerate(items):
        assert ledger.feed(item.id, f"{id}{number}".encode().hex().rjust(64, "0")[-64:], 10)
    return items


def claim(ledger: Ledger, worker: str = "host-1") -> Lease:
    lease = ledger.claim(worker)
    assert isinstance(lease, Lease)
    return lease


def store(ledger: Ledger, state: ItemState = ItemState.STORED, error: SohoaError | None = None) -> None:
    """Take one source the whole way."""
    lease = claim(ledger)
    if lease.item.state is ItemState.READING:
        number = lease.item.id
        ledger.set_read(lease, [found(number, "officer_signed")], 2, {"read": 3.0, "capture": 0.2, NAME: 1.0})
        lease = claim(ledger)
    ledger.finish(lease, state, [found(lease.item.id, str(state))], {"record": 0.7}, error)


def found(number: int, state: str) -> Found:
    state = state if state in ("officer_signed", "stored", "parked") else "officer_signed"
    accepted = "policy" if state == "stored" else ""
    return Found(f"{number:064x}", state, "giay_khai_sinh", 2, doubtful=number % 2, accepted_by=accepted, bytes=1000)


def scraped(collector: EngineCollector) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Everything counted, as Prometheus reads it."""
    from prometheus_client import generate_latest

    registry = CollectorRegistry()
    registry.register(collector)
    text = generate_latest(registry).decode()
    assert not [each for each in SECRETS if each in text], text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}


def value(samples: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float | None:
    return samples.get((name, frozenset(labels.items())))


def test_what_the_ledger_knows_is_told(site: Site, ledger: Ledger) -> None:
    job(ledger)
    ledger.beat(Beat("host-1", "host", 1, "page 3", pages=5, pages_per_minute=30.0))
    store(ledger)
    store(ledger, ItemState.PARKED, Damaged(name=f"{NAME}.pdf", what=NAME))
    claim(ledger)
    told = scraped(EngineCollector(site, Queue(2)))
    assert value(told, "sohoa_items", state="stored", urgency="backfill") == 1
    assert value(told, "sohoa_items", state="reading", urgency="backfill") == 1
    assert value(told, "sohoa_items", state="stored", urgency="counter") == 0
    assert value(told, "sohoa_parked", rule="Damaged") == 1
    assert value(told, "sohoa_leases", kind="item") == 1
    assert value(told, "sohoa_leases_over") == 0
    assert value(told, "sohoa_claimable") == 1
    assert value(told, "sohoa_queue_bells") == 2
    assert value(told, "sohoa_workers", state="alive") == 1
    assert value(told, "sohoa_pages_per_minute") == 30
    assert value(told, "sohoa_documents", state="stored", accepted_by="policy") == 1
    assert value(told, "sohoa_signatures", role="agency") == 1
    assert value(told, "sohoa_signatures", role="officer") == 1
    assert (value(told, "sohoa_pages", state="known"), value(told, "sohoa_pages", state="read")) == (8, 2)
    assert value(told, "sohoa_jobs", kind="backfill", state="running") == 1
    progress = [labels for (name, labels), each in told.items() if name == "sohoa_job_items" and each]
    assert len(progress) == 4
    assert value(told, "sohoa_stage_seconds_count", stage="read") == 1
    assert value(told, "sohoa_stage_seconds_sum", stage="read") == 3
    assert value(told, "sohoa_stage_seconds_count", stage="other") == 1
    assert value(told, "sohoa_part_up", part="database") == 1
    assert value(told, "sohoa_part_up", part="broker") == 1
    assert value(told, "sohoa_part_up", part="store") == 0
    assert value(told, "sohoa_part_error", part="store", rule="StoreDown") == 1


def test_histograms_count_each_source_once_and_alike_after_a_restart(site: Site, ledger: Ledger) -> None:
    job(ledger, count=3)
    lasting = EngineCollector(site, None)
    for expected in range(1, 4):
        store(ledger)
        told = scraped(lasting)
        assert value(told, "sohoa_stage_seconds_count", stage="read") == expected
        assert scraped(lasting)[("sohoa_stage_seconds_sum", frozenset({("stage", "read")}))] == 3.0 * expected
    fresh = scraped(EngineCollector(site, None))
    assert {key: fresh[key] for key in fresh if "stage_seconds" in key[0]} == {
        key: told[key] for key in told if "stage_seconds" in key[0]
    }
    assert value(fresh, "sohoa_stage_seconds_bucket", stage="read", le="2.5") == 0
    assert value(fresh, "sohoa_stage_seconds_bucket", stage="read", le="5.0") == 3


def test_many_sources_stored_at_one_moment_are_all_counted(site: Site) -> None:
    ledger = Ledger(site, clock=lambda: 1000.0)
    job(ledger, count=3)
    with ledger.transaction() as connection:
        row = connection.execute(ITEMS.select().limit(1)).one()._mapping
        stored = {"state": "stored", "turn": None, "timings": '{"read": 1}', "changed_at": 1000.0}
        copies = [{**row, "id": number, "origin_key": str(number), **stored} for number in range(10_000, 15_000)]
        connection.execute(ITEMS.insert(), copies)
    collector = EngineCollector(site, None)
    for _ in range(2):
        assert value(scraped(collector), "sohoa_stage_seconds_count", stage="read") == 5000
    ledger.close()


@given(st.lists(st.floats(0, 1e6), max_size=50))
def test_buckets_add_up(seconds: list[float]) -> None:
    histogram = metrics._Histogram([0] * (len(metrics.BUCKETS) + 1))
    for each in seconds:
        histogram.add(each)
    cumulated = metrics._cumulated(histogram.counts)
    assert cumulated[-1] == ("+Inf", len(seconds))
    assert [count for _, count in cumulated[:-1]] == [
        sum(each <= bound for each in seconds) for bound in metrics.BUCKETS
    ]


def test_before_the_first_job_nothing_is_made(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    told = scraped(EngineCollector(site, Queue(None)))
    assert value(told, "sohoa_part_up", part="broker") == 0
    assert value(told, "sohoa_items", state="ready", urgency="counter") == 0
    assert not (tmp_path / "var").exists()


def test_a_database_that_is_down_leaves_its_figures_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections and says nothing
        url = f"postgresql://sohoa@127.0.0.1:{deaf.getsockname()[1]}/sohoa"
        site = site_in(tmp_path).model_copy(update={"database": Database(url=url)})
        told = scraped(EngineCollector(site, Queue(3), seconds=0.5))
    assert value(told, "sohoa_part_error", part="database", rule="DatabaseDown") == 1
    assert value(told, "sohoa_queue_bells") == 3
    assert not [name for name, _ in told if name in ("sohoa_items", "sohoa_documents", "sohoa_parked")]


def test_a_damaged_ledger_is_told(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    site.data.mkdir()
    (site.data / "ledger.db").write_bytes(b"no database " * 1000)
    told = scraped(EngineCollector(site, None))
    assert value(told, "sohoa_part_error", part="database", rule="DatabaseDown") == 1


def test_served_on_loopback_to_several_at_once(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    exporter = metrics.serve(site, Queue(1), port=0)
    try:
        answers: list[bytes] = []

        def ask() -> None:
            with urllib.request.urlopen(f"http://{exporter.address}/metrics", timeout=30) as answer:
                answers.append(answer.read())

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(answers) == 4
        assert all(b"sohoa_queue_bells 1.0" in answer and b"process_cpu_seconds_total" in answer for answer in answers)
        assert exporter.address.startswith("127.0.0.1:")
        with pytest.raises(ServiceFailed):
            metrics.serve(site, None, port=int(exporter.address.rpartition(":")[2]))
    finally:
        exporter.close()


# -- standing ---------------------------------------------------------------------------------------------------


def test_what_is_stuck_is_told(site: Site) -> None:
    now = [1_000_000.0]
    ledger = Ledger(site, clock=lambda: now[0])
    job(ledger)
    figures = Figures(ledger)
    assert figures.waiting() == {Urgency.BACKFILL: 0.0}
    claim(ledger)
    ledger.beat(Beat("host-1", "host", 1))
    now[0] += 30
    assert [alive for _, alive in figures.workers()] == [True]
    now[0] += 1000
    assert figures.leases().over == 1
    assert figures.waiting() == {Urgency.BACKFILL: 1030.0}
    assert [alive for _, alive in figures.workers()] == [False]
    ledger.expire()
    assert figures.leases().over == 0
    ledger.set_job(f"of {NAME}", JobState.PAUSED)
    assert figures.waiting() == {}
    assert [each.job.state for each in figures.jobs()] == [JobState.PAUSED]
    ledger.close()


def test_nobody_alive_and_nobody_sweeping(site: Site, ledger: Ledger) -> None:
    job(ledger)
    ledger.beat(Beat("host-1", "host", 1))
    claim(ledger)
    with ledger.transaction() as connection:
        connection.execute(ITEMS.update().values(changed_at=ITEMS.c.changed_at - 3600))
        connection.execute(ITEMS.update().where(ITEMS.c.token != "").values(lease_until=ITEMS.c.lease_until - 3600))
    found = standing.look(site, Queue(0))
    assert [type(each) for each in found.troubles] == [StoreDown, WorkStuck]
    assert [len(worker.items) for worker in found.workers] == [1]
    assert found.last_day is not None
    assert found.last_day.items == 0


def test_the_last_day(site: Site, ledger: Ledger) -> None:
    job(ledger)
    for _ in range(2):
        store(ledger)
    store(ledger, ItemState.PARKED, Damaged(name="a.pdf", what="-"))
    done = Figures(ledger).throughput()
    assert (done.items, done.documents, done.pages, done.parked) == (2, 2, 4, 1)
    assert Figures(ledger).throughput(-1).items == 0


def test_a_part_that_hangs_does_not_hold_the_others_up() -> None:
    gate = threading.Event()
    late = {"slow": StoreDown(where="x"), "quick": StoreDown(where="y"), "bad": StoreDown(where="z")}

    def fail() -> None:
        raise ValueError(NAME)

    begun = time.monotonic()
    slow, quick, bad = standing.together({"slow": gate.wait, "quick": lambda: 1, "bad": fail}, late, 0.3)
    assert time.monotonic() - begun < 20
    assert (slow[2].rule, quick[2]) == ("StoreDown", 1)
    assert "ValueError" in bad[2].text.en
    assert NAME not in bad[2].text.en
    gate.set()
