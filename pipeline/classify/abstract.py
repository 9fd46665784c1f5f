"""The abstract of an act: under its title, or ``V/v …`` under the number of a letter without one.

Decree 30/2020/NĐ-CP, Appendix I, part II.5. It ends at the rule under it, at a wider blank, where the authority is
named in capitals, or where the text begins. Its rows are centred under the title; those of the text share a left edge.
An abstract that was made up is worse than none: a sentence that ends in a colon is the text, whatever its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from pipeline.classify.agency import names_an_agency
from pipeline.classify.blocks import apart, centred, joined, says_something, set_as_text
from pipeline.classify.kinds import Match, head_rows
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import capitals, compact
from pipeline.classify.values import Found

UNSURE = "chưa chắc là trích yếu / it may be no abstract, or run into the text"
_ABOUT = re.compile(r"^\W{0,3}v\s?[/il|1]{1,2}\s?v\b|^\W{0,3}ve viec\b|^\W{0,3}trich yeu\s?:")
_STOP = re.compile(
    r"^\W*(?:kinh (?:gui|trinh|thua)\b|can cu\b|noi nhan\b|nhan danh\b|\(?\s*(?:ban hanh )?kem theo\b|"
    r"\(?\s*dinh kem\b|"
    r"(?:.*\s)?tran trong (?:kinh moi|gioi thieu|thong bao|de nghi|cam on)\b|"
    r"[ivx]{1,4}\s?[.)]|\d{1,2}\s?[.)]\s|[a-d]\s?[.)]\s|\[\d)"
)
"""Where the abstract has ended, whatever the case."""
_OPENS_BODY = re.compile(
    r"^\W*(?:dieu \d|chuong [ivx\d]|phan (?:thu|[ivx\d])|xet (?:de nghi|thay|to trinh|don)|"
    r"hom nay|so\s?[:.]?\s?\d{1,5}\s?[/-]|ngay\s?[:.]?\s?\d|thoi gian qua|toi (?:ten|la)|chung toi|"
    r"ten (?:to chuc|don vi|co quan|toi)|dia chi|ben [ab]\b|thanh phan|thoi gian|dia diem|ngay \d|vao (?:hoi|"
    r"luc))\b"
)
"""What begins a text or a row of the head, with a capital; in small letters an abstract may go on with it."""
_MAY_OPEN_BODY = re.compile(
    r"^\W*(?:thuc hien|theo|trong (?:thoi gian|nam|thang|quy)|qua (?:thuc te|nghien cuu|kiem tra)|"
    r"sau khi (?:xem|nghien)|nham (?:muc|tang|nang|thuc|bao|dam|trien)|duoc su|"
    r"de (?:thuc hien|trien khai|bao dam|dam bao|tang cuong|kip thoi)|tren co so|tiep theo|nhan dip)\b"
)
"""The same, but an abstract may begin so as well: HƯỚNG DẪN / Thực hiện chế độ …, where it is centred."""
_FOR = re.compile(r"^\W*Để\s")
"""``Để tăng cường …``; without its mark it would be as well ĐỀ ÁN or ĐỀ NGHỊ."""
_TURNS_TO = re.compile(r"\b(?:dien|kinh moi|gioi thieu|tran trong|thong bao)\W*$")
"""End of a row in which an agency turns to those it writes to, its colon lost: ``Ủy ban nhân dân phường … điện``."""
_TITLE_ENDS = 3
"""Words in capitals that make a title whole: CHƯƠNG TRÌNH / CÔNG TÁC, THÔNG CÁO / BÁO CHÍ."""
_ABSTRACT_OPENS = re.compile(
    r"^\W*(?:tinh hinh|ket qua|tong ket|so ket|ve|thuc hien|trien khai|giai trinh|tiep thu|danh gia|tong hop|kiem diem|"
    r"thuyet minh|tham tra|tham dinh)\b"
)
"""Words that an abstract in capitals begins with, behind or under the title."""
_BEGINS = re.compile(r"^\W{0,3}(?:[Vv]ề|VỀ|[Vv]\s?[/il|1]{1,2}\s?[Vv])\b")
"""An abstract begins here, whatever stands above it: no title goes on with it."""
_MINUTES = re.compile(r"^bienban")
"""Minutes are no act but have an abstract as acts do (Decree 30/2020, article 7)."""
_YEAR = re.compile(r"^\W*(?:19|20)\d\d\W*$")
_AUTHORITY = re.compile(
    r"^(?:chu tich|uy ban|ubnd|hoi dong|hdnd|giam doc|bo truong|thu truong|thu tuong|truong |tong giam doc|"
    r"cuc truong|hieu truong|chanh |vien truong|chinh phu|quoc hoi|tong cuc truong|chi cuc truong|toa an|"
    r"vien kiem sat|tham phan|ban (?:chap hanh|thuong vu|thuong truc|bi thu|can su|quan ly|chi dao)|"
    r"bo chinh tri|doan chu tich|bi thu|vu truong|chap hanh vien|pho |thu (?:truong|ky)|tu lenh|chi huy|"
    r"dang uy|dai hoi|kiem sat vien|q\.? |kt\.? )"
)
_OF = re.compile(r"^\W*(?:cua\b|so\s?:?\s?\d|lien (?:tich|so|nganh|bo|co quan)\b)")
"""Part of a title: whose act it is (``CỦA BAN BÍ THƯ``), its number, that several have made it."""
_DATED = re.compile(r"\bngay\b.{0,16}\bthang\b.{0,10}\bnam\b|\bngay \d")
_WORD = re.compile(r"[^\W\d_]{2}")
_MOST_ROWS = 12
_LONG_ABSTRACT = 7
"""Rows; a longer abstract has mostly run into the text."""


def read_abstract(page: Sheet, match: Match, number: Row | None, dated: Row | None) -> Found | None:
    """The abstract, or ``None``. ``number`` and ``dated`` are the rows with number and date: they are no part of it."""
    if not match.title:
        return _of_letter(page, number)
    rows = [row for row in _under(page, match.title[-1]) if row is not dated and row is not number]
    first = _behind_title(match)
    block = _block(rows, page, match.title[-1], first)
    if match.type is not None and not match.type.act:
        if not block or not (_ABOUT.match(_plain(block[0])) or (_minutes(match) and block[0].text[:1].isalpha())):
            return None
        block = list(takewhile(lambda row: ":" not in row.text, block))
    said = [row for at, row in enumerate(block) if _WORD.search(row.text) or (at and _YEAR.match(row.text))]
    mine = _without_title(first, _without_opening(said))
    found = joined(mine)
    if found is None or _certain(mine, match):
        return found
    return replace(found, doubts=(*found.doubts, UNSURE))


def _certain(rows: Sequence[Row], match: Match) -> bool:
    """Whether the rows say that they are the abstract, or are set as one is: under the title, in the middle, not long.

    Without layout (title and abstract begin at the same edge) that of an act is believed, that of minutes is not.
    """
    title, first = match.title[-1], rows[0]
    if len(rows) > _LONG_ABSTRACT:
        return False
    if (
        _ABOUT.match(_plain(first))
        or first.box[1] <= title.box[3]
        or centred(first, title, 0.6 if _minutes(match) else 1.5)
    ):
        return True
    return not _minutes(match) and abs(first.box[0] - title.box[0]) < title.box[3] - title.box[1]


def _minutes(match: Match) -> bool:
    return bool(_MINUTES.match("".join(row.folded.letters for row in match.title)))


def _plain(row: Row) -> str:
    return row.folded.plain


def _without_opening(rows: Sequence[Row]) -> list[Row]:
    """``rows`` without a sentence at their end that opens a list: ``Sở … trân trọng kính mời:``."""
    if not rows or not rows[-1].text.rstrip().endswith(":"):
        return list(rows)
    start = len(rows) - 1
    while start and not rows[start].text[:1].isupper():
        start -= 1
    return list(rows if not start and _ABOUT.match(_plain(rows[0])) else rows[:start])


def _without_title(first: Row | None, block: Sequence[Row]) -> list[Row]:
    """The abstract without words in capitals, behind or under the title, that are the rest of the title.

    They are where the abstract says ``Về việc`` under them, or begins anew under few of them. Few words behind the
    title with nothing under them are the title's too (PHIẾU GỬI HỒ SƠ); more words, or a row of its own, are not.
    """
    loud = list(takewhile(lambda row: capitals(row.text) > 0.8, block))
    head = [*([first] if first else []), *loud]
    below = list(block[len(loud) :])
    if not head or not _may_be_title(head[0], first) or _ABOUT.match(_plain(head[0])):
        return [*([first] if first else []), *block]
    few = _few(head) and not _ABSTRACT_OPENS.match(_plain(head[0]))
    if below and (_BEGINS.match(below[0].text) or (few and below[0].text[:1].isupper())):
        return below
    if first and not below and _few([first]):
        return loud
    return [*head, *below]


def _may_be_title(row: Row, first: Row | None) -> bool:
    """Capitals; or small letters that go on with a title in such: Thông cáo / báo chí."""
    return capitals(row.text) > 0.8 or (row is first and row.text[:1].islower())


def _few(rows: Sequence[Row]) -> bool:
    """No more words than end a title; letters set apart (H Ồ S Ơ) are one word to every four."""
    words = [word.text for row in rows for word in row.words]
    single = sum(len(text) == 1 for text in words)
    return len(words) - single + single // 4 <= _TITLE_ENDS


def _of_letter(page: Sheet, number: Row | None) -> Found | None:
    """``V/v …`` in the left column, under the number where there is one."""
    edge = page.boundary
    top = number.box[1] if number else 0.0
    below = [
        row for row in head_rows(page) if row.box[1] > top and (edge == 1.0 or row.box[0] < (edge - 0.02) * row.width)
    ]
    start = next((at for at, row in enumerate(below) if _ABOUT.match(row.folded.plain)), None)
    if start is None:
        return None
    rows = [row for row in below[start:] if not apart(row, below[start])]
    return joined(_block(rows, page))


def _under(page: Sheet, last: Row) -> list[Row]:
    """Rows under the title that are not beside it: stamps and side text stand wholly left or right of it."""
    floor = last.box[1] + 0.3 * (last.box[3] - last.box[1])
    under = [row for row in page.rows if row is not last and row.box[1] > floor and not apart(row, last)]
    start = next((at for at, row in enumerate(under) if not _OF.match(row.folded.plain) and says_something(row)), 0)
    return under[start:]


def _behind_title(match: Match) -> Row | None:
    """The rest of the title's last row where the abstract begins there (BÁO CÁO TÌNH HÌNH …)."""
    if match.type is None or not match.type.act:
        return None
    row, letters = match.title[-1], "".join(row.folded.letters for row in match.title)
    known = sorted((compact(title) for title in match.type.titles), key=len, reverse=True)
    title = next((one for one in known if letters.startswith(one)), "")
    behind = len(letters) - len(title)
    if not title or behind < 4 or behind >= len(row.folded.letters):
        return None
    rest = [word for word in row.words if _ends_behind(row, word, behind)]
    if not rest:
        return None
    done = Row(row.page, tuple(rest), row.width, row.height, row.zone)
    return None if _OF.match(done.folded.plain) or len(done.folded.letters) < 4 else done


def _ends_behind(row: Row, word: object, behind: int) -> bool:
    """Whether ``word`` belongs to the last ``behind`` letters of its row."""
    at = next(index for index, one in enumerate(row.words) if one is word)
    return sum(len(compact(one.text)) for one in row.words[at:]) <= behind


def _block(rows: Sequence[Row], page: Sheet, above: Row | None = None, first: Row | None = None) -> list[Row]:
    """Rows that belong together: one after the other without a wider blank, up to where the body begins."""
    taken: list[Row] = []
    previous = above
    steps = [page.pitch]
    for row in rows[:_MOST_ROWS]:
        step = row.middle - previous.middle if previous else 0.0
        begun = bool(taken or first)
        if begun and step > 1.6 * min(steps):
            break
        if _ends(row, above, taken) or (above is not None and set_as_text(row, above, page)):
            break
        if not says_something(row):
            if begun:
                break
            continue
        if begun and step > 0:
            steps.append(step)
        taken.append(row)
        previous = row
    return taken


def _ends(row: Row, title: Row | None, taken: Sequence[Row]) -> bool:
    """The text begins, a list, or the authority in capitals (under an abstract in small letters: any row in them)."""
    plain, loud, titled = row.folded.plain.strip(), capitals(row.text) > 0.8, title is not None
    if (titled and plain.startswith("- ")) or _STOP.match(plain):
        return True
    if titled and _DATED.search(plain) and len(plain) < 60 and row.text[:1].isupper() and not _ABOUT.match(plain):
        return bool(re.match(r"^[^\d]{0,30},?\s*ngay\b", plain))
    if row.text.lstrip(' ("“')[:1].isupper() and not (loud and titled and not taken):
        may = _MAY_OPEN_BODY.match(plain) or _FOR.match(row.text)
        first = title is not None and not taken and centred(row, title, 0.6)
        if _OPENS_BODY.match(plain) or (may and not first):
            return True
    if taken and _TURNS_TO.search(plain) and names_an_agency(row.text):
        return True
    if loud and _AUTHORITY.match(plain):
        return True
    quiet = bool(taken) and capitals(taken[0].text) < 0.6
    return titled and loud and quiet and len(row.folded.letters) > 5 and len(row.words) > 1
