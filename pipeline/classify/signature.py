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
from pipeline.dossier import Word
from pipeline.vietnamese import fold, nfc

POSITION = re.compile(
    r"\b(?:chu tich|giam doc|truong (?:phong|ban|khoa|tram|doan|hat|chi nhanh|cong an|dai dien|so|doi|"
    r"bo phan)|bo truong|thu truong|chanh (?:an|van phong|thanh tra)|cuc truong|vu truong|hieu truong|"
    r"vien truong|thu tuong|pho truong|cong chung vien|nguoi dung dau|can bo|dai ta|nguoi ky|tu phap|ho tich|"
    r"bi thu|tham phan|chap hanh vien|kiem sat vien|tong kiem toan|kiem toan truong|tu lenh|chi huy truong|"
    r"chinh uy|tong bien tap|chu nhiem|chu toa|pho ban|dong su truong|tong thu ky|thu ky toa|dai su|"
    r"tong lanh su|vien pho|pho chu nhiem|uy vien|tong cuc truong|quyen|giam thi|tham tra vien|"
    r"chu tri|dai dien|thu ky|ke toan|thu quy|phu trach|dieu tra vien|hoi tham|nguoi (?:ghi|lap|chu tri|dai dien|"
    r"duoc uy quyen)|truong (?:thon|ap|nhom|ca)|(?:to|doi|khoa|tram|xuong) truong)\b"
)
CAPACITY = re.compile(r"^\W*(?P<as>t\s?/?\s?m|t\s?/?\s?l|tuq|k\s?/?\s?t|q)(?:\s?[.,/]\s?|\s)(?=[a-z])")
"""In whose place someone signs; older papers print T/M."""
_AS = {"tm": "TM.", "tl": "TL.", "tuq": "TUQ.", "kt": "KT.", "q": "Q."}
_ADDRESS = re.compile(
    r"^\W*(?:(?:gs|pgs|tskh|ts|ths|bs|bsnt|ds|dd|ks|kts|cn|ls|dr|gvc|gvcc|(?:bs|ds|dd|cn)?\s?\.?\s?ck\s?(?:i{1,2}|[12])|"
    r"ngut|ngnd|nsut|nsnd|ttut|ttnd|nguoi ky|dong chi|dai tuong|thuong tuong|trung tuong|thieu tuong|dai ta|thuong ta|"
    r"trung ta|thieu ta|dai uy|thuong uy|trung uy|thieu uy|do doc|pho do doc|chuan do doc|tien si|thac si|bac si|"
    r"ky su|luat su|duoc si|ong|ba)(?![^\W_])\s?[.:,-]?\s?)+(?=[a-z])"
)
"""Ranks, degrees and honours before a name."""
_SYLLABLE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]*)?")
"""Letters, and a stroke as in names of the highlands: H'Hen, K'Brài."""
_SHORT = re.compile(r"^\W*[^\W\d_][^\W_]{0,6}\.(?:[^\W\d_]{1,6}\.)*\s*(?=[^\W\d_])")
_CLERK = re.compile(r"(?<!tong )\bthu ky\b|\bnguoi (?:ghi|lap)\b|\bke toan\b|\bthu quy\b")
"""Who signs beside the one in charge, and not with their authority."""
_CHAIR = re.compile(r"\bchu (?:tri|toa)\b")
_PARTY = re.compile(r"\bdai dien\b|\bben (?:[ab]|giao|nhan|mua|ban|thu nhat|thu hai)\b")
_FIRST_PARTY = re.compile(r"\bben (?:a|thu nhat)\b")
_ANNEX = re.compile(
    r"^\W*(?:phu luc(?:\s+(?:so\s+)?[\divxa-z]{1,5})?\W*$|\(?\s*(?:ban hanh )?kem theo\b|\(\s*dinh kem|du thao\b|"
    r"phu luc so\b|bieu (?:so|mau)\b|mau so\b|danh (?:muc|sach)\b)"
)
_COPY = re.compile(r"chung thuc ban sao|sao y ban chinh|^\W*sao (?:y|luc)\W*$|^\W*trich sao\W*$")
_SURNAMES = frozenset(
    """
    an au ayun bach ban banh be blong bo bui bya ca cai cam can cao cha chang chau chieu chu chung co cong cu cung da
    dam dan dang danh dao dau deo dien diep dinh do doan du duong eban gia giang giap h ha han hang hau hlong ho hoa
    hoac hoang hong hu hua huu huynh k khau khong khuat khuc khuong kieu kim kpa ksor la lai lam lang lau le leng
    lieu linh lo loc lu luc luong luu ly ma mac mach mai mlo mua nay ngan nghiem ngo nguy nguyen nhac nham nhan
    nhu nie ninh nong oc ong pham phan phi pho phu phung phuong po quach quan quang que rcham rmah sai sam se si
    siu son sung ta tan tang tat thach thai tham than thao thap thi thieu tho thoi thuy tien tieu to toan ton
    tong tra trac trai tran trang tri trieu trinh truong tu tuan tuc tuong ty ung uong van vang vi vien vinh vo
    vong vu vuong xa xuan y yen
    """.split()
)
PARTIES = "nhiều bên cùng ký, chỉ ghi một / several parties signed, one is shown"
NOT_READ = "có chữ ký nhưng chưa đọc được tên / signed, but the name was not read"
NO_SURNAME = "thiếu họ, có thể chưa đọc hết tên / no family name: part of the name may be missing"
_WIDE = 0.48
"""Rows of text reach over more than this share of the page; names and positions do not."""
_SIGNED_RIGHT_OF, _SIGNED_BELOW = 0.55, 0.35
"""Where positions stand over a signature, as shares of the page: an authority over the text is no signer's."""
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
    """Name of the signer, without rank and degree; of a joint act all names, separated by semicolons.

    Of minutes the chair's, not the clerk's; of an agreement one party's. Where somebody signed whose name was not read,
    there is no value but the place.
    """
    signed = signatures(sheets)
    chosen = _in_charge(signed)
    found = _listed([_name(one.name) for one in chosen], "; ")
    if found is None:
        return _unread(sheets)
    parties = len(signed) > len(chosen) and all(_says(one, _PARTY) for one in signed)
    return replace(found, doubts=(*found.doubts, PARTIES)) if parties else found


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


def _says(block: Signature, what: re.Pattern[str]) -> bool:
    return any(what.search(row.folded.plain) for row in block.positions)


def _in_charge(signed: Sequence[Signature]) -> Sequence[Signature]:
    """Those of ``signed`` (left to right) in whose authority the paper is: of parties the first, by name or right."""
    if len(signed) < 2:
        return signed
    chairs = [one for one in signed if _says(one, _CHAIR)]
    if chairs:
        return chairs[-1:]
    if all(_says(one, _PARTY) for one in signed):
        return [one for one in signed if _says(one, _FIRST_PARTY)][:1] or signed[-1:]
    return [one for one in signed if not _says(one, _CLERK)] or signed[-1:]


def _unread(sheets: Sequence[Sheet]) -> Found | None:
    """The place of a stamp or of ink under a position in the right half, where no name could be read."""
    for page in reversed(own_pages(sheets)):
        for row in reversed(page.rows):
            if row.centre < _SIGNED_RIGHT_OF or row.middle < _SIGNED_BELOW or not _is_position(row):
                continue
            for region in page.reading.regions:
                left, _, right, bottom = region.box
                under = row.box[3] < bottom <= row.box[3] + _LOW * row.height
                if under and left < row.box[2] and row.box[0] < right:
                    place = Word("", region.box, 0.0)
                    return Found("", "", row.page, (place,), "zone", doubts=(NOT_READ,))
    return None


def is_name(text: str) -> bool:
    """Two to six capitalised words of letters; wholly in capitals only behind a family name. ``Chương I`` is none."""
    words = text.strip(" .,").split()
    if not 2 <= len(words) <= 6 or not all(_SYLLABLE.fullmatch(w) and w[0].isupper() for w in words):
        return False
    loud = all(word.isupper() for word in words)
    if loud:
        return has_surname(text) and not POSITION.search(fold(nfc(text)))
    return not any(len(word) > 1 and word.isupper() for word in words) and words[-1] not in ("I", "V", "X")


def has_surname(text: str) -> bool:
    """Whether the first word is one of the family names of the country, marks lost or not."""
    return any(re.split("['’]", fold(nfc(first)))[0] in _SURNAMES for first in text.split()[:1])


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
        if is_name(_as_name(_bare(row))):
            found.append(row)
    return next((row for row in found if has_surname(_bare(row))), found[0] if found else None)


def _as_name(text: str) -> str:
    """``text`` with a capital where only that of the family name was not read (lê Thị …)."""
    first, _, rest = text.partition(" ")
    return f"{first.capitalize()} {rest}" if first.islower() and is_name(rest) and has_surname(first) else text


def _bare(row: Row) -> str:
    """The row without rank, degree (any abbreviation: names have no points), and points around it."""
    address = _ADDRESS.match(row.folded.plain)
    text = row.text[address.end() :] if address and len(row.text[address.end() :].split()) > 1 else row.text
    while (rest := _SHORT.sub("", text)) != text and len(rest.split()) > 1:
        text = rest
    return re.sub(r"\(.*$", "", text).strip(" .,:;|_'\"*-–—")


def _name(row: Row) -> Found:
    text = _bare(row)
    start = row.text.find(text)
    found = values.from_row(row, start, start + len(text), _as_name(text), "zone", 0.95)
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
