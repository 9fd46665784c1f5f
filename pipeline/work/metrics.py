"""Metrics for Prometheus, counted from the ledger when they are asked for.

The ledger knows what every worker on every machine has done, so one exporter tells all of it, right after a restart
too, and worker processes share nothing with it: with counters kept in the workers there would have to be one exporter
a machine, files shared among its processes, and what a killed one had counted would be lost. What is told is therefore
what is committed. Labels are words of closed lists, names of our errors and masks of job ids: nobody's name, no code.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Metric, PlatformCollector, ProcessCollector, start_http_server
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from pipeline.dossier import State
from pipeline.errors import ServiceFailed, SohoaError
from pipeline.settings import Site
from pipeline.work import discreet, standing
from pipeline.work.figures import SLACK, Figures
from pipeline.work.ledger import ItemState, Ledger, Urgency
from pipeline.work.masks import learn_key, masked
from pipeline.work.standing import Bells, Standing

BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""Upper bounds of the histograms, in seconds."""
_SIGNED = (State.OFFICER_SIGNED, State.CONFIRMED, State.CODED, State.SEALED, State.STORED)
_SEALED = (State.SEALED, State.STORED)
_BULK = ("backfill", "watch")
"""Kinds of jobs told of one by one; those of the counter are too many."""


class EngineCollector(Collector):
    """Counts anew whenever it is asked; several that ask at once wait for one another."""

    def __init__(self, site: Site, bell: Bells | None, seconds: float = standing.SECONDS) -> None:
        self._site, self._bell, self._seconds = site, bell, seconds
        self._stages = _Stages(site, seconds)
        self._lock = threading.Lock()
        self._masking = False

    def describe(self) -> Iterable[Metric]:
        """Nothing: what there is is known when it is counted."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics; those of a part that is down are left out, and ``sohoa_part_up`` says that it is."""
        with self._lock:
            begun = time.monotonic()
            now = standing.look(self._site, self._bell, self._seconds)
            if not self._masking and all(part.error is None for part in now.parts if part.name == "store"):
                self._masking = learn_key(self._site)  # else a job would be called otherwise after each start
            yield from _of_parts(now)
            if all(part.error is None for part in now.parts if part.name == "database"):
                yield from _of_work(now)
                yield from _of_jobs(now)
                yield from _of_documents(self._site, self._seconds)
                yield from self._stages.collect()
            yield _gauge("sohoa_scrape_seconds", "Seconds that counting took.", {(): time.monotonic() - begun})


# -- what stands ------------------------------------------------------------------------------------------------


def _of_parts(now: Standing) -> Iterator[Metric]:
    parts = now.parts
    up = {(part.name,): float(part.error is None) for part in parts}
    yield _gauge("sohoa_part_up", "Whether store, broker and database answer.", up, "part")
    took = {(part.name,): part.seconds for part in parts if part.error is None}
    yield _gauge("sohoa_part_seconds", "How long their answer took.", took, "part")
    errors = {(part.name, _rule(part.error.rule)): 1.0 for part in parts if part.error is not None}
    yield _gauge("sohoa_part_error", "What they met with.", errors, "part", "rule")
    if now.bells is not None:
        yield _gauge("sohoa_queue_bells", "Messages in the broker.", {(): now.bells})


def _of_work(now: Standing) -> Iterator[Metric]:
    items = {(str(state), urgency.name.lower()): 0.0 for state in ItemState for urgency in Urgency}
    items |= {(str(state), urgency.name.lower()): float(count) for (state, urgency), count in now.items.items()}
    yield _gauge("sohoa_items", "Sources by state and urgency.", items, "state", "urgency")
    yield _gauge("sohoa_claimable", "Pieces of work a worker could take now (up to 1000).", {(): now.claimable})
    waits = {(urgency.name.lower(),): now.waiting.get(urgency, 0.0) for urgency in Urgency}
    yield _gauge("sohoa_oldest_wait_seconds", "How long the oldest of them has waited.", waits, "urgency")
    leases = {("item",): now.leases.items, ("page",): now.leases.pages}
    yield _gauge("sohoa_leases", "Sources and pages that workers have.", leases, "kind")
    yield _gauge("sohoa_leases_over", "Leases that ran out and were not taken back.", {(): now.leases.over})
    for name, reasons, told in (
        ("sohoa_parked", now.parked, "Sources set aside, by error."),
        ("sohoa_retrying", now.retrying, "Sources that failed and are tried again, by error."),
    ):
        counts: dict[tuple[str, ...], float] = {}
        for reason in reasons:
            rule = (_rule(reason.rule),)
            counts[rule] = counts.get(rule, 0.0) + reason.count
        yield _gauge(name, told, counts, "rule")
    workers = {("alive",): now.alive, ("silent",): len(now.workers) - now.alive}
    yield _gauge("sohoa_workers", "Worker processes; silent: lost, with sources still theirs.", workers, "state")
    yield _gauge("sohoa_pages_per_minute", "Pages read, all workers together.", {(): now.pages_per_minute})


def _of_jobs(now: Standing) -> Iterator[Metric]:
    jobs: dict[tuple[str, ...], float] = {}
    items: dict[tuple[str, ...], float] = {}
    pages: dict[tuple[str, ...], float] = {}
    for each in now.jobs:
        kind = each.job.kind if each.job.kind in discreet.KINDS else discreet.OTHER
        jobs[kind, str(each.job.state)] = jobs.get((kind, str(each.job.state)), 0.0) + 1
        if kind in _BULK:
            name = masked(each.job.id)
            items |= {(name, kind, str(state)): float(each.items.get(state, 0)) for state in ItemState}
            pages |= {(name, kind, "known"): float(each.pages), (name, kind, "read"): float(each.pages_read)}
    yield _gauge("sohoa_jobs", "Jobs that are not done.", jobs, "kind", "state")
    yield _gauge("sohoa_job_items", "Sources of backfills and watched folders.", items, "job", "kind", "state")
    yield _gauge("sohoa_job_pages", "Pages of theirs, known of and read.", pages, "job", "kind", "state")


def _of_documents(site: Site, seconds: float) -> Iterator[Metric]:
    if not standing.has_ledger(site):
        return
    ledger = Ledger(standing.hurried(site, seconds))
    try:
        found = Figures(ledger).documents()
        read, known = ledger.pages_counts()
    except SohoaError:
        return  # the database went away meanwhile; the next scrape says so
    finally:
        ledger.close()
    counts: dict[tuple[str, ...], float] = {}
    signatures = {("officer",): 0.0, ("agency",): 0.0}
    for each in found:
        state = each.state if each.state in {*State} else discreet.OTHER
        way = each.accepted_by if each.accepted_by in ("policy", "person") else "nobody"
        counts[state, way] = counts.get((state, way), 0.0) + each.count
        signatures["officer",] += each.count * (each.state in _SIGNED)
        signatures["agency",] += each.count * (each.state in _SEALED)
    yield _gauge("sohoa_documents", "Documents by state and who let them pass.", counts, "state", "accepted_by")
    doubtful = sum(each.doubtful for each in found)
    yield _gauge("sohoa_documents_doubtful", "Documents with a field in doubt.", {(): doubtful})
    stored = sum(each.bytes for each in found if each.state == State.STORED)
    yield _gauge("sohoa_stored_bytes", "Bytes of stored records.", {(): stored})
    yield _gauge("sohoa_signatures", "Signatures on documents known to the ledger.", signatures, "role")
    yield _gauge("sohoa_pages", "Pages known of, and read.", {("known",): known, ("read",): read}, "state")


# -- seconds by stage -------------------------------------------------------------------------------------------


@dataclass
class _Histogram:
    counts: list[int]
    total: float = 0.0

    def add(self, seconds: float) -> None:
        place = sum(bound < seconds for bound in BUCKETS)
        self.counts[place] += 1
        self.total += seconds


class _Stages:
    """Histograms over the stored sources; what was counted once is not asked for again."""

    def __init__(self, site: Site, seconds: float) -> None:
        self._site, self._seconds = site, seconds
        self._found: dict[str, _Histogram] = {}
        self._since = 0.0
        self._lately: dict[int, float] = {}

    def collect(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(
            "sohoa_stage_seconds", "Seconds a stored source took, by stage.", labels=["stage"]
        )
        if standing.has_ledger(self._site):
            ledger = Ledger(standing.hurried(self._site, self._seconds))
            try:
                self._count(Figures(ledger))
            except SohoaError:
                return
            finally:
                ledger.close()
        for stage, found in sorted(self._found.items()):
            family.add_metric([stage], _cumulated(found.counts), found.total)
        yield family

    def _count(self, figures: Figures) -> None:
        for item, at, timings in figures.stored_since(self._since):
            if item not in self._lately:
                self._lately[item] = at
                for stage, seconds in timings.items():
                    name = stage if stage in discreet.STAGES else discreet.OTHER
                    self._found.setdefault(name, _Histogram([0] * (len(BUCKETS) + 1))).add(float(seconds))
            self._since = max(self._since, at)
        kept = self._since - 2 * SLACK
        self._lately = {item: at for item, at in self._lately.items() if at >= kept}


def _cumulated(counts: list[int]) -> list[tuple[str, float]]:
    bounds = [*(str(bound) for bound in BUCKETS), "+Inf"]
    return [(bound, float(sum(counts[: place + 1]))) for place, bound in enumerate(bounds)]


def _rule(name: str) -> str:
    return str(discreet.rule(name))


def _gauge(name: str, told: str, values: Mapping[Any, float], *labels: str) -> Metric:
    family = GaugeMetricFamily(name, told, labels=labels)
    for words, value in values.items():
        family.add_metric(list(words), float(value))
    return family


# -- serving ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exporter:
    """A server of metrics. It has a thread of its own."""

    address: str
    server: WSGIServer
    thread: threading.Thread

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def serve(site: Site, bell: Bells | None, host: str = "127.0.0.1", port: int = 9808) -> Exporter:
    """Serve the metrics at ``http://host:port/metrics``, to whoever can reach it: keep it on this machine.

    Args:
        site: the installation.
        bell: the queue, where its depth is to be told.
        host: address to listen on.
        port: 0: any free one.

    Raises:
        ServiceFailed: the address cannot be had.
    """
    registry = CollectorRegistry()
    registry.register(EngineCollector(site, bell))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        what = f"{host}:{port}: {error.strerror or type(error).__name__}"
        raise ServiceFailed(service="metrics", what=what, log="-") from error
    return Exporter(f"{host}:{server.server_port}", server, thread)
