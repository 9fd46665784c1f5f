"""Which files are taken, and in which order."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.capture import gather
from pipeline.capture.gathering import natural
from pipeline.errors import BadName, ForeignFile, NotFound, SymbolicLink


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def rules(errors: list) -> list[tuple[type, str]]:
    return [(type(error), error.details["name"]) for error in errors]


@given(st.lists(st.integers(0, 10**6), unique=True, max_size=30), st.sampled_from(["trang", "Trang ", "", "tờ-"]))
def test_numbers_are_counted_as_a_person_counts(numbers: list[int], word: str) -> None:
    names = [f"{word}{number}.jpg" for number in numbers]
    random.Random(1).shuffle(names)
    assert sorted(names, key=natural) == [f"{word}{number}.jpg" for number in sorted(numbers)]


@given(st.text(max_size=20), st.text(max_size=20))
def test_order_is_total(first: str, second: str) -> None:
    assert (natural(first) == natural(second)) == (first == second)
    assert (natural(first) < natural(second)) != (natural(second) <= natural(first))


def test_a_folder_is_searched_to_the_bottom_in_natural_order(tmp_path: Path) -> None:
    names = ["p1.jpg", "p2.JPG", "p10.jpg", "sub9/a.pdf", "sub10/a.tiff", "sub10/b/c.webp"]
    touch(*(tmp_path / name for name in random.Random(2).sample(names, len(names))))
    found, errors = gather([tmp_path])
    assert [str(path.relative_to(tmp_path)) for path in found] == names
    assert errors == []


def test_files_named_keep_the_order_given_and_come_once(tmp_path: Path) -> None:
    a, b = tmp_path / "a.pdf", tmp_path / "b.pdf"
    touch(a, b)
    found, errors = gather([b, a, b, tmp_path, tmp_path / "." / "a.pdf", tmp_path / "x" / ".." / "b.pdf"])
    assert found == [b, a]
    assert rules(errors) == [(NotFound, "b.pdf")]  # there is no folder x to go through


def test_relative_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.pdf")
    monkeypatch.chdir(tmp_path)
    assert gather([Path()])[0] == gather([Path("a.pdf")])[0] == [tmp_path / "a.pdf"]


def test_what_is_no_scan_is_passed_over_or_said(tmp_path: Path) -> None:
    silent = [".DS_Store", ".hidden.pdf", "Thumbs.db", "desktop.ini", "~$a.pdf", "a.pdf.part", "b.tmp", ".git/c.pdf"]
    touch(*(tmp_path / name for name in [*silent, "ghi chu.docx", "khong-duoi", "a.pdf"]))
    found, errors = gather([tmp_path])
    assert found == [tmp_path / "a.pdf"]
    assert rules(errors) == [(ForeignFile, "ghi chu.docx"), (ForeignFile, "khong-duoi")]


def test_a_file_named_outright_is_left_to_be_judged_by_its_bytes(tmp_path: Path) -> None:
    touch(tmp_path / "scan", tmp_path / ".hidden.pdf")
    assert gather([tmp_path / "scan", tmp_path / ".hidden.pdf"]) == ([tmp_path / "scan", tmp_path / ".hidden.pdf"], [])


def test_links_are_never_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    touch(outside / "a.pdf", inside / "b.pdf")
    (inside / "c.pdf").symlink_to(outside / "a.pdf")
    (inside / "d").symlink_to(outside, target_is_directory=True)
    (inside / "e.pdf").symlink_to(tmp_path / "nowhere")
    (inside / "f").symlink_to(inside, target_is_directory=True)
    links = [(SymbolicLink, name) for name in ("c.pdf", "d", "e.pdf", "f")]
    found, errors = gather([inside])
    assert found == [inside / "b.pdf"]
    assert rules(errors) == links
    assert rules(gather([inside / name for _, name in links])[1]) == links


def test_special_files_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    for paths in ([tmp_path], [tmp_path / "pipe.pdf"]):
        found, errors = gather(paths)
        assert (found, rules(errors)) == ([], [(SymbolicLink, "pipe.pdf")])


@pytest.mark.parametrize("raw", [b"qu\xe9t.pdf", b"a\x01b.pdf", b"\xff\xfe"])
def test_names_that_are_no_text(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / os.fsdecode(raw)
    touch(path)
    found, errors = gather([tmp_path])
    assert found == []
    assert [type(error) for error in errors] == [BadName]
    str(errors[0]).encode()  # the message itself is text


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 300)
    found, errors = gather([tmp_path / "nowhere", long, tmp_path / "a\0b"])
    assert found == []
    assert [type(error) for error in errors] == [NotFound, NotFound, BadName]


def test_folders_deeper_than_the_stack(tmp_path: Path) -> None:
    folders = [tmp_path]
    for _ in range(1100):
        folders.append(folders[-1] / "d")
        folders[-1].mkdir()
    touch(folders[-1] / "a.pdf")
    assert gather([tmp_path]) == ([folders[-1] / "a.pdf"], [])
    (folders[-1] / "a.pdf").unlink()
    for folder in reversed(folders[1:]):  # clearing away by recursion would fail
        folder.rmdir()


def test_an_empty_folder(tmp_path: Path) -> None:
    assert gather([tmp_path]) == ([], [])
    assert gather([]) == ([], [])
