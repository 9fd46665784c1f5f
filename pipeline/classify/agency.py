"""Who issued an act: the names in the left column of its head (Decree 30/2020/NĐ-CP, Appendix I, part II.2).

The superior body stands above the issuing one and both may take several rows, so what has to be found is the row where
the last name begins. It begins with a word for an agency; but words like that also stand inside names (TRƯỜNG ĐẠI HỌC /
NGÂN HÀNG …, BAN CHỈ ĐẠO / PHÒNG CHỐNG …) and after names that are not at their end (VĂN PHÒNG / ỦY BAN NHÂN DÂN …).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from pipeline.classify.blocks import joined, says_something
from pipeline.classify.dates import find
from pipeline.classify.kinds import Match, head_rows
from pipeline.classify.layout import Row, Sheet, is_body, is_motto, is_nation
from pipeline.classify.matching import capitals, without_leaders
from pipeline.classify.symbols import parse
from pipeline.classify.values import Found
from pipeline.vietnamese import fold, nfc

_WORDS = """
    ủy ban; ubnd; ub; sở; bộ; cục; chi cục; tổng cục; vụ; phòng; trung tâm; trường; hội; hội đồng; hđnd; văn
    phòng; công an; ca; công ty; tổng công ty; tập đoàn; tòa án; tand; viện; vksnd; chi nhánh; thanh tra; đoàn;
    liên đoàn; chính phủ; thủ tướng; chủ tịch nước; kho bạc; ngân hàng; bảo hiểm; đảng ủy; đảng bộ; đảng đoàn;
    chi bộ; huyện ủy; tỉnh ủy; thành ủy; quận ủy; thị ủy; ban; mặt trận; bệnh viện; đại học; học viện; quốc hội;
    kiểm toán; đại sứ quán; tổng lãnh sự quán; hạt; trạm; nhà xuất bản; báo; chi đoàn; doanh nghiệp; hợp tác xã;
    quỹ; thuế; công đoàn; tỉnh đoàn; thành đoàn; huyện đoàn; bch; bql; đội; đồn; trại; quân khu; quân đoàn; quân
    chủng; sư đoàn; lữ đoàn; trung đoàn; tiểu đoàn; binh đoàn; hải đoàn; xí nghiệp; nhà máy; nhà văn hóa; thư
    viện; bảo tàng; đài; cảng vụ; tổ; tổ công tác; cơ quan; cơ sở; phân viện; phân hiệu; khoa; hộ kinh doanh;
    câu lạc bộ; hiệp hội; liên hiệp; liên minh; hội liên hiệp; tổng liên đoàn; mttq; lđlđ; bưu điện; bưu cục;
    điện lực; hải quan; chi hội; ban quản trị; đoàn luật sư; văn phòng công chứng; nhà trẻ; khu quản lý; htx; cty;
    liên hiệp htx; quận đoàn; thị đoàn; xã đoàn; nông trường; lâm trường
"""
_AGENCIES = tuple(tuple(part.split()) for part in " ".join(_WORDS.split()).split("; "))
_NOT_AT_ONCE = re.compile(
    r"phong[ ,]+(?:chay|chong|thu|ngua|khong|benh|ve|tranh)\b|hoi (?:nhap|nghi|vien|phuc)\b|bao (?:ve|ton|dam|"
    r"tri|hanh)\b|to (?:chuc|quoc|tung)\b|ban (?:hanh|hang|do)\b|truong (?:sa|son|hop)\b|co so (?:ha tang|"
    r"vat chat|du lieu)\b|vien (?:thong|chuc)\b|quy (?:hoach|che|dinh)\b|khoa hoc\b|dai bieu\b|doan ket\b|"
    r"so huu\b|thue dat\b|bo sung\b|ca nhan\b|bo tro\b|don vi\b|co quan\b(?! (?:canh sat|dieu tra|an ninh|"
    r"thuong tru|thuong truc|uy ban|dai dien))|dien luc$|hai quan$"
)
"""Words like those for agencies that only go on with a name."""
_UNFINISHED = re.compile(
    r"(?:^|\s)(?:thu tuong|thuong vu|trung uong|cua|va|thuoc|cac|chap hanh|tham phan|doan chu tich|quan ly|"
    r"tai|voi|doan dai bieu|uy ban|hoi dong|lien hiep|da|-|–|,|&)$|"
    r"^(?:van phong|truong|truong (?:dai hoc|cao dang|trung cap|"
    r"trung hoc(?: co so| pho thong)?|tieu hoc|mam non)|dai hoc|hoc vien|vien|vien nghien cuu|cuc|"
    r"cuc canh sat|chi cuc|tong cuc|vu|so|bo|phong|trung tam|trung tam (?:dich vu|y te|phuc vu|kiem soat)|ban|"
    r"ban (?:chi dao|chi huy|quan ly|quan ly du an|bien tap|chap hanh)|hoi|hoi dong|uy ban|doan|to cong tac|"
    r"cong ty|tong cong ty|cong ty co phan|cong ty cp|cong ty trach nhiem huu han|cong ty tnhh|"
    r"cong ty (?:tnhh|trach nhiem huu han) (?:mtv|mot thanh vien|1 thanh vien)|tap doan|ngan hang|"
    r"ngan hang (?:tmcp|thuong mai co phan|thuong mai|nong nghiep)|doanh nghiep tu nhan|benh vien|"
    r"benh vien (?:da khoa|dai hoc)|quy|nha xuat ban|thanh tra|co quan|bao|dai|tram|hat|hiep hoi|lien hiep|chi nhanh)$"
)
"""Ends of rows after which a name goes on in the next one."""
_ORGAN = re.compile(r"(?:ban )?(?:thuong truc|thuong vu|chap hanh|chu tich doan)|doan chu tich")
"""The organ that acts for a body, named under it: it has no name of its own."""
_LEGAL_FORM = re.compile(r"(?:cong ty|cty)?\s*(?:co phan|cp|tnhh|trach nhiem huu han)(?:\s(?:mtv|mot thanh vien))?")
"""What kind of company it is, with no name: at the end of a name it is its last part."""
_OF_A_BODY = re.compile(r"(?:ban|van phong|trung tam|to)\b")
_BODY = re.compile(r"(?:tinh|thanh|huyen|quan|thi) uy\b|uy ban nhan dan\b|ubnd\b|hoi dong nhan dan\b|hdnd\b|quoc hoi\b")
"""What has boards, offices and centres, and never stands under one: BAN DÂN VẬN / TỈNH ỦY … is one name."""
_MINISTRY = re.compile(r"bo (?!tu lenh|tong tham muu|chi huy|mon|phan)|so (?!huu)")
_JOINT = re.compile(r"(?:TT|NQ|KH|HD|CT|CTR|QC|BC|TB|CV|QĐ|QD|TTR)L[TSNBC]", re.IGNORECASE)
"""Abbreviation of a joint act: TTLT, NQLT, HDLS (liên sở), KHLN (liên ngành), TTLB (liên bộ)."""
_MARKED = re.compile(
    r"(?:hoatoc(?:hengio)?|thuongkhan|khan|mat|toimat|tuyetmat|bansao|saoy(?:banchinh)?|saoluc|trichsao|duthao|banchinh|"
    r"bangoc|(?:congvan|vanban)?(?:den|di)|(?:congvan|vanban)(?:den|di)(?:so|ngay).*)"
)
"""Marks and stamps (urgency, secrecy, arrival, draft) that may stand between the names and the number."""
_CAPTION = re.compile(r"[:@]|\b\d{1,2}[:.]\d\d[:.]\d\d\b|\bky boi\b|\bnguoi ky\b")
_PLACED = re.compile(r"^(?:tinh|thanh pho|tp|quan|huyen|thi xa|thi tran|xa|phuong|dac khu|khu vuc|tai)\b")
_FORM = re.compile(r"(?:mau|phuluc|bieumau|bieuso|bm\d|(?:ho|ten)(?:va|don)|tencoquan|tendonvi)")
_DASH_END = re.compile(r"[-–—]\s*$")
_DASH_FIRST = re.compile(r"\s*[-–—]\s*[^\W\d_]")
_DASH = re.compile(r"^\s*[-–—]\s*|\s*[-–—]\s*$")


def read_agency(page: Sheet, match: Match, number: Row | None) -> tuple[Found | None, Found | None]:
    """Issuing agency and its superior. Of agencies that act together none is the other's superior.

    ``number`` is the row with the number, above which the names stand; ``None`` where it was not found.
    """
    rows = left_column(page, match, number)
    if not rows:
        return None, None
    kind = match.number.symbol.kind if match.number else ""
    starts = [at for at in range(len(rows)) if at == 0 or _begins(rows, at)]
    if _JOINT.fullmatch(kind) or _together(rows, starts):
        first = _over_all(rows, starts)
        return _all_of(rows, starts[first:]), joined(rows[: starts[first]])
    return joined(rows[starts[-1] :]), joined(rows[: starts[-1]])


def names_an_agency(text: str) -> bool:
    """Whether ``text`` begins with a word for an agency. Marks may be lost in reading, but not be others."""
    read = text.split()[:4]
    if _NOT_AT_ONCE.match(fold(nfc(text))):
        return False
    return any(_reads(tuple(read[: len(wanted)]), wanted) for wanted in _AGENCIES if len(wanted) <= len(read))


def left_column(page: Sheet, match: Match, number: Row | None) -> list[Row]:
    """Rows of the head that name agencies: left of the national name, above the number (or the title)."""
    stop = number if number is not None and number not in match.title else None
    stop = stop or (match.title[0] if match.title else None)
    edge = page.boundary
    top = page.nation.box[1] - 1.2 * page.pitch * page.reading.height if page.nation else 0.0
    stamped = _arrival_stamps(page)
    rows: list[Row] = []
    caption = False
    for row in head_rows(page):
        if row is stop or row in match.title:
            break
        if edge < 1.0 and (row.box[0] >= (edge - 0.02) * row.width or row.box[3] <= top):
            continue
        if stop is not None and row.box[1] >= stop.box[1] and edge < 1.0:
            continue
        if _passed_over(row, stamped):
            continue
        caption = bool(_CAPTION.search(row.folded.plain)) or (caption and capitals(row.text) < 0.75)
        if not caption and _is_name(row, rows[-1] if rows else None):
            rows.append(row)
        elif rows and not caption:
            break
    return rows


def _passed_over(row: Row, stamped: Sequence[tuple[float, float, float, float]]) -> bool:
    """Rows that are no part of the column of names and do not end it."""
    if not says_something(row) or is_nation(row) or is_motto(row) or is_body(row):
        return True
    x, y = (row.box[0] + row.box[2]) / 2, (row.box[1] + row.box[3]) / 2
    inside = any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in stamped)
    return inside or bool(_MARKED.fullmatch(row.folded.letters)) or not without_leaders(row.text)


def _arrival_stamps(page: Sheet) -> list[tuple[float, float, float, float]]:
    """Frames stamped on incoming mail (CÔNG VĂN ĐẾN): nothing in them is said by the paper."""
    boxes = [region.box for region in page.reading.regions if region.kind == "stamp"]
    arrivals = [row.box for row in page.rows if re.search(r"\b(?:van\s?ban|cong\s?van)?\s?den\b", row.folded.plain)]
    return [
        box for box in boxes if any(box[0] <= a[0] and a[2] <= box[2] and box[1] <= a[1] <= box[3] for a in arrivals)
    ]


def _is_name(row: Row, above: Row | None) -> bool:
    """Capitals; or small letters that begin like an agency, or go on with a name that is not at its end."""
    letters = row.folded.letters
    if len(letters) < 2 or _FORM.match(letters) or parse(row.text) is not None or find(row.text):
        return False
    if capitals(row.text) >= 0.75:
        return len(letters) >= 3
    if len(row.words) > 9 or not row.text[:1].isalpha():
        return False
    goes_on = above is not None and (_PLACED.match(row.folded.plain) or _goes_on(above))
    return bool(goes_on) or (row.text[:1].isupper() and names_an_agency(row.text))


def _begins(rows: Sequence[Row], at: int) -> bool:
    """Whether a name begins with row ``at``."""
    text = _DASH.sub("", rows[at].text)
    plain = fold(nfc(text)).strip(" .")
    upside_down = _BODY.match(plain) and _OF_A_BODY.match(rows[at - 1].folded.plain.strip(" -"))
    unnamed = _ORGAN.fullmatch(plain) and not _named_by(rows[at + 1 :])
    form = _LEGAL_FORM.fullmatch(plain) and at + 1 == len(rows)
    return names_an_agency(text) and not (_goes_on(rows[at - 1]) or unnamed or upside_down or form)


def _named_by(below: Sequence[Row]) -> bool:
    """Whether the row under an organ says whose it is: BAN CHẤP HÀNH / ĐẢNG BỘ PHƯỜNG …, and not TỈNH …."""
    return bool(below) and names_an_agency(_DASH.sub("", below[0].text))


def _goes_on(row: Row) -> bool:
    """The name in ``row`` goes on in the next one: ỦY BAN THƯỜNG VỤ / QUỐC HỘI."""
    return bool(_UNFINISHED.search(row.folded.plain.strip(" .*_")))


def _together(rows: Sequence[Row], starts: Sequence[int]) -> bool:
    """Ministries, or departments of a province, one under the other; or names with dashes between them."""
    names = [fold(nfc(_DASH.sub("", rows[at].text))) for at in starts]
    ranks = [_MINISTRY.match(name) for name in names]
    if len(names) > 1 and all(ranks) and len({rank.group()[:2] for rank in ranks if rank}) == 1:
        return True
    ends = [_DASH_END.search(row.text) for row in rows[:-1]]
    opens = [_DASH_FIRST.match(row.text) for row in rows[1:]]
    named = [names_an_agency(_DASH.sub("", row.text)) for row in rows[1:]]
    return any(name and (end or begin) for name, end, begin in zip(named, ends, opens, strict=True))


def _over_all(rows: Sequence[Row], starts: Sequence[int]) -> int:
    """How many names stand over those that act together: UBND TỈNH … / SỞ … - / SỞ …."""
    names = [fold(nfc(_DASH.sub("", rows[at].text))) for at in starts]
    parts = [rows[a:b] for a, b in zip(starts, [*starts[1:], len(rows)], strict=True)]
    dashed = [
        any(_DASH_END.search(row.text) for row in part) or any(_DASH_FIRST.match(row.text) for row in part[1:])
        for part in parts
    ]
    over = next((at for at, name in enumerate(names) if dashed[at] or _MINISTRY.match(name)), 0)
    return over if all(_BODY.match(name) for name in names[:over]) else 0


def _all_of(rows: Sequence[Row], starts: Sequence[int]) -> Found | None:
    """The names of all, with a dash between two."""
    pieces = [joined(rows[a:b], dashes=True) for a, b in zip(starts, [*starts[1:], len(rows)], strict=True)]
    found = [piece for piece in pieces if piece is not None]
    if not found:
        return None
    return replace(
        found[0],
        value=" - ".join(_DASH.sub("", piece.value) for piece in found),
        raw="\n".join(piece.raw for piece in found),
        words=tuple(word for piece in found for word in piece.words),
        doubts=tuple(dict.fromkeys(doubt for piece in found for doubt in piece.doubts)),
    )


@lru_cache(maxsize=4096)
def _reads(read: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether each word read is the word wanted with no more than marks lost; where a tone is put does not matter."""
    return all(
        fold(nfc(one)).strip(".,&") == fold(other) and _marks(one) <= _marks(other)
        for one, other in zip(read, wanted, strict=True)
    )


def _marks(word: str) -> frozenset[str]:
    stroke = {"đ"} if "đ" in word.lower() else set()
    return frozenset(stroke | {char for char in unicodedata.normalize("NFD", nfc(word)) if unicodedata.combining(char)})
