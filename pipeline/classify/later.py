"""What was entered on a certificate after it was issued, and what that does to the values printed when it was.

Certificates of land use rights have a section for later changes, filled in over the years by the land registry: the
owner printed on the first page may long have sold, and agency and date of an entry are not those of the certificate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.classify import dates, normal, values
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import Folded
from pipeline.classify.values import Found
from pipeline.dossier import Word
from pipeline.settings import DocumentType, OwnField

_SECTION = re.compile(r"^\W*(?:[ivx\d]{1,4}\s?[-.)]*)?\s*(?:nhung thay doi sau khi cap|trang bo sung giay chung nhan)")
_HEADINGS = re.compile(r"^\W*(?:noi dung thay doi|xac nhan cua|co tham quyen|ngay, ?thang)")
_PASSES = (
    r"(?:chuyen(?: nhuong| quyen| doi|(?= cho))|tang(?= cho)|thua ke|ban(?: dat| nha|(?= cho))"
    r"|mua (?:ban|lai)|sang ten|gop von|dau gia|nhan quyen|doi ten|doi (?:chu|nguoi) su dung"
    r"|thay doi (?:ten|chu|nguoi|ho ten))"
)
_TO = r"(?:cho|thanh|sang ten|sang cho|la|boi)"
_SOMEBODY = (
    r"(?:(?:vo chong|hai vo chong|ho gia dinh|ho|nguoi thua ke la)\s+)*"
    r"(?:(?:ong|ba|anh|chi)\b|(?=cong ty|doanh nghiep|hop tac xa|ngan hang|truong|trung tam))"
)
_GIVEN = re.compile(rf"\b{_PASSES}\b(?P<between>[^;]{{0,160}}?)\b{_TO}\s+{_SOMEBODY}\s*:?\s*")
_RECEIVED = re.compile(
    rf"\b{_SOMEBODY}\s*:?\s*(?P<name>[^,;:.\d]{{3,60}}?)(?:,[^;]{{0,160}}?)?\s+(?:da\s+)?nhan\s+"
    r"(?:chuyen nhuong|chuyen quyen|chuyen doi|tang cho|thua ke|quyen su dung|gop von)"
)
_PLEDGED = re.compile(r"\b(?:the chap|mot phan|xoa (?:the chap|dang ky)|giai chap|cho thue|gop von bang)\b")
"""Between the verb and the receiver these say that the owner stays: a mortgage, its end, a lease, part of a plot."""
_AND = re.compile(r"\s*,?\s*(?:va|cung)\s+(?:(?:vo|chong)\s+)?(?:la\s+)?(?:ong|ba)\b\s*:?\s*")
_COMPANY = re.compile(r"[^,;:(\d]{3,90}")
_ENTRY = 300
"""Letters from a receiver's name on that may still tell of him or her."""
_LONG_LABEL = 8
"""Labels of more letters than this name one thing only; shorter ones (``Địa chỉ``) turn up in every entry."""


@dataclass(frozen=True)
class Changes:
    """A paper cut in two: ``issued`` is what was printed at its issue, ``entries`` what was entered afterwards."""

    issued: tuple[Sheet, ...]
    entries: tuple[Sheet, ...] = ()


@dataclass(frozen=True)
class Transfer:
    """The right went to ``holder`` on ``day`` (ISO 8601, or empty); ``said`` is what the entry says of him or her.

    Keys of ``said``: ``id``, ``year`` (of birth), ``address``; what the entry does not say is absent.
    """

    holder: Found
    said: Mapping[str, Found]
    day: str


def changes(sheets: Sequence[Sheet]) -> Changes:
    """Cut a document at the heading of its section for later changes; an empty section is as good as none.

    Of a sheet scanned as two pages side by side only the half with the heading is cut.
    """
    for at, page in enumerate(sheets):
        heading = next((row for row in page.rows if _SECTION.match(row.folded.plain)), None)
        if heading is None:
            continue
        below = tuple(row for row in page.rows if _under(row, heading, page))
        kept = tuple(row for row in page.rows if row not in below)
        spread = page.reading.width > page.reading.height
        after = () if spread else tuple(sheets[at + 1 :])
        entries = (replace(page, rows=tuple(row for row in below if not _HEADINGS.match(row.folded.plain))), *after)
        issued = (*sheets[:at], replace(page, rows=kept), *sheets[at + 1 + len(after) :])
        return Changes(issued, entries if any(_says_something(row) for page in entries for row in page.rows) else ())
    return Changes(tuple(sheets))


def newest(mine: Mapping[str, Found], found: Changes, kind: DocumentType) -> dict[str, Found]:
    """The own fields of a paper with later entries: holder and id as last entered, everything touched to be looked at.

    ``mine`` are the values printed at the issue. What an entry says about a holder may be undone by the next one, so no
    name and no id of such a paper is certain. The id of a former holder is never that of the new one: where the entry
    gives none, the field is left empty.
    """
    if not found.entries:
        return dict(mine)
    done = dict(mine)
    text = Folded(" ".join(row.text for page in found.entries for row in page.rows))
    last = _last(transfers(found.entries))
    first = next((spec.person for spec in kind.fields.values() if spec.kind == "name" and spec.labels), "")
    for key, spec in kind.fields.items():
        touched = any(len(label) > _LONG_LABEL and text.find(label) for label in spec.labels)
        one = done.get(key)
        if last is not None and _personal(key, spec):
            one = _of_holder(last, key, spec) if spec.person == first else None
            done.pop(key, None)
        renewed = last is not None and _personal(key, spec)
        if one is not None and (touched or renewed or spec.kind in ("name", "personal_id")):
            done[key] = replace(one, doubts=tuple(dict.fromkeys((*one.doubts, values.CHANGED))))
    return done


def _personal(key: str, spec: OwnField) -> bool:
    """Whether a field tells of a person, and so of the former one as soon as there is another."""
    return spec.kind in ("name", "personal_id", "tax_code") or bool(_role(key))


def _role(key: str) -> str:
    """What a field that is neither name nor id says of a person: year of birth or address of the holder."""
    if key.startswith(("nam_sinh", "ngay_sinh")):
        return "year"
    return "address" if key.startswith("dia_chi_") else ""


def _of_holder(last: Transfer, key: str, spec: OwnField) -> Found:
    """What the last entry says of its receiver; empty, to be looked at, where it says nothing."""
    if spec.kind == "name":
        return last.holder
    role = "id" if spec.kind == "personal_id" else _role(key)
    return last.said.get(role) or replace(last.holder, value="", raw="")


def _last(found: Sequence[Transfer]) -> Transfer | None:
    """The latest by date; in the order of the paper where a date is missing."""
    if found and all(one.day for one in found):
        return max(enumerate(found), key=lambda one: (one[1].day, one[0]))[1]
    return found[-1] if found else None


def _under(row: Row, heading: Row, page: Sheet) -> bool:
    if row is heading or row.box[1] < heading.box[3] - 0.5 * (heading.box[3] - heading.box[1]):
        return False
    spread = page.reading.width > page.reading.height
    return not spread or (row.centre < 0.5) == (heading.centre < 0.5)


def _says_something(row: Row) -> bool:
    """An entry, and neither a heading of the table nor small print."""
    plain = row.folded.plain
    return len(re.findall(r"[a-z]{2,}", plain)) >= 3 and not _HEADINGS.match(plain)


# -- who got it -------------------------------------------------------------------------------------------------


def transfers(entries: Sequence[Sheet]) -> tuple[Transfer, ...]:
    """Every entry that says that the whole right went to somebody, in the order of the paper."""
    found = []
    for page in entries:
        dated = [(row.box[1], day) for row in page.rows if (day := _confirmed(row))]
        named = [one for column in _columns(page.rows) for one in _in_column(column)]
        named.sort(key=lambda one: one[0].box[1])
        found += [Transfer(holder, said, _day(row.box[1], dated)) for row, holder, said in named]
    return tuple(found)


def _confirmed(row: Row) -> str:
    """The date at which the registry confirmed an entry: a row that begins with it, or with a place and it."""
    place = re.match(r"^[^\d:]{0,40}\bngay\b", row.folded.plain)
    return dates.first(row.text) if place and "sinh" not in row.folded.plain[: place.end()] else ""


def _day(top: float, dated: Sequence[tuple[float, str]]) -> str:
    """The first confirmation not above the entry, else the one nearest above it."""
    below = [(y, day) for y, day in dated if y >= top - 60]
    return min(below)[1] if below else max(dated)[1] if dated else ""


def _columns(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that begin at about the same place across the page, each column downwards."""
    columns: list[list[Row]] = []
    for row in sorted(rows, key=lambda one: one.box[1]):
        near = (one for one in columns if abs(one[-1].box[0] - row.box[0]) < 0.06 * row.width)
        column = next(near, None)
        if column is None:
            columns.append([row])
        else:
            column.append(row)
    return columns


def _in_column(rows: Sequence[Row]) -> Iterator[tuple[Row, Found, Mapping[str, Found]]]:
    text = Folded(" ".join(row.text for row in rows))
    words = [(row, word) for row in rows for word in row.words]
    for match in _matches(text):
        start, end, row_at = match
        name = _names(text, start, end)
        if not name:
            continue
        used = _words_at(words, start, start + len(name) + 24, name)
        holder = _found(name, used)
        more = text.text[start + len(name) : start + _ENTRY].split(";")[0]
        said = {
            role: _found(value, _words_at(words, start + len(name), start + _ENTRY, value))
            for role, value in _details(more).items()
        }
        yield _words_at(words, row_at, row_at + 40, "")[0][0], holder, said


def _found(value: str, words: Sequence[tuple[Row, Word]]) -> Found:
    return Found(value, value, words[0][0].page, tuple(word for _, word in words), "label", 0.9)


def _details(text: str) -> dict[str, str]:
    """Id, year of birth and address in what follows a name; a part of the same entry."""
    number = normal.normalise(text, "personal_id")
    year = re.search(r"\bsinh (?:năm|ngày)[^;\d]{0,3}(?:[\d/.-]*?)((?:1[89]|20)\d{2})\b", text)
    address = re.search(r"(?:địa chỉ|thường trú|cư trú)(?:\s+thường trú)?(?:\s+tại)?\s*:?\s*([^;]{5,160})", text)
    found = {
        "id": number if normal.valid(number, "personal_id") else "",
        "year": year[1] if year else "",
        "address": re.split(r"\.(?:\s|$)|, theo ", address[1])[0].strip(" ,.") if address else "",
    }
    return {role: value for role, value in found.items() if value}


def _matches(text: Folded) -> list[tuple[int, int, int]]:
    """Where a receiver's name begins, where it has to end, and where the entry begins."""
    found = []
    for match in _GIVEN.finditer(text.plain):
        before = text.plain[max(0, match.start() - 40) : match.start()]
        received = re.search(r"\bnhan\s+$", before)
        if not _PLEDGED.search(match["between"]) and not _PLEDGED.search(before) and not received:
            found.append((match.end(), min(len(text.text), match.end() + 140), match.start()))
    for match in _RECEIVED.finditer(text.plain):
        found.append((match.start("name"), match.end("name"), match.start()))
    return sorted(found)


def _names(text: Folded, start: int, end: int) -> str:
    """The name that begins at ``start``, with the second one of a couple; an organisation's up to a comma."""
    if re.match(r"(?:cong ty|doanh nghiep|hop tac xa|ngan hang|truong|trung tam)", text.plain[start:end]):
        company = _COMPANY.match(text.text[start:end])
        return company.group().strip() if company else ""
    first = _person(text.text[start:end])
    second = _AND.match(text.plain[start + len(first) : end]) if first else None
    other = _person(text.text[start + len(first) + second.end() : end]) if second else ""
    return f"{first} và {other}" if other else first


def _person(text: str) -> str:
    """The words in capitals, or with a capital each, at the beginning: at least two, at most seven."""
    match = re.match(r"(?:[^\W\d_]+[ ]+){1,6}[^\W\d_]+", text)
    words: list[str] = []
    for word in match.group().split() if match else ():
        if not word[0].isupper():
            break
        words.append(word)
    return " ".join(words) if len(words) > 1 else ""


def _words_at(words: Sequence[tuple[Row, Word]], start: int, end: int, value: str) -> list[tuple[Row, Word]]:
    """Words between two places of the joined text, of those only the ones that are part of ``value`` (if given)."""
    at, found = 0, []
    for row, word in words:
        if at + len(word.text) > start and at < end and (not value or word.text.strip(",.;:()") in value):
            found.append((row, word))
        at += len(word.text) + 1
    return found or list(words[:1])
