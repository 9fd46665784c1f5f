"""How a signed file grew: its revisions, each told in plain words, and every byte of them accounted for.

A record has one form: a first revision, then one a signature, then revisions of validation data and archive time stamps
(ISO 32000-2, 7.5.6 and 12.8). Whatever else was added was not added by us. Each revision must be objects that its
cross-reference names and nothing between them: bytes that no reference names are where content is hidden to be switched
on later (Mainka and others, Shadow Attacks, NDSS 2021).
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree  # type: ignore[import-untyped]  # pikepdf needs it as well
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

from pipeline.dossier import Text

Kind = Literal["first", "signature", "validation", "archive", "other"]

_CATALOG = frozenset({"/AcroForm", "/DSS", "/Extensions", "/Version", "/Metadata"})
_FORM = frozenset({"/Fields", "/SigFlags"})
_INFO = frozenset({"/ModDate", "/Producer"})
_SKIPPED = frozenset({"/Parent", "/P"})
"""References back: what they lead to is reached from above."""
_VOLATILE = frozenset(
    {
        "{http://ns.adobe.com/xap/1.0/}ModifyDate",
        "{http://ns.adobe.com/xap/1.0/}MetadataDate",
        "{http://ns.adobe.com/pdf/1.3/}Producer",
    }
)
"""Properties of the metadata that every signature writes anew."""
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


@dataclass(frozen=True, slots=True)
class Revision:
    """One layer of the file: bytes ``start`` (included) to ``end``; ``fields`` are the signatures it brought."""

    number: int
    start: int
    end: int
    kind: Kind
    fields: tuple[str, ...] = ()
    validation: bool = False
    """It brought validation data, with a signature or without."""
    changes: tuple[Text, ...] = ()
    """What it changed that no signature does."""

    @property
    def words(self) -> Text:
        """What it is, for people."""
        names = ", ".join(self.fields)
        also = Text(" và dữ liệu xác minh", " and validation data") if self.validation else Text("", "")
        told = {
            "first": Text("bản ghi như khi tạo", "the record as it was made"),
            "signature": Text(f"chữ ký {names}{also.vi}", f"signature {names}{also.en}"),
            "validation": Text("dữ liệu xác minh chữ ký", "validation data of signatures"),
            "archive": Text(f"dấu thời gian lưu trữ{also.vi}", f"archive time stamp{also.en}"),
            "other": Text("thay đổi khác", "another change"),
        }
        if not self.changes:
            return told[self.kind]
        what = "; ".join(change.vi for change in self.changes), "; ".join(change.en for change in self.changes)
        return Text(f"{told[self.kind].vi}: {what[0]}", f"{told[self.kind].en}: {what[1]}")


def layers(reader: PdfFileReader, data: mmap.mmap) -> tuple[Revision, ...]:
    """The revisions of the file, in order. ``data`` are its bytes."""
    found: list[Revision] = []
    start = 0
    for number in range(reader.xrefs.total_revisions):
        end = _end(reader, data, number)
        if number == 0:
            found.append(Revision(0, start, end, "first"))
        else:
            found.append(_Update(reader, number).told(start, end))
        start = end
    return tuple(found)


def _end(reader: PdfFileReader, data: mmap.mmap, number: int) -> int:
    """Where revision ``number`` ends: after the end-of-file mark behind its cross-reference, and its end of line."""
    after = reader.xrefs.get_xref_container_info(number).end_location
    mark = data.find(b"%%EOF", after)
    if mark < 0:
        return len(data)
    end = mark + len(b"%%EOF")
    if data[end : end + 2] == b"\r\n":
        return end + 2
    return end + 1 if data[end : end + 1] in (b"\n", b"\r") else end


class _Update:
    """One revision laid beside the one before."""

    def __init__(self, reader: PdfFileReader, number: int) -> None:
        self._number = number
        self._xrefs = reader.xrefs
        self._now = HistoricalResolver(reader, number)
        self._before = HistoricalResolver(reader, number - 1)
        self._reader = reader
        self._changes: list[Text] = []

    def told(self, start: int, end: int) -> Revision:
        touched = {ref.idnum for ref in self._xrefs.explicit_refs_in_revision(self._number)}
        old = {ref.idnum for before in range(self._number) for ref in self._xrefs.explicit_refs_in_revision(before)}
        if self._xrefs.refs_freed_in_revision(self._number):
            self._say("xóa đối tượng", "objects deleted")
        root = self._reader.trailer.flatten(self._number).raw_get("/Root")
        if root.idnum != self._reader.trailer.flatten(self._number - 1).raw_get("/Root").idnum:
            self._say("thay danh mục gốc", "another catalog")
        fields = self._new_fields()
        allowed = self._allowed(root.idnum, fields, touched)
        for number in sorted(touched - allowed):
            if number in old:
                self._say(f"đối tượng {number} bị thay", f"object {number} replaced")
            elif not self._is_xref(number):
                self._say(f"đối tượng {number} thêm vào", f"object {number} added")
        kinds = {str(_item(self._value(field), "/Type", "/Sig")) for field in fields.values()}
        validation = self._dss_touched(touched)
        return Revision(
            self._number, start, end, self._kind(kinds, len(fields), validation=validation), tuple(fields),
            validation, tuple(self._changes),
        )  # fmt: skip

    def _kind(self, kinds: set[str], count: int, *, validation: bool) -> Kind:
        if self._changes or count > 1:
            return "other"
        if kinds:
            return "archive" if kinds == {"/DocTimeStamp"} else "signature"
        return "validation" if validation else "other"

    def _say(self, vi: str, en: str) -> None:
        self._changes.append(Text(vi, en))

    # -- what signatures and validation data bring ---------------------------------------------------------------

    def _new_fields(self) -> dict[str, generic.DictionaryObject]:
        """Signature fields by name that this revision added, signed."""
        before = {ref.idnum for ref in _fields(self._before)}
        added = {}
        for ref in _fields(self._now):
            field = ref.get_object()
            if ref.idnum not in before and isinstance(field, generic.DictionaryObject) and "/V" in field:
                added[str(_item(field, "/T", ""))] = field
        return added

    def _allowed(self, root: int, fields: dict[str, generic.DictionaryObject], touched: set[int]) -> set[int]:
        """Numbers of the objects that this revision may write; notes down what it changed in those wrongly."""
        allowed = {number for number in touched if self._is_xref(number)} | {root}
        now, before = self._now.root, self._before.root
        self._compare(before, now, _CATALOG, "danh mục", "catalog")
        for name, keys in (("/AcroForm", _FORM),):
            if name in now:
                allowed |= _number(now.raw_get(name))
                self._compare(_item(before, name, {}), now[name], keys, "biểu mẫu", "form")
                allowed |= _number(now[name].raw_get("/Fields")) if "/Fields" in now[name] else set()
        self._form_kept()
        trailer = self._reader.trailer.flatten(self._number)
        if "/Info" in trailer:
            allowed |= _number(trailer.raw_get("/Info"))
            info = [handler.get_object(trailer.raw_get("/Info").reference) for handler in (self._before, self._now)]
            self._compare(info[0], info[1], _INFO, "thông tin tệp", "document information")
        if "/Metadata" in now:
            allowed |= _number(now.raw_get("/Metadata"))
            self._metadata(before, now)
        for field in fields.values():
            allowed |= self._page_of(field)
            allowed |= self._reach(field, touched)
        if "/DSS" in now:
            allowed |= self._reach(now.raw_get("/DSS"), touched)
        return allowed

    def _compare(self, before: Any, now: Any, free: frozenset[str], vi: str, en: str) -> None:
        changed = [key for key in {*before.keys(), *now.keys()} if key not in free and not _same(before, now, key)]
        if changed:
            names = ", ".join(sorted(str(key) for key in changed))
            self._say(f"{vi} đổi {names}", f"{en} changed: {names}")

    def _form_kept(self) -> None:
        before = [ref.idnum for ref in _fields(self._before)]
        if [ref.idnum for ref in _fields(self._now)][: len(before)] != before:
            self._say("trường chữ ký cũ bị bỏ hoặc đổi chỗ", "fields of earlier signatures dropped or moved")

    def _metadata(self, before: Any, now: Any) -> None:
        # Taken by its reference: as a value of the catalog the library would parse it, and fail on older revisions.
        packets = [
            handler.get_object(root.raw_get("/Metadata").reference).data if "/Metadata" in root else b""
            for handler, root in ((self._before, before), (self._now, now))
        ]
        if properties(packets[0]) != properties(packets[1]):
            self._say("siêu dữ liệu bị sửa", "the metadata were changed")

    def _page_of(self, field: generic.DictionaryObject) -> set[int]:
        """The page that shows ``field``, which may get one annotation more and nothing else."""
        if "/P" not in field:
            return set()
        ref = field.raw_get("/P")
        before, now = self._before.get_object(ref.reference), ref.get_object()
        self._compare(before, now, frozenset({"/Annots"}), "trang", "page")
        earlier, later = _references(before, "/Annots"), _references(now, "/Annots")
        if later[: len(earlier)] != earlier or set(later[len(earlier) :]) - _own(field):
            self._say("chú thích trên trang bị thêm hoặc đổi", "annotations on the page were added or changed")
        return _number(ref) | (_number(now.raw_get("/Annots")) if "/Annots" in now else set())

    def _reach(self, start: Any, touched: set[int]) -> set[int]:
        """Numbers of touched objects that ``start`` leads to."""
        found = _own(start)
        waiting = [start]
        while waiting:
            value = waiting.pop()
            if isinstance(value, generic.IndirectObject):
                if value.idnum in found or value.idnum not in touched:
                    continue
                found.add(value.idnum)
                value = self._now.get_object(value.reference)
            if isinstance(value, generic.DictionaryObject):
                waiting += [value.raw_get(key) for key in value if key not in _SKIPPED]
            elif isinstance(value, generic.ArrayObject):
                waiting += [value.raw_get(index) for index in range(len(value))]
        return found

    def _dss_touched(self, touched: set[int]) -> bool:
        root = self._now.root
        return "/DSS" in root and bool(self._reach(root.raw_get("/DSS"), touched))

    def _value(self, field: generic.DictionaryObject) -> generic.DictionaryObject:
        value = field["/V"]
        return value if isinstance(value, generic.DictionaryObject) else generic.DictionaryObject()

    def _is_xref(self, number: int) -> bool:
        container = self._xrefs.get_xref_container_info(self._number).stream_ref
        return container is not None and container.idnum == number


def _fields(resolver: HistoricalResolver) -> list[generic.IndirectObject]:
    form = _item(resolver.root, "/AcroForm", {})
    fields = _item(form, "/Fields", ()) if isinstance(form, generic.DictionaryObject) else ()
    if not isinstance(fields, generic.ArrayObject):
        return []
    found = [fields.raw_get(index) for index in range(len(fields))]
    return [one for one in found if isinstance(one, generic.IndirectObject)]


def _references(dictionary: Any, key: str) -> list[int]:
    array = _item(dictionary, key, ())
    if not isinstance(array, generic.ArrayObject):
        return []
    found = [array.raw_get(index) for index in range(len(array))]
    return [one.idnum if isinstance(one, generic.IndirectObject) else -1 for one in found]


def _item(dictionary: Any, key: str, default: Any) -> Any:
    """An entry, followed where it is a reference (the library's own ``get`` does not)."""
    return dictionary[key] if key in dictionary else default  # noqa: SIM401


def _number(value: Any) -> set[int]:
    return {value.idnum} if isinstance(value, generic.IndirectObject) else set()


def _own(value: Any) -> set[int]:
    """The number of the object that ``value`` is, or stands in."""
    container = getattr(value, "container_ref", None)
    return {container.idnum} if isinstance(container, generic.Reference) else set()


def _same(before: Any, now: Any, key: str) -> bool:
    return key in before and key in now and _plain(before.raw_get(key)) == _plain(now.raw_get(key))


def _plain(value: Any, depth: int = 0) -> Any:
    """A value as plain Python: references as numbers, so that only what stands here is compared."""
    if depth > 20:
        return "…"
    if isinstance(value, generic.IndirectObject):
        return ("R", value.idnum, value.generation)
    if isinstance(value, generic.DictionaryObject):
        return {str(key): _plain(value.raw_get(key), depth + 1) for key in value}
    if isinstance(value, generic.ArrayObject):
        return [_plain(value.raw_get(index), depth + 1) for index in range(len(value))]
    return repr(value)


def properties(packet: bytes) -> list[tuple[str, str]] | None:
    """The metadata in an XMP packet, without what every signature writes anew; ``None`` when it is no packet."""
    try:
        tree = etree.fromstring(packet, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except (etree.XMLSyntaxError, ValueError):
        return None
    found: list[tuple[str, str]] = []
    for described in tree.iter(f"{_RDF}Description"):
        found += [(key, text) for key, text in described.attrib.items() if key not in _VOLATILE | {f"{_RDF}about"}]
        for prop in described:
            if isinstance(prop.tag, str) and prop.tag not in _VOLATILE:
                found.append((prop.tag, _content(prop)))
    return sorted(found)


def _content(element: etree._Element) -> str:
    """An element's text and what is below it, blanks between elements left out; as an attribute says it if it can."""
    if not len(element) and not element.attrib:
        return element.text or ""
    parts = [str(sorted(element.attrib.items())), (element.text or "").strip()]
    for child in element:
        if isinstance(child.tag, str):
            parts += [child.tag, _content(child)]
    return "|".join(parts)
