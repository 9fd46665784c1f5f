import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import (
    Capture,
    Coding,
    Document,
    Dossier,
    Extraction,
    FieldValue,
    Finding,
    Line,
    Page,
    PageReading,
    Severity,
    Source,
    State,
    Text,
    Word,
)
from pipeline.work.journal import Journal

_sha = st.text("0123456789abcdef", min_size=64, max_size=64)
_text = st.text(max_size=12)
_box = st.tuples(*[st.floats(0, 5000)] * 4)
_words = st.builds(Word, _text, _box, st.floats(0, 1), st.sampled_from([None, True, False]))
_fields = st.builds(
    FieldValue,
    _text,
    _text,
    _text,
    st.floats(0, 1),
    st.none() | st.integers(1, 9),
    st.none() | _box,
    _text,
    st.booleans(),
)


@st.composite
def _documents(draw):
    words = tuple(draw(st.lists(_words, max_size=3)))
    reading = PageReading(
        1, 100, 200, 300.0, 90, 0.5, (Line(words, (0, 0, 1, 1), "body"),), mode="page", readers=("a",)
    )
    page = Page(1, Path("/x/p.jpg"), Coding.JPEG, 100, 200, 300.0, 300.0, 90, 0.5, printed=words)
    finding = Finding("r", "page 1", Text("v", "e"), draw(st.sampled_from(Severity)))
    fields = tuple(draw(st.lists(_fields, max_size=3)))
    return Document(
        id="a" * 20,
        dossier=Dossier("c", "p"),
        source=Source("a.pdf", Path("/x/source"), draw(_sha), 5, "application/pdf"),
        pages=(page,),
        readings=(reading,),
        extraction=Extraction((1,), "don", 0.5, "t", fields, (finding,)),
        state=draw(st.sampled_from(State)),
        record=draw(st.none() | st.just(Path("/x/r.pdf"))),
        resume=draw(st.none() | st.sampled_from(State)),
    )


@given(_documents())
def test_what_is_kept_comes_back_the_same(tmp_path_factory, document):
    journal = Journal(tmp_path_factory.mktemp("journal"))
    journal.keep_page(document.source.sha256, document.pages[0], document.readings[0])
    journal.keep_cut(document.source.sha256, [document])
    assert journal.documents(document.source.sha256) == [document]
    assert list(journal.everything()) == [document]
    assert journal.page(document.source.sha256, 1) == (document.pages[0], document.readings[0])
    taken = Capture(document.source, document.pages, document.extraction.findings)
    journal.keep_capture(taken)
    assert journal.capture(document.source.sha256) == taken
    journal.release(document.source.sha256)
    assert list(journal.everything()) == []


@pytest.fixture
def document() -> Document:
    source = Source("a.pdf", Path("/x/source"), "ab" * 32, 5, "application/pdf")
    return Document("b" * 20, Dossier("c", "p"), source, (), (), Extraction((1,), "don", 0.5))


def test_documents_count_only_when_the_cut_is_complete(tmp_path, document):
    journal = Journal(tmp_path)
    journal.keep(document)
    assert journal.documents(document.source.sha256) == []


def test_a_write_that_breaks_off_leaves_what_was_there(tmp_path, document, monkeypatch):
    journal = Journal(tmp_path)
    journal.keep_cut(document.source.sha256, [document])

    def broken(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dumps", broken)
    with pytest.raises(OSError, match="No space"):
        journal.keep(document)
    monkeypatch.undo()
    assert journal.documents(document.source.sha256) == [document]
    assert not list(tmp_path.rglob("*.part"))


def test_one_run_at_a_time_works_on_a_source(tmp_path):
    journal = Journal(tmp_path)
    with journal.lock("ab" * 32):
        other = Journal(tmp_path).lock("ab" * 32)
        with pytest.raises(TimeoutError):
            other.acquire(timeout=0.05)
