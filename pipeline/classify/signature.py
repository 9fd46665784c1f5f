"""Who signed: positions in capitals and the names under them (Decree 30/2020/NĐ-CP, Appendix I, part II.7).

The name is the one thing in the block that is always printed, but strokes of the signature often hide its first word.
Family names are few, so a name that begins with none of them is shown to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.classify import values
from pipeline.classify.layout import Row, Sheet, headed
from pipeline.classify.matching import capitals
from pipeline.classify.values import Found
from pipeline.vietnamese import fold, nfc

POSITION = re.compile(
    r"\b(?:chu tich|giam doc|truong (?:phong|ban|khoa|tram|doan|hat|chi nhanh|cong an|dai dien|so|doi|"
    r"bo phan)|bo truong|thu truong|chanh (?:an|van phong|thanh tra)|cuc truong|vu truong|hieu truong|"
    r"vien truong|thu tuong|pho truong|cong chung vien|nguoi dung dau|can bo|dai ta|nguoi ky|tu phap|ho tich|"
    r"bi thu|tham phan|chap hanh vien|kiem sat vien|tong kiem toan|kiem toan truong|tu lenh|chi huy truong|"
    r"chinh uy|tong bien tap|chu nhiem|chu toa|pho ban|dong su truong|tong thu ky|thu ky toa|dai su|"
    r"tong lanh su|vien pho|pho chu nhiem|uy vien|tong cuc truong|quyen|giam thi|tham tra vien)\b"
)
CAPACITY = re.compile(r"^\W*(?P<as>t\s?/?\s?m|t\s?/?\s?l|tuq|k\s?/?\s?t|q)(?:\s?[.,/]\s?|\s)(?=[a-z])")
"""In whose place someone signs; older papers print T/M."""
_AS = {"tm": "TM.", "tl": "TL.", "tuq": "TUQ.", "kt": "KT.", "q": "Q."}
_ADDRESS = re.compile(
    r"^\W*(?:(?:gs|pgs|ts|ths|bs|bsckii?|ckii?|ks|cn|ls|dr|nguoi ky|dai tuong|thuong tuong|trung tuong|thieu tuong|"
    r"dai ta|thuong ta|trung ta|thieu ta|dai uy|thuong uy|trung uy|thieu uy|luat su|ong|ba)\s?[.:]?\s?)+(?=[a-z])"
)
"""Ranks and degrees before a name."""
_ANNEX = re.compile(
    r"^\W*(?:phu luc(?:\s+(?:so\s+)?[\divxa-z]{1,5})?\W*$|\(?\s*(?:ban hanh )?kem theo\b|\(\s*dinh kem|du thao\b|"
    r"phu luc so\b|bieu (?:so|mau)\b|mau so\b|danh (?:muc|sach)\b)"
)
_COPY = re.compile(r"chung thuc ban sao|sao y ban chinh|^\W*sao (?:y|luc)\W*$|^\W*trich sao\W*$")
_SURNAMES = frozenset(
    """
    an au ayun bach ban be blong bo bui bya ca cai cam can cao cha chang chau chieu chu chung co cong cu cung da
    dam dan dang danh dao dau deo dien diep dinh do doan du duong eban gia giang giap h ha han hau hlong ho hoa
    hoac hoang hong hu hua huu huynh khau khong khuat khuc khuong kieu kim kpa ksor la lai lam lang lau le leng
    lieu linh lo loc lu luc luong luu ly ma mac mach mai mlo mua nay ngan nghiem ngo nguy nguyen nhac nham nhan
    nhu nie ninh nong oc ong pham phan phi pho phu phung phuong po quach quan quang que rcham rmah sai sam se si
    siu son sung ta tan tang tat thach thai tham than thao thap thi thieu tho thoi thuy tien tieu to toan ton
    tong tra trac trai tran trang tri trieu trinh truong tu tuan tuc tuong ty ung uong van vang vi vien vinh vo
    vong vu vuong xa xuan y yen
    """.split()
)
NO_SURNAME = "thiếu họ, có thể chưa đọc hết tên / no family name: part of the name may be missing"
_WIDE = 0.48
"""Rows of text reach over more than this share of the page; names and positions do not."""
_LOW = 0.3
"""A name stands no further under its position than this share of the page's height."""


@dataclass(frozen=True)
class Signature:
    """One signature block: the rows with authority and position from the top down, and the name under them."""

    positions: tuple[Row, ...]
    name: Row


def own_pages(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """The pages of the paper itself: those before an appendix, or before a draft or another act that is attached."""
    for at, page in enumerate(sheets):
        if at and _begins_another(page):
            return tuple(sheets[:at])
    return tuple(sheets)


def signatures(sheets: Sequence[Sheet]) -> tuple[Signature, ...]:
    """Who signed: one block, or those side by side of a joint act, left to right; on the paper's own pages first."""
    mine = own_pages(sheets)
    rest = sheets[len(mine) :]
    for page in (*reversed(mine), *reversed(rest)):
        found = _on(page)
        if found:
            return found
    return ()


def signer(sheets: Sequence[Sheet]) -> Found | None:
    """Name of the signer, without rank and degree; of a joint act all names, separated by semicolons."""
    names = [_name(one.name) for one in signatures(sheets)]
    return _listed(names, "; ")


def position(sheets: Sequence[Sheet]) -> Found | None:
    """Authority and position as printed above the name: ``KT. CHỦ TỊCH PHÓ CHỦ TỊCH``."""
    return _listed([_rows(one.positions) for one in signatures(sheets)], "; ")


def capacity(sheets: Sequence[Sheet]) -> Found | None:
    """In what capacity the signer signed: ``TM.``, ``KT.``, ``TL.``, ``TUQ.``, ``Q.``; ``None`` in their own."""
    found = []
    for one in signatures(sheets):
        rows = [(row, match) for row in one.positions if (match := CAPACITY.match(row.folded.plain))]
        if rows:
            said = " ".join(_AS[re.sub(r"[ /]", "", match["as"])] for _, match in rows)
            found.append(replace(_rows([row for row, _ in rows]), value=said))
    return _listed(found, "; ")


def is_name(text: str) -> bool:
    """Two to six capitalised words of letters; wholly in capitals only behind a family name."""
    words = text.strip(" .,").split()
    if not 2 <= len(words) <= 6 or not all(re.fullmatch(r"[^\W\d_]+", w) and w[0].isupper() for w in words):
        return False
    loud = all(word.isupper() for word in words)
    if loud:
        return has_surname(text) and not POSITION.search(fold(nfc(text)))
    return not any(len(word) > 1 and word.isupper() for word in words)


def has_surname(text: str) -> bool:
    """Whether the first word is one of the family names of the country, marks lost or not."""
    return any(fold(nfc(first)) in _SURNAMES for first in text.split()[:1])


def _begins_another(page: Sheet) -> bool:
    return headed(page) or any(_ANNEX.match(row.folded.plain) for row in page.rows[:8] if row.middle < 0.4)


def _on(page: Sheet) -> tuple[Signature, ...]:
    """Blocks of the page: the last one of the right half, and one beside it in the left half."""
    rows = list(page.rows)
    copied = next((at for at, row in enumerate(rows) if _COPY.search(row.folded.plain)), len(rows))
    for part in (rows[:copied], rows[copied:]):
        right = list(_blocks([row for row in part if row.centre > 0.45]))
        if right:
            left = list(_blocks([row for row in part if row.centre <= 0.45]))
            beside = [one for one in left if abs(_top(one) - _top(right[-1])) < 0.08 and has_surname(_bare(one.name))]
            return (*beside[-1:], right[-1])
    return ()


def _top(block: Signature) -> float:
    return block.positions[0].middle


def _blocks(rows: Sequence[Row]) -> Iterator[Signature]:
    """Positions in capitals, each group with the name under it; there is no text between."""
    at = 0
    while at < len(rows):
        if not _is_position(rows[at]):
            at += 1
            continue
        first = at
        while first > 0 and CAPACITY.match(rows[first - 1].folded.plain) and capitals(rows[first - 1].text) > 0.8:
            first -= 1
        last = at
        while last + 1 < len(rows) and _goes_on(rows[last], rows[last + 1]):
            last += 1
        name = _name_under(rows[last], rows[last + 1 :])
        if name is not None:
            yield Signature(tuple(rows[first : last + 1]), name)
        at = last + 1


def _is_position(row: Row) -> bool:
    loud = capitals(row.text) > 0.8 and row.box[2] - row.box[0] < _WIDE * row.width
    return loud and bool(POSITION.search(row.folded.plain)) and not is_name(row.text)


def _goes_on(row: Row, below: Row) -> bool:
    step = below.box[1] - row.box[1]
    near = 0 < step < 2.4 * (row.box[3] - row.box[1])
    return near and capitals(below.text) > 0.8 and not is_name(below.text) and len(below.folded.letters) > 2


def _name_under(last: Row, below: Sequence[Row]) -> Row | None:
    """The first row under a position that is a name; one with a family name goes first."""
    found: list[Row] = []
    for row in below:
        if row.middle - last.middle > _LOW or _is_position(row) or row.box[2] - row.box[0] > _WIDE * row.width:
            break
        if is_name(_bare(row)):
            found.append(row)
    return next((row for row in found if has_surname(_bare(row))), found[0] if found else None)


def _bare(row: Row) -> str:
    """The row without rank, degree and points around it."""
    address = _ADDRESS.match(row.folded.plain)
    text = row.text[address.end() :] if address and len(row.text[address.end() :].split()) > 1 else row.text
    return text.strip(" .,:;|_'\"*-–—")


def _name(row: Row) -> Found:
    text = _bare(row)
    start = row.text.find(text)
    found = values.from_row(row, start, start + len(text), text, "zone", 0.95)
    return found if has_surname(text) else replace(found, doubts=(NO_SURNAME,))


def _rows(rows: Sequence[Row]) -> Found:
    text = " ".join(row.text.strip() for row in rows)
    words = tuple(word for row in rows for word in row.words)
    return Found(text, "\n".join(row.text for row in rows), rows[0].page, words, "zone", 0.95)


def _listed(found: Sequence[Found], between: str) -> Found | None:
    if not found:
        return None
    return replace(
        found[0],
        value=between.join(one.value for one in found),
        raw="\n".join(one.raw for one in found),
        words=tuple(word for one in found for word in one.words),
        doubts=tuple(dict.fromkeys(doubt for one in found for doubt in one.doubts)),
    )
