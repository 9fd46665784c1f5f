"""The quality gate over one document: all that was noticed on its pages, weighed as configured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.capture.facts import check_facts
from pipeline.capture.numbering import check_numbers
from pipeline.dossier import Finding, Page, PageReading, Severity
from pipeline.settings import DocumentType, Legal, Quality


def inspect(
    pages: Sequence[Page],
    readings: Sequence[PageReading],
    noticed: Sequence[Finding],
    kind: DocumentType | None,
    legal: Legal,
    quality: Quality,
) -> tuple[Finding, ...]:
    """All findings on the pages of one document, each with the weight that is configured for its rule.

    Args:
        pages: the document's pages.
        readings: what was read on them, in the same order.
        noticed: about the whole source; what is on pages of other documents does not count.
        kind: the document's type, if it is known.
        legal: what the law asks of a scan.
        quality: the weights; rules it does not know keep their own, those switched off are left out.
    """
    own = {f"page {page.number}" for page in pages}
    here = [found for found in noticed if found.where in own or not found.where.startswith("page ")]
    guessed = {found.where for found in here if found.rule == "dpi_guessed"}
    copies = {found.where for found in here if found.rule == "page_twice"}
    once = [reading for reading in readings if f"page {reading.number}" not in copies]
    read = [found for reading in readings for found in reading.findings]
    found = (*here, *read, *check_facts(pages, kind, legal, guessed), *check_numbers(once))
    return tuple(_weighed(found, quality))


def _weighed(findings: Sequence[Finding], quality: Quality) -> Iterator[Finding]:
    weights = quality.model_dump()
    for found in findings:
        weight = weights.get(found.rule, found.severity)
        if weight != "off":
            yield replace(found, severity=Severity(weight))
