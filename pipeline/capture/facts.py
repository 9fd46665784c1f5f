"""What the law asks of a scan by its facts: resolution, colour, paper size (values from ``legal.yaml``)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from PIL import Image

from pipeline.dossier import Coding, Finding, Page, Text
from pipeline.settings import DocumentType, Legal

_MM = 25.4
_SLACK = 0.04
"""By how much a page may differ from its paper: the bed of an A4 scanner is 216 mm wide."""
_BITS = {"1": 1, "L": 8, "P": 8}


def check_facts(
    pages: Sequence[Page], kind: DocumentType | None, legal: Legal, guessed: Collection[str]
) -> Iterator[Finding]:
    """Findings ``low_resolution``, ``not_colour`` and ``paper_size`` on the pages of one document.

    Args:
        pages: the document's pages; of born-digital ones only the paper counts.
        kind: the document's type: of maps and drawings more is asked.
        legal: what is asked.
        guessed: places (``page 3``) whose resolution was guessed: it says nothing of the paper.
    """
    is_map = kind is not None and kind.archive_type in legal.map_archive_types
    least = legal.min_dpi_maps if is_map else legal.min_dpi
    for page in pages:
        where = f"page {page.number}"
        if page.coding is not Coding.VECTOR:
            dpi = min(page.dpi_x, page.dpi_y)
            if dpi < least - 1:
                yield Finding("low_resolution", where, _low(round(dpi), least))
            bits = _bits(page)
            if bits < legal.min_bits:
                yield Finding("not_colour", where, _pale(bits, legal.min_bits))
        width, height = page.upright_size[0] / page.upright_dpi[0], page.upright_size[1] / page.upright_dpi[1]
        size = round(width * _MM), round(height * _MM)
        if legal.paper_sizes and where not in guessed and not is_paper(size, legal.paper_sizes.values()):
            yield Finding("paper_size", where, _odd(*size))


def in_colour(pages: Sequence[Page], legal: Legal) -> bool:
    """Whether every page was captured with as many bits as are asked for; born-digital pages count as colour."""
    return all(page.coding is Coding.VECTOR or _bits(page) >= legal.min_bits for page in pages)


def is_paper(size: tuple[float, float], papers: Collection[tuple[float, float]]) -> bool:
    """Whether ``size`` (millimetres) is that of one of ``papers``, either way round."""
    asked = sorted(size)
    return any(
        all(abs(side - known) <= _SLACK * known for side, known in zip(asked, sorted(paper), strict=True))
        for paper in papers
    )


def _bits(page: Page) -> int:
    with Image.open(page.carrier) as image:  # only the head of the file is read
        return _BITS.get(image.mode, 24)


def _low(dpi: int, least: int) -> Text:
    return Text(
        f"{dpi} dpi, dưới mức {least} dpi; nên quét lại",
        f"{dpi} dpi, less than {least}; scan again if you can",
    )


def _pale(bits: int, least: int) -> Text:
    return Text(
        f"ảnh {bits} bit, quy định là màu {least} bit; đặt máy quét ở chế độ màu rồi quét lại",
        f"a picture of {bits} bit, {least} (colour) are asked for; set the scanner to colour and scan again",
    )


def _odd(width: int, height: int) -> Text:
    return Text(
        f"khổ trang {width} × {height} mm không phải khổ giấy nào; kiểm tra tỷ lệ quét 100 %",
        f"the page is {width} × {height} mm, which is no paper size; check that the scan is at 100 %",
    )
