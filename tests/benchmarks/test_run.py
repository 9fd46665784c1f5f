"""A small run with the real engines in their own processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import cli, geometry, workers
from benchmarks.cost import Meter, peak_megabytes
from benchmarks.engines import ENGINES, Orders
from benchmarks.pages import drawn_cases
from benchmarks.scoring import score
from pipeline.settings import Limits, Reading

ORDERS = Orders(Reading(), Limits())


def test_every_engine_has_its_turn() -> None:
    assert set(workers.ORDER) == set(ENGINES)


def test_engines_read_the_same_page(tmp_path: Path) -> None:
    cases = drawn_cases(1, ("clean",), tmp_path, Limits())
    steps: list[tuple[str, int]] = []
    runs = workers.run_engines(
        ("ocrmypdf", "tesseract", "ours"), cases, ORDERS, 2, lambda name, count: steps.append((name, count))
    )
    assert list(runs) == ["ocrmypdf", "tesseract", "ours"]
    assert sorted(steps) == [("ocrmypdf", 1), ("ours", 1), ("tesseract", 1)]
    for run in runs.values():
        (page,) = run.pages
        done = score(cases[0].truth, page)
        assert page.error == ""
        assert done.counts.letter_errors < 0.02 * done.counts.letters
        assert done.counts.found > 0.9 * done.counts.printed
        assert page.cpu > 0.1
        assert 30 < run.megabytes < 2000
    assert runs["ours"].pages[0].words[0].flagged is not None


def test_a_page_that_is_refused_is_read_as_empty(tmp_path: Path) -> None:
    broken = drawn_cases(1, ("low_res",), tmp_path, Limits())[0]
    workers.begin("tesseract", ORDERS, broken)
    broken.carrier.write_bytes(b"no picture")
    (page,) = workers.read([broken])
    assert (page.words, page.error) == ((), "TesseractError")


def test_a_page_is_looked_at_in_all_four_turns() -> None:
    looks = geometry.look_at(0, Limits())
    assert {look.rotation for look in looks} == {0, 90, 180, 270}
    assert {look.skew == 0 for look in looks} == {True, False}
    assert all(look.rotation == look.found_rotation for look in looks)


def test_a_meter_counts_own_work_and_that_of_children() -> None:
    with Meter() as meter:
        sum(range(3_000_000))
    assert meter.cpu > 0
    assert meter.wall > 0
    assert peak_megabytes() > 10


def test_unknown_names_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["ocr", "--sets", "sneeze"])
    assert "sneeze" in capsys.readouterr().err
