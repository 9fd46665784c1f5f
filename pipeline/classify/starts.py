"""Does a document begin on this page? Signs for and against, weighed to a probability.

The weights are natural logarithms of odds and simply add up: a sign of weight 2.2 makes a start nine times as likely as
it was. They were set by hand from how papers are made (Decree 30/2020/NĐ-CP for acts, the forms of the registries for
the rest) and tried on stacks of real and drawn papers; what belongs together is one sign, so that it is not counted
twice. A page that shows nothing at all goes with the page before: :data:`_PRIOR`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.classify import dates
from pipeline.classify.heads import Heads
from pipeline.classify.kinds import number_line
from pipeline.classify.layout import Row
from pipeline.classify.leaves import Item, Leaf, top_rows
from pipeline.dossier import Text

_PRIOR = -2.8
_KEPT = re.compile(r"\bkem theo\b")
_SENT = re.compile(r"\bdu thao\b|\bkem theo\b")
_DRAFT = re.compile(r"\W*du thao(?:\W+lan\W+\w+)?\W*$")
_FILLED = re.compile(r"[.…_]{3,}")
_OTHER_SIZE = 0.12
"""Share by which another format differs at least: A4 and Letter count as one, A4 and A5 do not."""


@dataclass(frozen=True)
class Sign:
    """One sign: its weight (natural logarithm of odds, positive for a start) and what it is called."""

    weight: float
    name: Text


@dataclass(frozen=True)
class Verdict:
    """How likely it is (0..1) that a document begins on a page, and by which signs, the heaviest first."""

    probability: float
    signs: tuple[Sign, ...]
    cover: bool = False
    """It is the cover sheet of a dossier."""

    def said(self, *, start: bool) -> Text:
        """The names of the signs for (or against) a start, joined by commas; a dash when there are none."""
        names = [sign.name for sign in self.signs if (sign.weight > 0) is start]
        return Text(
            *(", ".join(dict.fromkeys(parts)) or "-" for parts in ([n.vi for n in names], [n.en for n in names]))
        )


@dataclass
class Opened:
    """The document that lies open: its pages so far, without blank ones."""

    leaves: list[Leaf] = field(default_factory=list)
    pages: int = 0
    """All pages, the blank ones too."""

    @property
    def last(self) -> Leaf:
        """The last page with something on it."""
        return self.leaves[-1]

    @property
    def numbered(self) -> tuple[int, int, int] | None:
        """Number, total and place (from 1) of the last page with a printed number."""
        found = ((*leaf.number, at) for at, leaf in enumerate(self.leaves, 1) if leaf.number)
        return max(found, key=lambda one: one[2], default=None)

    def last_item(self, kind: str) -> Item | None:
        """The last numbered item of that kind."""
        items = (item for leaf in reversed(self.leaves) for _, item in reversed(leaf.items) if item.kind == kind)
        return next(items, None)


def weigh(leaf: Leaf, opened: Opened, following: Leaf | None, heads: Heads) -> Verdict:
    """Whether a document begins on ``leaf``, which lies behind the pages of ``opened``.

    Args:
        leaf: a page with something on it.
        opened: the document that it would go on with; it has at least one page.
        following: the next page with something on it, ``None`` at the end of the stack or before a separator sheet.
        heads: looks for what papers begin with.
    """
    head = heads.signs(leaf, opened.leaves, following)
    signs = [*(Sign(*one) for one in head), *_numbers(leaf, opened, following), *_text(leaf, opened)]
    headed = sum(sign.weight for sign in signs if sign.weight > 0) > -_PRIOR
    signs += [*_attached(leaf, opened, heads), *_signature(opened, headed=headed), *_form(leaf, opened)]
    signs.sort(key=lambda sign: abs(sign.weight), reverse=True)
    odds = _PRIOR + sum(sign.weight for sign in signs)
    return Verdict(1 / (1 + math.exp(-odds)), tuple(signs), heads.is_cover(leaf))


def _numbers(leaf: Leaf, opened: Opened, following: Leaf | None) -> Iterator[Sign]:
    """Printed page numbers of this page, of the pages before and of the next one."""
    place, before = len(opened.leaves) + 1, opened.numbered
    number, total = leaf.number or (0, 0)
    if number == 1:
        yield Sign(2.5, Text("số trang 1", "page number 1"))
    elif number and number == place + (before[0] - before[2] if before else 0):
        yield Sign(-8.0, Text(f"số trang {number} nối tiếp", f"page number {number} goes on"))
    elif 1 < number <= max(place, opened.pages + 1):
        yield Sign(-6.0, Text(f"số trang {number}", f"page number {number}"))
    elif number:
        yield Sign(-1.0, Text(f"số trang {number}", f"page number {number}"))
    if before and before[1] and not (number > 1 and total == before[1]):
        if before[0] == before[1]:
            yield Sign(2.0, Text(f"giấy trước đã đủ {before[1]} trang", f"all {before[1]} pages before are there"))
        elif before[0] + place - before[2] <= before[1]:
            yield Sign(-2.0, Text(f"giấy trước có {before[1]} trang", f"the paper before has {before[1]} pages"))
    coming = following.number[0] if following and following.number else 0
    if not number and coming == 2:
        yield Sign(1.2, Text("trang sau mang số 2", "the next page has number 2"))
    elif not number and coming == place + 1:
        yield Sign(-2.0, Text(f"trang sau mang số {coming}", f"the next page has number {coming}"))


def _text(leaf: Leaf, opened: Opened) -> Iterator[Sign]:
    """A sentence or a list that goes on from the page before."""
    before = opened.last
    if leaf.begins_small:
        weight = -4.5 if before.breaks_off else -2.5
        yield Sign(weight, Text("câu văn nối tiếp", "a sentence goes on"))
    elif before.breaks_off:
        yield Sign(-1.0, Text("trang trước dừng giữa câu", "the page before ends in mid-sentence"))
    first = next(iter(leaf.items), None)
    if first is None:
        return
    at, item = first
    last = opened.last_item(item.kind)
    if item.value > 1 and last is not None and item.value == last.value + 1:
        yield Sign(-2.5, Text("đánh số mục nối tiếp", "numbered items go on"))
    elif item.value > 1 and at < 2:
        yield Sign(-1.5, Text("bắt đầu từ mục giữa chừng", "it begins with an item in the middle"))


def _attached(leaf: Leaf, opened: Opened, heads: Heads) -> Iterator[Sign]:
    """An appendix, a draft handed in, a page that says it belongs to another."""
    attached = heads.attached(leaf, opened.leaves)
    if attached:
        yield Sign(*attached)
    own = number_line(opened.leaves[0].sheet)
    symbol = re.sub(r"\W", "", own.symbol.value).casefold() if own else ""
    if len(symbol) > 5 and any(symbol in re.sub(r"\W", "", row.text).casefold() for row in top_rows(leaf, 0.1)):
        yield Sign(-2.5, Text("đầu trang lặp lại số, ký hiệu", "the number of the paper is repeated at the top"))
    marked = any(_DRAFT.match(row.folded.plain) and row.text.isupper() for row in top_rows(leaf, 0.4))
    if marked or is_draft(leaf):
        sent = any(_SENT.search(row.folded.plain) for one in opened.leaves for row in one.rows)
        # Acts send drafts, often without a word; receipts, certificates and forms do not.
        weight = -8.3 - 1.5 * marked - 1.5 * sent + 3.0 * (not sent and (own is None or not own.symbol.suffix))
        yield Sign(weight, Text("dự thảo, chưa có số và ngày", "a draft without number and date"))


def _signature(opened: Opened, *, headed: bool) -> Iterator[Sign]:
    """Whether the document before has come to its end."""
    if opened.last.signed:
        yield Sign(0.6, Text("giấy trước đã ký", "the paper before is signed"))
        announced = any(_KEPT.search(row.folded.plain) for one in opened.leaves for row in one.rows)
        if announced and not headed:
            yield Sign(-1.2, Text("giấy trước có tài liệu kèm theo", "the paper before has attachments"))
    elif not any(leaf.signed for leaf in opened.leaves) and len(opened.last.rows) > 12:
        yield Sign(-0.8, Text("giấy trước chưa ký", "the paper before is not signed yet"))


def _form(leaf: Leaf, opened: Opened) -> Iterator[Sign]:
    """Another format, another language."""
    (width, height), (wide, high) = leaf.size, opened.last.size
    shorter, longer = min(width, height) / max(min(wide, high), 1), max(width, height) / max(wide, high, 1)
    if max(abs(shorter - 1), abs(longer - 1)) > _OTHER_SIZE:
        yield Sign(0.8, Text("khổ giấy khác", "another paper size"))
    if None not in (leaf.vietnamese, opened.last.vietnamese) and leaf.vietnamese != opened.last.vietnamese:
        yield Sign(2.0, Text("ngôn ngữ khác", "another language"))


def is_draft(leaf: Leaf) -> bool:
    """An act without running number, day and month: a draft.

    With dots to write on it is a blank form; with a pen's ink in one of the gaps it was filled in by hand.
    """
    number = number_line(leaf.sheet)
    if number is None or not number.symbol.suffix or not number.symbol.blank:
        return False
    printed = [(row, date) for row in top_rows(leaf, 0.5) if _dated(row) for date in dates.find(row.text)[:1]]
    if not printed or not printed[0][1].blank:
        return False
    rows = (number.row, printed[0][0])
    return not any(_FILLED.search(row.text) or leaf.written_on(row) for row in rows)


def _dated(row: Row) -> bool:
    return bool(re.match(r"[^\d,]{0,40},?\s*ng", row.text))
