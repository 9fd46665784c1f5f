"""Verdicts and figures of the bench of types and fields."""

from __future__ import annotations

from benchmarks.fields import figures, judging
from benchmarks.fields.nouns import Source, Understood, Verdict, Wanted
from pipeline.dossier import Extraction, FieldValue


def understood(*documents: Extraction, wanted: tuple[Wanted, ...], name: str = "stacks") -> Understood:
    pages = sum(len(one.pages) for one in wanted)
    return Understood(Source(name, "one.pdf", wanted, pages=pages), documents, pages, frozenset(), frozenset({5}), 0.1)


def extraction(pages: tuple[int, ...], type: str = "don", *fields: FieldValue, confidence: float = 0.9) -> Extraction:
    return Extraction(pages, type, confidence, fields=fields)


def verdicts(one: Understood) -> dict[str, Verdict]:
    return {judged.key: judged.verdict for judged in judging.fields(one)}


def test_every_kind_of_verdict() -> None:
    read = extraction(
        (1, 2),
        "don",
        FieldValue("a", "15/QĐ-UBND"),
        FieldValue("b", "wrong", needs_review=True),
        FieldValue("c", "wrong"),
        FieldValue("d"),
        FieldValue("e", "invented"),
        FieldValue("f", "15/QĐ–UBND"),
        FieldValue("g", "by rule", source="rule"),
    )
    wanted = Wanted("don", (1, 2), {"a": "15/QĐ-UBND.", "b": "x", "c": "y", "d": "z"})
    assert verdicts(understood(read, wanted=(wanted,))) == {
        "a": Verdict.EXACT,
        "b": Verdict.FLAGGED,
        "c": Verdict.ESCAPED,
        "d": Verdict.EMPTY,
        "e": Verdict.EXTRA,
    }


def test_what_is_not_told_is_not_too_much_on_a_paper_typed_in_part() -> None:
    wanted = Wanted("don", (1,), {"a": "x"}, complete=False)
    one = understood(extraction((1,), "don", FieldValue("b", "more")), wanted=(wanted,))
    assert verdicts(one) == {"a": Verdict.EMPTY}


def test_starts_are_counted_without_the_first() -> None:
    wanted = tuple(Wanted("don", pages) for pages in ((1, 2), (3,), (4, 5, 6)))
    one = understood(extraction((1, 2, 3)), extraction((4,)), extraction((5, 6)), wanted=wanted)
    found = judging.starts(one)
    assert (found.found, found.wanted, found.right) == ({4, 5}, {3, 4}, {4})
    assert figures.precision_recall([found]) == (50.0, 50.0)


def test_documents_are_paired_by_their_first_page() -> None:
    wanted = (Wanted("don", (1,)), Wanted("bao_cao", (2,)), Wanted("to_khai", (3,)))
    one = understood(extraction((1, 2), "don"), extraction((3,), "don"), wanted=wanted)
    typed = judging.types([one])
    assert [(each.wanted, each.right) for each in typed] == [("don", True), ("to_khai", False)]
    assert figures.right_types(typed) == 50.0


def test_reliability_covers_every_document_once() -> None:
    wanted = (Wanted("don", (1,)),)
    results = [
        understood(extraction((1,), "don", confidence=confidence), wanted=wanted)
        for confidence in (0.0, 0.5, 0.86, 0.995, 1.0)
    ]
    rows = figures.reliability(judging.types(results))
    assert sum(row[2] for row in rows) == len(results)
    assert all(row[0] <= row[3] <= row[1] for row in rows)
