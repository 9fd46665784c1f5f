"""What papers begin with: the national name and its kin, titles, number lines, letterheads, the fronts of cards.

Acts of the State bear the national name (Decree 30/2020/NĐ-CP, Appendix I), those of the Party its name, papers of
companies a letterhead, certificates in two languages also the name in English; cards and passports have titles of
their own wherever they stand. An appendix has some of it too, and is told by its heading or by the note under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.classify import patterns
from pipeline.classify.kinds import head_rows, number_line, titles
from pipeline.classify.layout import Row, headed, is_motto, is_nation
from pipeline.classify.leaves import Leaf, top_rows
from pipeline.classify.matching import capitals, similar
from pipeline.dossier import Text
from pipeline.settings import DocumentType

Weighed = tuple[float, Text]

_PARTY = "dangcongsanvietnam"
_ABROAD = ("socialistrepublicofvietnam", "independencefreedomhappiness")
_LETTERHEAD = re.compile(
    r"\b(?:dia chi|address|tru so|dien thoai|tel|hotline|fax|email|website|mst|ma so thue)\s?[.:]|\bwww\.|\w@\w"
)
_DATED = re.compile(r"\W*(?:[^\d,]{2,40},\s*)?(?:ngay\b(?!\s*,).{0,14}thang\b|date\b.{0,14}\d)")
_ADDRESSED = re.compile(r"^\W*(?:kinh (?:gui|trinh|thua)|dear |to whom|to:)")
_NO_TITLE = re.compile(
    r"^\W*(?:chuong|phan|muc|dieu|tieu muc|phu luc|kem theo|ban hanh|noi nhan|so|stt|tt|article|chapter|section|"
    r"[ivx]{1,5}|[a-z]|\d{1,2}(?:\.\d+)*)\s?[.):/]?(?:\s|\d|$)|:\s*$"
)
_APPENDIX = re.compile(r"^\W*(?:phu luc(?:\s+(?:so\s+)?[\divxa-z.\-]{1,6})?\W*$|phu luc so\b|appendix\b|annex\b)")
_NOTE = re.compile(r"^\W*\(?\s*(?:ban hanh )?kem theo\b|^\W*\(\s*dinh kem\b")
_MORE = re.compile(
    r"^\W*(?:loi chung\b|chung thuc\b|trang bo sung\b|to bo sung\b|tiep theo trang\b|\(?tiep theo\)?\W*$)"
)
_FORM = re.compile(r"^\W*(?:mau|bieu mau|bieu|form)\s+(?:so|[a-z]{0,3}\d|\w+[-/]\w)")
_SYMBOL = re.compile(r"(?:/\s?\d{4})?\s?[/-]\s?([a-z]{1,5}\s?-\s?[a-z0-9]+)")
_CAPITALS = 0.7
"""Share of capitals in a row that is set in capitals."""
_DOTS = re.compile(r"[.…_]{3,}")
_CENTRED = 0.16
"""Farther than this share of the page from its middle a row is not in the middle."""
_ROWS_OF_A_SIDE = 25
"""A side of a card has no more rows, also when both sides were put on one sheet."""


class Heads:
    """Looks for what papers begin with, by the types configured."""

    def __init__(self, types: Sequence[DocumentType]) -> None:
        self._papers = [kind for kind in types if kind.title_zone != "anywhere"]
        self._cards = [kind for kind in types if kind.title_zone == "anywhere"]
        self._coded = [kind for kind in types if kind.barcode]

    # -- for a start --------------------------------------------------------------------------------------------

    def signs(self, leaf: Leaf, before: Sequence[Leaf], following: Leaf | None) -> Iterator[Weighed]:
        """Signs that a paper begins, with their weights (natural logarithms of odds).

        Args:
            leaf: the page looked at.
            before: the pages of the document that lies open, without blank ones.
            following: the next page, if there is one.
        """
        named = _named(leaf)
        if named:
            yield named
        yield from self._head(leaf, before, nation=named is not None)
        yield from self._code(leaf, before)
        yield from self._sides(leaf, before, following)

    def _head(self, leaf: Leaf, before: Sequence[Leaf], *, nation: bool) -> Iterator[Weighed]:
        number = number_line(leaf.sheet)
        if number and number.row.middle < (0.5 if nation else 0.25) and (number.symbol.suffix or nation):
            yield (1.8 if number.symbol.suffix else 1.0, Text("có số, ký hiệu", "number and symbol"))
        if any(_DATED.match(row.folded.plain) and row.centre > 0.45 for row in top_rows(leaf, 0.33)):
            yield 1.0, Text("có địa danh, ngày tháng", "place and date")
        if any(_ADDRESSED.match(row.folded.plain) for row in top_rows(leaf, 0.5)):
            yield 0.8, Text("có nơi kính gửi", "it is addressed")
        if self._card_titles(leaf):
            yield 3.5, Text("mặt trước của thẻ", "the front of a card")
        elif self._titled(leaf, nation=nation):
            yield 2.4, Text("có tên loại giấy tờ", "title of a known type")
        elif _prominent(leaf):
            yield 1.4, Text("có tiêu đề ở giữa", "a title in the middle")
        if _running_head(leaf, before):
            yield -1.5, Text("đầu trang giống trang trước", "the same running head as before")
        elif not nation and _letterhead(leaf):
            yield 1.6, Text("có phần đầu thư của tổ chức", "a letterhead")

    def _titled(self, leaf: Leaf, *, nation: bool) -> bool:
        """A known title at the top; without a national name it has to be read well and stand in the middle.

        ``QUYẾT ĐỊNH:`` in the middle of a decision's preamble ends with a colon and is no title.
        """
        rows = [row for row in head_rows(leaf.sheet) if row.middle < (0.6 if nation else 0.35)]
        for fit in titles(rows, self._papers):
            last = fit[0].rows[-1]
            sure = fit[0].quality == 1.0 and abs(fit[0].rows[0].centre - 0.5) < _CENTRED
            if not last.text.rstrip().endswith(":") and (nation or sure):
                return True
        return False

    def _card_titles(self, leaf: Leaf) -> set[str]:
        found = titles([row for row in head_rows(leaf.sheet) if row.middle < 0.6], self._cards)
        return {fit[0].type.key for fit in found if fit[0].quality == 1.0 and fit[0].rows[0].middle < 0.3}

    def _code(self, leaf: Leaf, before: Sequence[Leaf]) -> Iterator[Weighed]:
        """The bar code of a known type, unless a page before bears the same: papers repeat it, cards do not."""
        seen = _codes(before)
        fresh = [text for text in _codes([leaf]) if text not in seen or self._of_card(text)]
        if any(patterns.search(kind.barcode, text) for kind in self._coded for text in fresh):
            yield 4.5, Text("có mã vạch, mã QR của loại giấy tờ", "the code of a known type")

    def is_cover(self, leaf: Leaf) -> bool:
        """Whether the page is the cover sheet of a dossier: a type with a code that is no card, by title or code."""
        coded = [kind for kind in self._coded if kind in self._papers]
        codes = [code.text for code in leaf.reading.barcodes]
        by_code = any(patterns.search(kind.barcode, text) for kind in coded for text in codes)
        return by_code or any(fit[0].quality == 1.0 for fit in titles(head_rows(leaf.sheet), coded))

    # -- against it ---------------------------------------------------------------------------------------------

    def _sides(self, leaf: Leaf, before: Sequence[Leaf], following: Leaf | None) -> Iterator[Weighed]:
        """Two sides of a card, or cover and data page of a passport: the same number, or the side that was missing."""
        if len(before) == 1 and self._other_side(leaf, before[0]):
            yield -12.0, Text("mặt còn lại của cùng một thẻ", "the other side of the same card")
        elif leaf.mrz and following is not None and self._other_side(following, leaf):
            yield 4.5, Text("mặt sau của thẻ, mặt trước ở trang tiếp", "the back of a card whose front is next")

    def _other_side(self, leaf: Leaf, first: Leaf) -> bool:
        """Whether ``leaf`` is the other side of what ``first`` is one side of."""
        kinds = self._card_titles(first)
        if not (kinds or self._read_by_machine(first)):
            return False
        fronts = self._card_titles(leaf)
        same = kinds & fronts
        if kinds and fronts and not same:
            return False  # the front of another card: one person's cards may bear the same number
        if (same and first.ids) or any(self._of_card(text) for text in _codes([leaf]) & _codes([first])):
            return False  # another front: the next card, or the same one copied once more
        side = bool(fronts) or self._read_by_machine(leaf)
        if not side and (headed(leaf.sheet) or len(leaf.rows) > _ROWS_OF_A_SIDE):
            return False
        shared = leaf.ids & first.ids or _in(leaf.ids, first) or _in(first.ids, leaf)
        return bool(shared or same or (leaf.mrz and not first.mrz and not fronts))

    def _read_by_machine(self, leaf: Leaf) -> bool:
        """A machine-readable zone or the code of a card."""
        return leaf.mrz or any(self._of_card(text) for text in _codes([leaf]))

    def _of_card(self, text: str) -> bool:
        return any(patterns.search(kind.barcode, text) for kind in self._cards if kind.barcode)

    def attached(self, leaf: Leaf, before: Sequence[Leaf]) -> Weighed | None:
        """Whether the page says that it belongs to another paper: an appendix, a form of its series, added words.

        The note ``(Ban hành kèm theo …)`` also stands over forms that citizens hand in; there it names a circular, and
        not the paper that lies before.
        """
        rows = head_rows(leaf.sheet)[:14]
        if any(_MORE.match(row.folded.plain) for row in rows[:4]):
            return -6.0, Text("phần tiếp của giấy trước", "it goes with the paper before")
        at = next((at for at, row in enumerate(rows) if _NOTE.match(row.folded.plain)), None)
        nation = next((at for at, row in enumerate(rows) if is_nation(row)), None)
        prescribed = at is not None and nation is not None and at < nation
        if at is not None:
            same = _issued_with(rows[at : at + 3], before)
            if same or not prescribed:
                weight = -4.5 if same is False else -6.0
                return weight, Text("phụ lục, tài liệu kèm theo", "an appendix, something attached")
        if not prescribed and any(_APPENDIX.match(row.folded.plain) for row in rows):
            return -6.0, Text("phụ lục", "an appendix")
        forms = [any(_FORM.match(row.folded.plain) for row in top_rows(page, 0.12)) for page in (leaf, before[-1])]
        if all(forms) and len(before) > 1:
            return -3.0, Text("mẫu tiếp theo trong phụ lục", "the next form of an appendix")
        return None


def _issued_with(note: Sequence[Row], before: Sequence[Leaf]) -> bool | None:
    """Whether a note (``ban hành kèm theo Quyết định số …/QĐ-UBND``) names the paper before; ``None``: not told."""
    own = number_line(before[0].sheet)
    cited = _SYMBOL.search(" ".join(row.folded.plain for row in note))
    if own is None or not own.symbol.suffix or cited is None:
        return None
    return re.sub(r"\W", "", cited[1]) in re.sub(r"[^a-z0-9]", "", own.row.folded.plain)


def _codes(leaves: Sequence[Leaf]) -> set[str]:
    return {code.text for leaf in leaves for code in leaf.reading.barcodes}


def _in(ids: frozenset[str], leaf: Leaf) -> bool:
    """Whether one of ``ids`` is among the figures of the page: in a machine-readable zone they run into others."""
    return any(number in leaf.figures for number in ids)


def _named(leaf: Leaf) -> Weighed | None:
    """The name of the State or the Party, in Vietnamese or English, in the upper 40 % of the page.

    It is set in capitals; in running text (``… nước Cộng hòa xã hội chủ nghĩa Việt Nam khóa XV``) it is not.
    """
    rows = list(top_rows(leaf, 0.4))
    if any(is_motto(row) or (is_nation(row) and capitals(row.text[:24]) > _CAPITALS) for row in rows):
        return 3.8, Text("có Quốc hiệu, Tiêu ngữ", "the national name or motto")
    for row in rows:
        letters = row.folded.letters
        named = letters.endswith(_PARTY) or any(similar(letters, wanted) >= 0.8 for wanted in (_PARTY, *_ABROAD))
        if named and (capitals(row.text) > _CAPITALS or letters.startswith("indep")):
            return 3.8, Text("có tên Đảng hoặc Quốc hiệu tiếng Anh", "the Party's name, or the State's in English")
    return None


def _letterhead(leaf: Leaf) -> bool:
    """An organisation's name in capitals at the top, with its address or telephone under it."""
    rows = list(top_rows(leaf, 0.16))[:8]
    contact = next((at for at, row in enumerate(rows) if _LETTERHEAD.search(row.folded.plain)), None)
    if contact is None or _DOTS.search(rows[contact].text):
        return False
    return any(capitals(row.text) > _CAPITALS and len(row.folded.letters) > 5 for row in rows[: contact + 1])


def _prominent(leaf: Leaf) -> bool:
    """A row in capitals in the middle of the page's head, with nothing but a letterhead above it."""
    for row in top_rows(leaf, 0.3):
        plain = row.folded.plain
        if _NO_TITLE.search(plain) or is_nation(row) or is_motto(row):
            if len(row.words) > 6 and capitals(row.text) < 0.5:
                return False
            continue
        middle = abs(row.centre - 0.5) < _CENTRED and row.box[0] > 0.15 * row.width
        if (
            middle
            and ":" not in row.text
            and capitals(row.text) > 0.9
            and len(row.folded.letters) >= 6
            and len(row.words) >= 2
        ):
            return True
        if len(row.words) > 9 and not _LETTERHEAD.search(plain):
            return False  # running text
    return False


def _running_head(leaf: Leaf, before: Sequence[Leaf]) -> bool:
    """The first row is that of a page before, as a running head is; agencies and the national name do not count."""
    first = next(iter(leaf.rows), None)
    if first is None or first.middle > 0.12 or len(first.folded.letters) < 8 or headed(leaf.sheet):
        return False
    tops = (next(iter(page.rows), None) for page in before)
    return any(top is not None and similar(top.folded.letters, first.folded.letters) > 0.9 for top in tops)
