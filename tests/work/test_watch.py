"""A watched folder with a real ledger, a plain folder in the place of the work area, files as scanners drop them."""

from __future__ import annotations

import io
import multiprocessing
import os
import random
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from pipeline.capture import separator_sheets
from pipeline.dossier import Text
from pipeline.errors import ConfigError, Damaged, NotFound, StoreDown
from pipeline.settings import Codes, Limits, Reading, Site, WatchedFolder
from pipeline.work.inspecting import Inspector
from pipeline.work.ledger import Found, ItemState, Ledger
from pipeline.work.watch import Means, Watch

CODE, OTHER = "H00.01-261122-0001", "H00.01-261122-0002"


@dataclass
class Folder:
    """A plain folder in the place of the work area."""

    path: Path
    down: bool = False

    def put_source(self, path: Path, sha256: str) -> None:
        if self.down:
            raise StoreDown(where="test")
        self.path.mkdir(exist_ok=True)
        draft = self.path / f"{sha256}.{os.getpid()}"
        shutil.copyfile(path, draft)
        draft.rename(self.path / sha256)


@dataclass
class Counting:
    """Counts the rings."""

    rings: int = 0

    def ring(self, count: int = 1) -> None:
        self.rings += count


@dataclass
class Clock:
    """Gives the time it is told."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    """All there is to a watched folder; ``worker`` is what the engine would do."""

    folder: Path
    means: Means
    said: list[Text]
    clock: Clock = field(default_factory=Clock)

    @property
    def ledger(self) -> Ledger:
        return self.means.ledger

    def watch(self, **settings: object) -> Watch:
        return Watch(WatchedFolder.model_validate({"folder": self.folder, **settings}), self.means, self.clock)

    def looks(self, watch: Watch, times: int = 3, seconds: float = 6.0) -> None:
        for _ in range(times):
            watch.round()
            self.clock.now += seconds

    def work(self, state: ItemState = ItemState.STORED) -> int:
        """Take every item to its end; how many those were."""
        done = 0
        while lease := self.ledger.claim("worker"):
            found = [Found(f"record{lease.item.id}", "stored", "don", 1)]
            if lease.item.state is ItemState.READING and state is not ItemState.PARKED:
                self.ledger.set_read(lease, found, 1, {})
                continue
            error = Damaged(name="x", what="y") if state is ItemState.PARKED else None
            self.ledger.finish(lease, state, found, {}, error)
            done += 1
        return done

    def files(self, *below: str) -> list[str]:
        """What lies there, hidden files left out."""
        top = self.folder.joinpath(*below)
        return sorted(str(path.relative_to(top)) for path in top.rglob("*") if path.is_file() and path.name[0] != ".")


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    with Inspector(Reading(), Limits(), 1) as crew:
        yield crew


@pytest.fixture
def desk(tmp_path: Path, inspector: Inspector, codes: Codes) -> Desk:
    folder = tmp_path / "scans"
    folder.mkdir()
    said: list[Text] = []
    ledger = Ledger(_site(tmp_path))
    means = Means(
        ledger, Folder(tmp_path / "area"), Counting(), inspector, codes, 512, tmp_path / "scratch", said.append
    )
    return Desk(folder, means, said)


@pytest.fixture(scope="module")
def codes() -> Codes:
    pattern = r"[A-Z]\d{2}(\.\d{1,3}){0,3}-\d{6}-\d{4,}"
    return Codes(
        basis="",
        component="",
        result="",
        dossier_patterns=(pattern,),
        procedure_patterns=(r"\d\.\d{6}",),
        owner_patterns=(),
        provinces={},
    )


def _site(folder: Path) -> Site:
    key = {"p12": folder / "none.p12"}
    return Site.model_validate(
        {"data": folder, "index": folder / "index.db", "agency": {"name": "x"}, "keys": {"officer": key, "agency": key}}
    )


def _scan(text: str = "a", kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    shade = 40 + sum(map(ord, text)) % 180
    picture = Image.new("RGB", (120, 160), "white")
    picture.paste((shade, len(text) % 255, 90), (10, 10, 60, 30))
    picture.save(made, kind, dpi=(30, 30))
    return made.getvalue()


def _drop(desk: Desk, name: str, data: bytes | None = None) -> Path:
    path = desk.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_scan(name) if data is None else data)
    return path


def test_a_scan_is_taken_when_it_is_still_and_moved_when_it_is_stored(desk: Desk):
    watch = desk.watch(dossier=CODE, procedure="1.001193")
    _drop(desk, "scan 1.png")
    assert watch.round().taken == 0
    desk.clock.now += 6
    assert watch.round().taken == 1
    [item] = desk.ledger.items()
    assert (item.state, item.dossier.code, item.dossier.procedure) == (ItemState.READY, CODE, "1.001193")
    assert (desk.means.area.path / item.sha256).read_bytes() == (desk.folder / "scan 1.png").read_bytes()
    assert desk.means.bell.rings == 1
    desk.looks(watch)
    assert desk.files() == ["scan 1.png"]
    desk.work()
    assert watch.round().moved == 1
    assert desk.files() == ["done/scan 1.png"]
    assert not list(desk.means.scratch.iterdir())


@pytest.mark.parametrize("cut", [0, 400, -200])
def test_a_growing_file_waits_until_it_is_whole(desk: Desk, cut: int):
    watch = desk.watch(dossier=CODE)
    made = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(3):
            pdf.add_blank_page(page_size=(300, 400))
        pdf.save(made)
    whole = made.getvalue()
    _drop(desk, "a.pdf", whole[:cut] + bytes(len(whole) - len(whole[:cut])))  # the size is set first, as Windows does
    desk.looks(watch, 5)
    assert desk.ledger.items() == []
    _drop(desk, "a.pdf", whole)
    desk.looks(watch, 3)
    assert [item.state for item in desk.ledger.items()] == [ItemState.READY]


def test_what_never_becomes_a_scan_is_set_aside_with_the_reason(desk: Desk):
    watch = desk.watch(dossier=CODE, give_up_seconds=300)
    _drop(desk, "H/rỗng.pdf", b"")
    _drop(desk, "bảng.pdf", b"%PDF-1.7 half")
    _drop(desk, "thư.docx", b"PK\3\4")
    desk.looks(watch, 4)
    assert not (desk.folder / "failed").exists()
    desk.looks(watch, 8, 61)
    names = ["H/rỗng.pdf", "bảng.pdf", "thư.docx"]
    assert desk.files("failed") == sorted([*names, *(f"{name}.reason.txt" for name in names)])
    reason = (desk.folder / "failed" / "bảng.pdf.reason.txt").read_text("utf-8-sig")
    assert "bị hỏng" in reason
    assert "damaged" in reason
    assert desk.ledger.counts()[ItemState.PARKED] == 3


def test_what_cannot_be_helped_is_set_aside_at_once(desk: Desk):
    watch = desk.watch(dossier=CODE)
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(desk.folder / "khóa.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    _drop(desk, "đuôi sai.jpg")
    _drop(desk, "dòng\nmới.png")
    _drop(desk, os.fsdecode(b"\xff\xfe.png"))
    desk.looks(watch, 3)
    assert len([name for name in desk.files("failed") if not name.endswith(".reason.txt")]) == 4
    assert {item.reason for item in desk.ledger.items()} == {"Encrypted", "WrongExtension", "BadName"}


def test_the_dossier_comes_from_cover_sheet_folder_or_settings(desk: Desk):
    sheet = separator_sheets(bars="", square="SOHOA-SEPARATOR", note=f"{OTHER} 1.001193")
    _drop(desk, f"{CODE} ông A/sâu/bìa.pdf", sheet)
    _drop(desk, f"{CODE} ông A/sâu/b.png")
    _drop(desk, "máy quét 2/c.png")
    desk.looks(desk.watch(), 3)
    got = {item.name: (item.dossier.code, item.dossier.procedure, item.reason) for item in desk.ledger.items()}
    assert got == {"bìa.pdf": (OTHER, "1.001193", ""), "b.png": (CODE, "", ""), "c.png": ("", "", "NoDossier")}
    assert desk.files("failed", "máy quét 2") == ["c.png", "c.png.reason.txt"]
    (desk.folder / "failed" / "máy quét 2" / "c.png").rename(desk.folder / "máy quét 2" / "c.png")
    desk.looks(desk.watch(dossier=CODE), 3)  # now there is a default
    assert [item.state for item in desk.ledger.items() if item.dossier.code == CODE] == [ItemState.READY] * 2


def test_the_same_content_again_goes_aside_with_a_note_of_the_record(desk: Desk):
    watch = desk.watch(dossier=CODE)
    _drop(desk, "a.png", _scan())
    _drop(desk, "b.png", _scan())
    desk.looks(watch)
    assert len(desk.ledger.items()) == 1
    assert desk.work() == 1
    desk.looks(watch)
    _drop(desk, "a.png", _scan())
    desk.looks(watch)
    assert len(desk.ledger.items()) == 1
    assert desk.files("done") == ["a (2).png", "a (2).png.reason.txt", "a.png", "b.png", "b.png.reason.txt"]
    assert "record1" in (desk.folder / "done" / "b.png.reason.txt").read_text("utf-8-sig")


def test_a_parked_scan_that_is_put_back_is_tried_again(desk: Desk):
    watch = desk.watch(dossier=CODE)
    path = _drop(desk, "a.png")
    for round_trip in range(3):
        desk.looks(watch)
        assert desk.work(ItemState.PARKED) == 1, round_trip
        desk.looks(watch, 1)
        assert desk.files() == ["failed/a.png", "failed/a.png.reason.txt"] if not round_trip else True
        failed = max((desk.folder / "failed").glob("*.png"), key=lambda one: one.stat().st_ctime_ns)
        failed.rename(path)
    desk.looks(watch)
    desk.work()
    desk.looks(watch, 1)
    assert desk.files("done") == ["a.png"]
    assert len(desk.ledger.items()) == 1


def test_a_scan_that_waits_for_a_person_is_done_with(desk: Desk):
    watch = desk.watch(dossier=CODE)
    _drop(desk, "a.png")
    desk.looks(watch)
    desk.work(ItemState.WAITING)
    desk.looks(watch, 1)
    assert "sohoa review" in (desk.folder / "done" / "a.png.reason.txt").read_text("utf-8-sig")


def test_a_new_scan_of_the_same_name_is_another_scan(desk: Desk):
    watch = desk.watch(dossier=CODE)
    _drop(desk, "scan0001.png", _scan("one"))
    desk.looks(watch)
    _drop(desk, "scan0001.png", _scan("another"))
    desk.work()
    desk.looks(watch, 1)
    assert desk.files() == ["scan0001.png"]
    desk.looks(watch)
    assert desk.work() == 1
    desk.looks(watch, 1)
    assert (desk.folder / "done" / "scan0001.png").read_bytes() == _scan("another")
    assert desk.ledger.counts()[ItemState.STORED] == 2


def test_a_restart_takes_nothing_twice(desk: Desk):
    for name in ("a.png", "b.png"):
        _drop(desk, name)
    desk.looks(desk.watch(dossier=CODE))
    fresh = desk.watch(dossier=CODE)
    assert fresh.round().held == 2  # known at once, without looking at them again
    desk.work()
    late = desk.watch(dossier=CODE)  # ended while nobody watched
    desk.looks(late)
    assert desk.files() == ["done/a.png", "done/b.png"]
    assert len(desk.ledger.items()) == 2


def test_two_watchers_take_each_file_once(desk: Desk):
    one, two = desk.watch(dossier=CODE), desk.watch(dossier=CODE)
    for number in range(6):
        _drop(desk, f"{number}.png")
    for _ in range(3):
        one.round()
        two.round()
        desk.clock.now += 6
    assert len(desk.ledger.items()) == 6
    assert desk.work() == 6
    assert one.round().moved + two.round().moved >= 6
    assert desk.files() == [f"done/{number}.png" for number in range(6)]


def test_a_store_that_is_down_loses_nothing(desk: Desk):
    watch = desk.watch(dossier=CODE)
    _drop(desk, "a.png")
    desk.means.area.down = True
    watch.round()
    desk.clock.now += 6
    with pytest.raises(StoreDown):
        watch.round()
    desk.means.area.down = False
    desk.looks(watch)
    assert desk.work() == 1


def test_a_share_that_is_not_mounted_is_waited_for(desk: Desk):
    watch = desk.watch(dossier=CODE)
    _drop(desk, "a.png")
    desk.looks(watch)
    away = desk.folder.with_name("away")
    desk.folder.rename(away)
    with pytest.raises(NotFound):
        watch.round()
    desk.folder.mkdir()  # an empty mount point
    for fresh in (watch, desk.watch(dossier=CODE)):
        with pytest.raises(NotFound):
            fresh.round()
    desk.folder.rmdir()
    away.rename(desk.folder)
    _drop(desk, "b.png")
    desk.looks(watch)
    assert len(desk.ledger.items()) == 2


def test_a_folder_of_another_installation_is_left_alone(desk: Desk, tmp_path: Path):
    desk.watch().round()
    (tmp_path / "other").mkdir()
    means = Means(Ledger(_site(tmp_path / "other")), *(getattr(desk.means, name) for name in _REST))
    with pytest.raises(ConfigError):
        Watch(WatchedFolder(folder=desk.folder), means).round()
    Watch(WatchedFolder(folder=desk.folder), means, anew=True).round()
    with pytest.raises(ConfigError):
        desk.watch().round()


_REST = ("area", "bell", "inspector", "codes", "megabytes", "scratch")


def test_an_item_whose_file_went_away_before_it_was_taken_holds_nobody_up(desk: Desk):
    watch = desk.watch(dossier=CODE, give_up_seconds=60)
    path = _drop(desk, "a.png")
    desk.means.area.down = True
    watch.round()
    desk.clock.now += 6
    with pytest.raises(StoreDown):
        watch.round()
    path.unlink()
    desk.looks(watch, 3, 31)
    assert [item.state for item in desk.ledger.items()] == [ItemState.PARKED]


def test_a_dossier_without_end_is_taken_in_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.work.watch._OF_A_DOSSIER", 3)
    watch = desk.watch(dossier=CODE)
    for number in range(5):
        _drop(desk, f"{number}.png")
    desk.looks(watch)
    assert len(desk.ledger.items()) == 3
    _drop(desk, f"{OTHER}/x.png")
    desk.looks(watch)
    assert len(desk.ledger.items()) == 4
    desk.work()
    desk.looks(watch, 12)
    assert len(desk.ledger.items()) == 6


# -- killed at any moment ---------------------------------------------------------------------------------------


class Plain:
    """Looks at files in this process: a crew would take most of the time between two kills to start."""

    def look(self, path: Path, folder: Path, *, cover: bool):
        from pipeline import capture
        from pipeline.work.inspecting import Seen

        return Seen(capture.take(path, folder, Limits()))


def run_watcher(folder: Path) -> None:
    """What the process does that is killed."""
    codes = Codes(
        basis="", component="", result="", dossier_patterns=(), procedure_patterns=(), owner_patterns=(), provinces={}
    )
    means = Means(Ledger(_site(folder)), Folder(folder / "area"), Counting(), Plain(), codes, 512, folder / "scratch")
    watch = Watch(WatchedFolder(folder=folder / "scans", dossier=CODE, still_seconds=0.05), means)
    (folder / "ready").touch()
    while True:
        watch.round()
        time.sleep(0.01)


def test_watchers_killed_at_any_moment_lose_nothing_and_take_nothing_twice(tmp_path: Path):
    folder = tmp_path / "scans"
    folder.mkdir()
    ledger, dice = Ledger(_site(tmp_path)), random.Random(6)
    desk = Desk(folder, Means(ledger, None, None, None, None, 0, tmp_path), [])  # type: ignore[arg-type]
    server = multiprocessing.get_context("forkserver")  # loads the house once, not for each that is to be killed
    server.set_forkserver_preload([__name__])
    dropped: dict[str, bytes] = {}
    for kill in range(8):
        (tmp_path / "ready").unlink(missing_ok=True)
        process = server.Process(target=run_watcher, args=(tmp_path,), daemon=True)
        process.start()
        while not (tmp_path / "ready").exists():
            assert process.is_alive()
            time.sleep(0.01)
        for _ in range(4 if kill < 7 else 0):
            name = f"{len(dropped):03}.png"
            dropped[name] = _scan("x" * len(dropped))
            _drop(desk, name, dropped[name])
        until = time.monotonic() + (dice.uniform(0.0, 0.35) if kill < 7 else 60)
        while time.monotonic() < until and not (kill == 7 and len(desk.files("done")) == len(dropped)):
            desk.work()
            time.sleep(dice.uniform(0, 0.02))
        process.kill()
        process.join()
    # A name that was held when the watcher was killed is held for a while: then the file has got a number.
    kept = {re.sub(r" \(\d\)", "", path.name): path.read_bytes() for path in (folder / "done").glob("*.png")}
    assert kept == dropped
    assert len(desk.files()) == len(dropped)
    items = ledger.items(limit=1000)
    assert sorted(item.name for item in items) == sorted(dropped)
    assert {item.state for item in items} == {ItemState.STORED}
