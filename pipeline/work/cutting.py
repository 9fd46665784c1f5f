"""A person cuts a stack anew, where it was cut in the wrong place or was not sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pipeline import classify, recipe
from pipeline.dossier import Document, Event, State
from pipeline.errors import CutRefused
from pipeline.work.journal import Journal

_TOO_LATE = (State.CODED, State.SEALED, State.STORED)
"""A document in one of these states has its code in the repository, which is never taken back."""


def cut_anew(
    journal: Journal,
    sha256: str,
    groups: Sequence[Sequence[int]],
    knowledge: classify.Knowledge,
    editor: str,
    now: datetime,
) -> tuple[Document, ...]:
    """Cut a source of the journal into documents of the given pages; those that are new are understood anew.

    A document that keeps its pages keeps everything: state, record, corrections. The others are forgotten with their
    corrections and overrides, which were about another paper. The cut counts as settled: no doubt about it is left.

    Args:
        journal: where the source lies.
        sha256: of the source.
        groups: pages of each document, ordinals in the source (see ``classify.settle``).
        knowledge: what the new documents are understood with.
        editor: who cuts; kept in the history of the new documents.
        now: with offset.

    Returns:
        The documents in their order, as they are kept now.

    Raises:
        CutRefused: the pages given are not those of the source, or one of its documents has its code already.
    """
    with journal.lock(sha256):
        known = {document.id: document for document in journal.documents(sha256)}
        taken = journal.capture(sha256)
        read = [journal.page(sha256, page.number) for page in taken.pages] if taken else []
        pages = [page for page in read if page is not None]
        if taken is None or not known or len(pages) < len(read):
            raise CutRefused(name=sha256[:8], what="tệp chưa đọc xong / the file is not read yet")
        if any((document.resume or document.state) in _TOO_LATE for document in known.values()):
            what = "có giấy tờ đã cấp mã hoặc đã lưu kho / one of its documents has its code or is stored"
            raise CutRefused(name=taken.source.name, what=what)
        dossier = next(iter(known.values())).dossier
        cut = []
        for document in recipe.documents(taken, pages, dossier, knowledge, groups):
            event = Event(now.isoformat(timespec="seconds"), State.READ, editor, "cut by a person")
            same = known.get(document.id)
            cut.append(_settled(same, document) if same else replace(document, history=(event,)))
        journal.keep_cut(sha256, cut)
    return tuple(cut)


def _settled(known: Document, anew: Document) -> Document:
    """A document that keeps its pages, with what is noticed about cutting said anew."""
    rest = (found for found in known.findings if found.rule not in classify.CUTTING)
    told = (found for found in anew.findings if found.rule in classify.CUTTING)
    return replace(known, findings=(*rest, *told))
