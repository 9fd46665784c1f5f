"""The abstract of an act: under its title, or ``V/v …`` under the number of a letter without one.

Decree 30/2020/NĐ-CP, Appendix I, part II.5. It ends at the rule under it, at a wider blank, where the authority is
named in capitals, or where the text begins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from pipeline.classify.blocks import apart, joined, says_something
from pipeline.classify.kinds import Match, head_rows
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import capitals, compact
from pipeline.classify.values import Found

_ABOUT = re.compile(r"^\W{0,3}v\s?[/il|1]{1,2}\s?v\b|^\W{0,3}ve viec\b|^\W{0,3}trich yeu\s?:")
_STOP = re.compile(
    r"^\W*(?:kinh (?:gui|trinh|thua)\b|can cu\b|noi nhan\b|nhan danh\b|\(?\s*(?:ban hanh )?kem theo\b|"
    r"\(?\s*dinh kem\b|tran trong kinh moi\b|[ivx]{1,4}\s?[.)]|\d{1,2}\s?[.)]\s|[a-d]\s?[.)]\s|\[\d)"
)
"""Where the abstract has ended, whatever the case."""
_OPENS_BODY = re.compile(
    r"^\W*(?:dieu \d|chuong [ivx\d]|phan (?:thu|[ivx\d])|thuc hien|theo|xet (?:de nghi|thay|to trinh|don)|"
    r"hom nay|so\s?[:.]?\s?\d{1,5}\s?[/-]|ngay\s?[:.]?\s?\d|trong (?:thoi gian|nam|thang|quy)|thoi gian qua|"
    r"qua (?:thuc te|nghien cuu|kiem tra)|sau khi (?:xem|nghien)|de (?:thuc hien|trien khai|bao dam|dam bao|"
    r"tang cuong|kip thoi)|nham (?:muc|tang|nang|thuc|bao|dam|trien)|duoc su|toi (?:ten|la)|chung toi|"
    r"ten (?:to chuc|don vi|co quan|toi)|dia chi|ben [ab]\b|thanh phan|thoi gian|dia diem|ngay \d|vao (?:hoi|"
    r"luc))\b"
)
"""What begins a text or a row of the head, with a capital; in small letters an abstract may go on with it."""
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


def read_abstract(page: Sheet, match: Match, number: Row | None, dated: Row | None) -> Found | None:
    """The abstract, or ``None``. ``number`` and ``dated`` are the rows with number and date: they are no part of it."""
    if not match.title:
        return _of_letter(page, number)
    rows = [row for row in _under(page, match.title[-1]) if row is not dated and row is not number]
    first = _behind_title(match)
    block = _block(rows, page, match.title[-1], first)
    if match.type is not None and not match.type.act:
        if not block or not _ABOUT.match(block[0].folded.plain):
            return None
        block = list(takewhile(lambda row: ":" not in row.text, block))
        return joined(block)
    said = [row for row in block if _WORD.search(row.text)]
    return joined([*([first] if first else []), *said])


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
    rows = list(page.rows)
    after = rows[rows.index(last) + 1 :] if last in rows else []
    floor = last.box[1] + 0.3 * (last.box[3] - last.box[1])
    under = [row for row in after if row.box[1] > floor and not apart(row, last)]
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
        if _ends(row, above is not None, taken):
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


def _ends(row: Row, titled: bool, taken: Sequence[Row]) -> bool:
    """The text begins, a list, or the authority in capitals (under an abstract in small letters: any row in them)."""
    plain, loud = row.folded.plain.strip(), capitals(row.text) > 0.8
    if (titled and plain.startswith("- ")) or _STOP.match(plain):
        return True
    if titled and _DATED.search(plain) and len(plain) < 60 and row.text[:1].isupper() and not _ABOUT.match(plain):
        return bool(re.match(r"^[^\d]{0,30},?\s*ngay\b", plain))
    if row.text.lstrip(' ("“')[:1].isupper() and _OPENS_BODY.match(plain) and not (loud and titled and not taken):
        return True
    if loud and _AUTHORITY.match(plain):
        return True
    quiet = bool(taken) and capitals(taken[0].text) < 0.6
    return titled and loud and quiet and len(row.folded.letters) > 5 and len(row.words) > 1
