"""Rows, means, bars and what is written of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.bars import Bar, Outcome, bars_of
from benchmarks.geometry import GeometryResult, Look
from benchmarks.nouns import Case, ReadPage, Truth
from benchmarks.pages import HARD
from benchmarks.results import Scored, rows_of
from benchmarks.scoring import Counts, Score
from benchmarks.speed import SpeedResult


def scored(engine: str, name: str, page: str = "a", *, cpu: float = 1.0, judged: bool = True, **counts: int) -> Scored:
    case = Case(name, page, Path("a.pdf"), Path("a.jpg"), 300, True, Truth("", ()))
    sums = Counts(**{"letters": 1000, "printed": 200, "found": 200, "words": 200, **counts})
    return Scored(engine, case, ReadPage((), cpu, cpu), Score(sums, (), judged))


def bar(outcome: Outcome, what: str) -> Bar:
    (found,) = (bar for bar in bars_of(outcome) if bar.what.startswith(what))
    return found


def test_a_row_is_of_all_letters_of_its_set() -> None:
    pages = [scored("ours", "fax", letters=100, letter_errors=10), scored("ours", "fax", "b", letters=900)]
    (row,) = rows_of(pages, ["ours"])
    assert (row.pages, row.cer, row.recall) == (2, 1.0, 100.0)


def test_every_set_weighs_the_same_in_a_mean_but_flags_are_pooled() -> None:
    pages = [
        scored("ours", "fax", letter_errors=30, wrong=9, caught=9),
        scored("ours", "skew", letter_errors=10, wrong=1, caught=0),
        scored("ours", "skew", "b", letter_errors=10),
        scored("ours", "clean", letter_errors=0),
    ]
    rows = {row.set: row for row in rows_of(pages, ["ours"])}
    assert rows["hard"].cer == pytest.approx(2.0)
    assert rows["all"].cer == pytest.approx(4 / 3)
    assert rows["hard"].caught == pytest.approx(90.0)
    assert rows["skew"].caught == 0.0
    assert rows["clean"].caught is None


def test_nothing_is_said_of_flags_of_an_engine_without_them() -> None:
    (row,) = rows_of([scored("ocrmypdf", "fax", judged=False, wrong=3)], ["ocrmypdf"])
    assert (row.flagged, row.caught, row.escapes) == (None, None, None)


def test_bars_of_the_samples() -> None:
    pages = [
        scored("ours", "samples", "a", letter_errors=1, found=199, wrong=1, caught=1, flagged=10),
        scored("ours", "samples", "b", letter_errors=3),
        scored("tesseract", "samples", "a", letter_errors=1),
        scored("tesseract", "samples", "b", letter_errors=2),
    ]
    outcome = Outcome(rows_of(pages, ["ours", "tesseract"]), tuple(pages))
    assert bar(outcome, "body CER on typed").verdict == "MISSED"
    assert bar(outcome, "typed pages worse").measured == "1 of 2 (b)"
    assert bar(outcome, "word recall").reached
    assert bar(outcome, "words flagged, samples").measured == "2.5 %"
    assert bar(outcome, "words wrong and not flagged, samples").reached
    assert bar(outcome, "words flagged, drawn").verdict == "not measured"


def test_the_hard_bar_needs_all_hard_sets() -> None:
    some = [scored("ours", name) for name in HARD[1:]]
    every = [scored("ours", name, letter_errors=20) for name in HARD]
    assert bar(Outcome(rows_of(some, ["ours"]), tuple(some)), "mean body CER").reached is None
    assert bar(Outcome(rows_of(every, ["ours"]), tuple(every)), "mean body CER").reached is False


def test_costs_are_compared_on_the_same_pages() -> None:
    pages = [scored("ours", "clean", cpu=1.0), scored("ocrmypdf", "clean", cpu=4.0)]
    outcome = Outcome(rows_of(pages, ["ours", "ocrmypdf"]), tuple(pages), {"ours": 451.0}, None, SpeedResult(1, 1.9, 2))
    assert bar(outcome, "CPU-s").reached
    assert bar(outcome, "… against").measured == "0.25 ×"
    assert not bar(outcome, "peak memory").reached
    assert bar(outcome, "two processes").reached


def test_geometry() -> None:
    looks = (Look("a", 90, 90, 1.0, 1.1), Look("b", 0, 0, 0.0, 0.0), Look("c", 180, 0, 2.0, -2.0))
    found = GeometryResult(looks)
    assert (found.right, found.pages) == (2, 3)
    assert found.skew_error == pytest.approx(0.05)
    assert found.worst_error == pytest.approx(0.1)
    assert bar(Outcome(geometry=found), "orientation").verdict == "MISSED"


def test_a_run_is_written_down() -> None:
    pages = [scored("ours", "clean", cpu=1.25, letter_errors=4)]
    outcome = Outcome(
        rows_of(pages, ["ours"]), tuple(pages), {"ours": 400.0}, GeometryResult((Look("c", 180, 0, 2.0, 2.0),))
    )
    said = report.as_markdown(outcome)
    assert "| clean | ours | 1 | 0.40 |" in said
    assert "turned wrongly: c" in said
    assert "ours 400" in said
    told = json.loads(report.as_json(outcome))
    assert told["pages"][0]["counts"]["letter_errors"] == 4
    assert told["rows"][0]["cpu"] == 1.25
