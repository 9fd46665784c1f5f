"""Which files of a watched folder are believed to be finished, and how they are moved aside."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipeline.capture import shelving
from pipeline.capture.watching import DONE, FAILED, Sight, Stillness, passed_over, sight, survey

SECONDS = 5.0


class Dropping(RuleBasedStateMachine):
    """Programs write, replace and remove files while the folder is looked at, at any pace."""

    def __init__(self) -> None:
        super().__init__()
        self.tracker = Stillness(SECONDS)
        self.now = 100.0
        self.files: dict[Path, Sight] = {}
        self.unlike: dict[Path, float] = {}
        """When a file was first seen as it is now, by the looks there were."""
        self.put_off: dict[Path, float] = {}
        self.ready: list[Sight] = []
        self.seen: dict[Path, Sight] = {}

    names = st.sampled_from([Path("a.pdf"), Path("b.tif"), Path("c.jpg")])

    @rule(path=names, size=st.integers(0, 3), changed=st.integers(0, 2), inode=st.integers(1, 2))
    def write(self, path: Path, size: int, changed: int, inode: int) -> None:
        self.files[path] = Sight(path, size, changed, inode)

    @rule(path=names)
    def remove(self, path: Path) -> None:
        self.files.pop(path, None)

    @rule(seconds=st.sampled_from([0.0, 0.5, 1.0, 4.9, 5.0, 5.1, 3600.0]))
    def look(self, seconds: float) -> None:
        self.now += seconds
        self._look()

    @rule(seconds=st.floats(0.001, 1e6))
    def clock_goes_back(self, seconds: float) -> None:
        self.now -= seconds
        self.unlike.clear()
        self.put_off.clear()
        self._look()

    @rule()
    def folder_goes_away(self) -> None:
        self.tracker.forget()
        self.unlike.clear()
        self.put_off.clear()
        self.seen = {}

    @rule()
    def cannot_be_opened(self) -> None:
        for one in self.ready:
            self.tracker.not_yet(one, self.now)
            self.put_off[one.path] = self.now
        self.ready = []

    def _look(self) -> None:
        for path, one in self.files.items():
            if self.seen.get(path) != one or path not in self.unlike:
                self.unlike[path] = self.now
                self.put_off.pop(path, None)
        for path in [path for path in self.unlike if path not in self.files]:
            del self.unlike[path]
            self.put_off.pop(path, None)
        self.seen = dict(self.files)
        self.ready = self.tracker.look(self.files.values(), self.now)

    @invariant()
    def only_what_is_still_is_ready(self) -> None:
        for one in self.ready:
            if self.seen.get(one.path) == one and one.path in self.unlike:
                assert self.now - self.unlike[one.path] >= SECONDS

    @invariant()
    def what_is_still_is_ready_unless_put_off(self) -> None:
        told = {one.path for one in self.ready}
        for path, since in self.unlike.items():
            if self.now - since >= SECONDS and path not in self.put_off and self.seen.get(path) is not None:
                assert path in told

    @invariant()
    def nobody_is_put_off_for_long(self) -> None:
        told = {one.path for one in self.ready}
        for path, since in self.put_off.items():
            if self.now - since > 61:
                assert path in told


TestDropping = Dropping.TestCase


def test_the_oldest_file_goes_first_and_a_change_begins_the_wait_anew():
    tracker = Stillness(5)
    old, new = Sight(Path("z.pdf"), 1, 10, 1), Sight(Path("a.pdf"), 1, 20, 2)
    assert tracker.look([new, old], 0) == []
    assert tracker.look([new, old], 5) == [old, new]
    grown = Sight(Path("a.pdf"), 2, 20, 2)
    assert tracker.look([grown, old], 6) == [old]
    assert tracker.still_for(grown, 8) == 2


def test_only_plain_files_that_may_be_finished_are_seen(tmp_path: Path):
    kept = [
        "scan.pdf",
        "Hồ sơ\u202e.pdf",
        "dòng\nmới.tif",
        "H00.01-261122-0001/trang 1.jpg",
        "a/b/c.png",
        "x" * 251 + ".pdf",
    ]
    for name in (*kept, "done/cũ.pdf", "Failed/x.pdf", ".ẩn.pdf", "a.PDF.part", "~$a.pdf", "b.filepart", "Thumbs.db"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "link.pdf").symlink_to(tmp_path / "scan.pdf")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "hết.pdf.reason.txt").write_text("x")
    os.mkfifo(tmp_path / "pipe.pdf")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(tmp_path / "s"))
        seen = survey(tmp_path, lambda _: None)
    assert {str(one.path.relative_to(tmp_path)) for one in seen} == set(kept)


def test_a_folder_that_is_gone_is_told_apart_from_one_that_cannot_be_entered(tmp_path: Path, monkeypatch):
    with pytest.raises(OSError):
        survey(tmp_path / "gone", lambda _: None)
    (tmp_path / "in").mkdir()
    (tmp_path / "a.pdf").touch()
    real = os.scandir

    def scandir(place: Path):
        if Path(place).name == "in":
            raise PermissionError(13, "no", str(place))
        return real(place)

    monkeypatch.setattr(os, "scandir", scandir)
    troubles: list[OSError] = []
    assert [one.path.name for one in survey(tmp_path, troubles.append)] == ["a.pdf"]
    assert len(troubles) == 1


@pytest.mark.parametrize("name", [".a.pdf", "a.TMP", "~a", "a.pdf~", "DONE", "failed", "a.crdownload", "$RECYCLE.BIN"])
def test_names_that_are_passed_over(name: str):
    assert passed_over(name)


# -- moving aside -----------------------------------------------------------------------------------------------


def _drop(path: Path, data: bytes = b"scan") -> Sight:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    seen = sight(path)
    assert seen is not None
    return seen


def test_a_file_moves_with_its_note_and_nothing_is_overwritten(tmp_path: Path):
    targets = []
    for number in range(3):
        one = _drop(tmp_path / "hồ sơ" / "a.b.pdf", b"%d" % number)
        targets.append(shelving.shelve(tmp_path, one, FAILED, "vì sao\nwhy\n"))
    assert [t.name for t in targets if t] == ["a.b.pdf", "a.b (2).pdf", "a.b (3).pdf"]
    assert [t.read_bytes() for t in targets if t] == [b"0", b"1", b"2"]
    notes = sorted(path.name for path in (tmp_path / "failed" / "hồ sơ").glob("*.reason.txt"))
    assert notes == ["a.b (2).pdf.reason.txt", "a.b (3).pdf.reason.txt", "a.b.pdf.reason.txt"]
    assert not list((tmp_path / "failed").rglob(".*"))
    assert shelving.has_note(tmp_path, FAILED, tmp_path / "hồ sơ" / "a.b.pdf", "why")
    assert not shelving.has_note(tmp_path, FAILED, tmp_path / "hồ sơ" / "a.b.pdf", "who")


def test_a_file_that_changed_or_went_is_left_alone(tmp_path: Path):
    one = _drop(tmp_path / "a.pdf")
    (tmp_path / "a.pdf").write_bytes(b"another scan")
    assert shelving.shelve(tmp_path, one, DONE) is None
    assert (tmp_path / "a.pdf").read_bytes() == b"another scan"
    (tmp_path / "a.pdf").unlink()
    assert shelving.shelve(tmp_path, one, DONE) is None
    assert not list((tmp_path / "done").iterdir())


def test_the_longest_names_move_too(tmp_path: Path):
    name = "ờ" * 83 + "ab.pdf"
    assert len(os.fsencode(name)) == 255
    target = shelving.shelve(tmp_path, _drop(tmp_path / name), FAILED, "x")
    assert target is not None
    assert target.suffix == ".pdf"
    assert target.name.isprintable()
    assert target.with_name(target.name + ".reason.txt").exists()
    hostile = tmp_path / os.fsdecode(b"\xff\xfe\n.tif")
    assert shelving.shelve(tmp_path, _drop(hostile), FAILED, "x") == tmp_path / "failed" / hostile.name


def test_a_shelf_that_is_a_link_is_not_followed(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "done").symlink_to(tmp_path / "elsewhere")
    one = _drop(tmp_path / "in" / "a.pdf")
    with pytest.raises(OSError):
        shelving.shelve(tmp_path / "in", one, DONE)
    assert one.path.exists()


@pytest.mark.parametrize("arrived", [True, False])
def test_a_move_that_was_cut_off_is_finished(tmp_path: Path, arrived: bool):
    holder = tmp_path / "failed" / ".a.pdf.moving"
    _drop(holder, b"\xef\xbb\xbfwhy\r\n")
    if arrived:
        _drop(tmp_path / "failed" / "a.pdf")
    else:
        os.utime(holder, (0, 0))
    shelving.tidy(tmp_path)
    assert not holder.exists()
    assert (tmp_path / "failed" / "a.pdf.reason.txt").exists() is arrived
