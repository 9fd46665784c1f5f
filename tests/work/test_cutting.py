"""Cutting a stack anew by hand: what is kept, what is refused, and what a kill in between leaves."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import recipe
from pipeline.classify import DOUBTFUL
from pipeline.dossier import Correction, Document, PageReading, State
from pipeline.errors import CutRefused
from pipeline.work import cut_anew
from pipeline.work.journal import Journal
from tests.classify.paper import BODY, Print, act, centred, page, running, stacked
from tests.work.stacks import KNOWLEDGE, lay

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def headless() -> PageReading:
    """A list without national name behind a signed act: it may be an annex or a paper of its own."""
    return page([centred("DANH SÁCH HỘ GIA ĐÌNH", 200), *stacked(["Nguyễn Thử", "Trần Nghiệm"], 240, 400)])


STACK = (act(), headless(), act(), running(2))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "work")


def cut(journal: Journal, sha256: str, *groups: list[int]) -> tuple[Document, ...]:
    return cut_anew(journal, sha256, groups, KNOWLEDGE, "Lý Thử", NOW)


def pages_of(documents: tuple[Document, ...] | list[Document]) -> list[tuple[int, ...]]:
    return [document.extraction.pages for document in documents]


def rules(document: Document) -> list[str]:
    return [found.rule for found in document.findings]


def test_a_doubtful_cut_is_told_on_both_sides_and_settled_by_a_person(journal: Journal) -> None:
    sha256, before = lay(journal, STACK)
    assert pages_of(before) == [(1, 2), (3, 4)]
    assert DOUBTFUL in rules(before[0])
    assert DOUBTFUL not in rules(before[1])
    after = cut(journal, sha256, [1], [2], [3, 4])
    assert pages_of(after) == [(1,), (2,), (3, 4)]
    assert not any(DOUBTFUL in rules(document) for document in after)
    assert list(after) == journal.documents(sha256)
    assert [[event.by for event in document.history] for document in after] == [["Lý Thử"], ["Lý Thử"], []]


def test_new_documents_are_understood_anew(journal: Journal) -> None:
    sha256, before = lay(journal, STACK)
    after = cut(journal, sha256, [1], [2], [3], [4])
    assert [document.extraction.type for document in after] == ["quyet_dinh", "unknown", "quyet_dinh", "unknown"]
    assert {document.state for document in after} == {State.READ}
    assert {document.dossier for document in after} == {before[0].dossier}


def test_a_document_that_keeps_its_pages_keeps_everything(journal: Journal) -> None:
    sha256, (first, second) = lay(journal, STACK)
    record = journal.files(second) / "officer.pdf"
    record.write_bytes(b"%PDF")
    corrections = (Correction("so_ky_hieu", "15", "16", "Lý Thử", "2026-11-22T08:00:00+07:00"),)
    second = replace(second, state=State.OFFICER_SIGNED, record=record, corrections=corrections)
    journal.keep(second)
    old = journal.files(first)
    assert cut(journal, sha256, [1], [2], [3, 4])[2] == second
    assert record.is_file()
    assert not old.exists()
    assert not old.with_suffix(".json").exists()


@pytest.mark.parametrize("state", [State.CODED, State.SEALED, State.STORED])
@pytest.mark.parametrize("parked", [False, True])
def test_it_is_too_late_when_a_document_has_its_code(journal: Journal, state: State, parked: bool) -> None:
    sha256, (first, second) = lay(journal, STACK)
    late = replace(second, state=State.PARKED, resume=state) if parked else replace(second, state=state)
    journal.keep(late)
    with pytest.raises(CutRefused, match="code"):
        cut(journal, sha256, [1], [2], [3, 4])
    assert journal.documents(sha256) == [first, late]


def test_pages_must_be_those_of_the_source(journal: Journal) -> None:
    sha256, before = lay(journal, STACK)
    with pytest.raises(CutRefused, match="missing: 4"):
        cut(journal, sha256, [1, 2], [3])
    assert journal.documents(sha256) == before


def test_a_signed_file_is_never_cut(journal: Journal) -> None:
    sha256, before = lay(journal, STACK, signed=True)
    assert pages_of(before) == [(1, 2, 3, 4)]
    with pytest.raises(CutRefused, match="signed"):
        cut(journal, sha256, [1, 2], [3, 4])


def test_what_is_not_in_the_journal_is_refused(journal: Journal) -> None:
    with pytest.raises(CutRefused):
        cut(journal, "ab" * 32, [1])


def killed(work: Callable[[], object], step: int) -> bool:
    """Do ``work`` in a process that is killed before its ``step``-th change on disk; whether it was."""
    child = os.fork()
    if child == 0:
        left = [step]

        def counted(change: Callable[..., object]) -> Callable[..., object]:
            def do(*args: object, **options: object) -> object:
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return change(*args, **options)

            return do

        Path.replace, Path.unlink = counted(Path.replace), counted(Path.unlink)  # type: ignore[assignment, method-assign]
        shutil.rmtree = counted(shutil.rmtree)  # type: ignore[assignment]
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_a_kill_leaves_the_old_cut_or_the_new_one(journal: Journal) -> None:
    sha256, before = lay(journal, STACK)
    first, second = before
    after = list(cut(journal, sha256, [1], [2], [3, 4]))
    for document in (*before, *after):
        (journal.files(document) / "packaged.pdf").write_bytes(b"%PDF")
    journal.keep_cut(sha256, before)
    step, seen = 0, set()
    while killed(lambda: journal.keep_cut(sha256, after), step):
        found = journal.documents(sha256)
        seen.add(len(found))
        if len(found) == 2:
            assert found == before
        else:
            assert found == after or found == [*after[:2], second]
        journal.keep_cut(sha256, before)
        (journal.files(first) / "packaged.pdf").write_bytes(b"%PDF")
        step += 1
    assert seen == {2, 3}
    folder = journal.source_folder(sha256)
    ids = {document.id for document in after}
    assert {path.stem for path in folder.glob("????????????????????.json")} == ids
    assert {path.name for path in folder.iterdir() if path.is_dir()} <= ids


def test_texts_of_pages_without_words_do_not_matter(journal: Journal) -> None:
    sha256, _ = lay(journal, (act(), page([]), page([Print("A", 100, 100)])))
    assert pages_of(cut(journal, sha256, [1], [2], [3])) == [(1,), (2,), (3,)]


def at_the_gate(document: Document) -> State:
    """Where the policy ``agreed`` takes a document of which nothing but where it was cut is in doubt."""
    fields = tuple(replace(field, needs_review=False) for field in document.extraction.fields)
    extraction = replace(document.extraction, fields=fields, findings=())
    document = replace(document, extraction=extraction, state=State.OFFICER_SIGNED)
    parts = dict.fromkeys(("officer", "agency", "repository", "index", "keep", "folder"))  # none is used at the gate
    office = recipe.Office(settings=KNOWLEDGE.settings, clock=lambda: NOW, **parts)  # type: ignore[arg-type]
    return recipe.confirm(document, office).state


def test_documents_on_both_sides_of_a_doubtful_cut_wait_at_the_gate(journal: Journal) -> None:
    bare = page([centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 120), *stacked(BODY, 200, 400)])
    sha256, before = lay(journal, (act(), bare, act()))
    assert [DOUBTFUL in rules(document) for document in before] == [True, True, False]
    assert [at_the_gate(document) for document in before[::2]] == [State.OFFICER_SIGNED, State.CONFIRMED]
    after = cut(journal, sha256, [1], [2], [3])
    assert at_the_gate(after[0]) is State.CONFIRMED
