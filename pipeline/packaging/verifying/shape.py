"""The closed shape of a record: what a file of ours may hold at all.

Whoever prepares a file before it is signed can hide content in it that is brought to light later: layers switched off,
pictures under pictures, pages and forms that nothing refers to, scripts, fields, outside streams (Mainka and others,
Shadow Attacks, NDSS 2021; Rohlmann and others, Breaking the Specification, 2021). What we write needs none of that, so
every key and every operator that we do not write is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from pikepdf.exceptions import PikepdfError

from pipeline.dossier import Finding, Severity, Text
from pipeline.packaging.pdfa.attachments import DATA_FILE, READING_FILE
from pipeline.packaging.pdfa.geometry import Matrix, apply, multiply
from pipeline.packaging.verifying.findings import block

_CATALOG = frozenset(
    "/Type /Pages /Lang /Metadata /OutputIntents /PageMode /ViewerPreferences /MarkInfo /StructTreeRoot /AcroForm /DSS"
    " /Extensions /Version /AF /Names".split()
)
_PAGE = frozenset("/Type /Parent /MediaBox /Resources /Contents /Annots /StructParents /Tabs /Group".split())
_FORM = frozenset({"/Fields", "/SigFlags"})
_FIELD = frozenset("/FT /T /TU /Type /Subtype /F /Rect /P /AP /V /Border".split())
_IMAGE = frozenset(
    "/Type /Subtype /Width /Height /ColorSpace /BitsPerComponent /Filter /DecodeParms /Decode /SMask /Mask /ImageMask"
    " /Interpolate /Intent /Length /Matte".split()
)
_MASK = _IMAGE - {"/SMask", "/Mask"}
_NAMES = frozenset({"/EmbeddedFiles"})
_WORDS = frozenset("BT ET Tf Td TD Tm T* TL Tc Tw Tz Ts Tj TJ '  \"".split())
_OTHERS = frozenset({"BDC", "BMC", "EMC", "MP"})
_RISKY = frozenset(
    "/AA /OpenAction /JavaScript /JS /OCProperties /OC /OCGs /XFA /Alternates /OPI /Ref /PS /RichMedia /Collection"
    " /Threads /PieceInfo /Measure /FFilter /FDecodeParms /URI /Launch".split()
)
_INVISIBLE = 3
_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_SLACK = 1.0
"""Points by which the picture may miss the page's edge."""


def shape_findings(pdf: pikepdf.Pdf, fields: int) -> Iterator[Finding]:
    """Everything in ``pdf`` that a record has no use for; ``fields`` is the number of its signatures."""
    try:
        yield from _keys(pdf.Root, _CATALOG, "danh mục / catalog")
        yield from _names(pdf)
        yield from _form(pdf, fields)
        for number, page in enumerate(pdf.pages, 1):
            yield from _page(page, f"trang / page {number}")
        yield from _objects(pdf)
        if pdf.get_warnings():
            vi, en = "cấu trúc có chỗ đọc được nhiều cách", "a structure that can be read in more than one way"
            yield _block("tệp / file", vi, en)
    except (PikepdfError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        yield _block("tệp / file", "cấu trúc lạ, không đọc được", f"cannot be read: {type(error).__name__}")


def _keys(dictionary: pikepdf.Object, allowed: frozenset[str], where: str) -> Iterator[Finding]:
    extra = sorted(set(dictionary.keys()) - allowed)
    if extra:
        names = ", ".join(extra)
        yield _block(where, f"mục lạ {names}", f"entries that a record has no use for: {names}")


def _names(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    if "/Names" in pdf.Root:
        yield from _keys(pdf.Root.Names, _NAMES, "danh mục / catalog")
    attached = {spec.obj.objgen for spec in pdf.attachments.values()}
    named = {one.objgen for one in pdf.Root.get("/AF", ())}
    if attached != named or set(pdf.attachments.keys()) - {DATA_FILE, READING_FILE}:
        yield _block("tệp đính kèm / attachments", "tệp đính kèm giấu", "attachments that the record does not name")


def _form(pdf: pikepdf.Pdf, fields: int) -> Iterator[Finding]:
    form = pdf.Root.get("/AcroForm")
    if form is None:
        return
    where = "biểu mẫu / form"
    yield from _keys(form, _FORM, where)
    shown = [widget.objgen for page in pdf.pages for widget in page.get("/Annots", ())]
    own = [field.objgen for field in form.Fields]
    if len(own) != fields or len(set(own)) != fields:
        yield _block(where, "trường thừa hoặc trùng", "fields that are no signatures, or twice the same")
    if sorted(shown) != sorted(own):
        yield _block(where, "chú thích không phải chữ ký", "annotations that are no signatures")
    values = [field.V.objgen for field in form.Fields if "/V" in field]
    if len(set(values)) != len(values):
        yield _block(where, "hai trường dùng chung một chữ ký", "two fields share one signature")
    for field in form.Fields:
        name = str(field.get("/T", "?"))
        yield from _keys(field, _FIELD, name)
        if field.get("/Subtype") != Name.Widget or field.get("/FT") != Name.Sig:
            yield _block(name, "không phải trường chữ ký", "no field of a signature")


def _page(page: pikepdf.Page, where: str) -> Iterator[Finding]:
    yield from _keys(page.obj, _PAGE, where)
    box = [float(number) for number in page.obj.MediaBox]
    if box[:2] != [0.0, 0.0] or min(box[2:]) <= 0:
        yield _block(where, "khổ trang lạ", "an unusual page box")
    contents = page.obj.get("/Contents")
    if not isinstance(contents, Stream):
        yield _block(where, "nội dung trang bị chia hoặc thiếu", "the content of the page is in parts, or missing")
        return
    drawn, fault = _drawn(contents)
    if fault is not None:
        yield Finding("shape", where, fault, Severity.BLOCK)
        return
    images = page.obj.get("/Resources", Dictionary()).get("/XObject", Dictionary())
    if {name for name, _ in drawn} != set(images.keys()) or len({name for name, _ in drawn}) != len(drawn):
        yield _block(where, "có hình không vẽ ra, hoặc vẽ hai lần", "pictures that are not drawn, or drawn twice")
        return
    for order, (name, matrix) in enumerate(drawn):
        image = images[name]
        if order == 0 and not _fills(image, matrix, box[2], box[3]):
            yield _block(where, "hình không phủ kín trang", "the picture does not fill the page")
        if image.get("/Subtype") == Name.Form:
            continue
        yield from _keys(image, _IMAGE, f"{where} {name}")
        for mask in (image.get("/SMask"), image.get("/Mask")):
            if isinstance(mask, Stream):
                yield from _keys(mask, _MASK, f"{where} {name}")
        if order > 0 and not isinstance(image.get("/SMask"), Stream):
            yield _block(where, "một hình che hình khác", "one picture covers another")
    if len(drawn) > 2:
        yield _block(where, "nhiều hình chồng lên nhau", "pictures lie on top of each other")


def _drawn(contents: pikepdf.Object) -> tuple[list[tuple[str, Matrix]], Text | None]:
    """What a page draws, with its matrix, and what is wrong: pictures and invisible words alone are right."""
    drawn: list[tuple[str, Matrix]] = []
    matrix, invisible = _UNIT, False
    kept: list[tuple[Matrix, bool]] = []
    for instruction in pikepdf.parse_content_stream(contents):
        operator = str(instruction.operator)
        if operator == "Tr":
            invisible = int(instruction.operands[0]) == _INVISIBLE
            if not invisible:
                return drawn, Text("chữ hiện đè lên hình", "words that show over the picture")
        elif operator == "cm":
            matrix = multiply(_matrix(instruction.operands), matrix)
        elif operator == "Do":
            drawn.append((str(instruction.operands[0]), matrix))
        elif operator == "q":
            kept.append((matrix, invisible))
        elif operator == "Q":
            matrix, invisible = kept.pop()
        elif operator in ("Tj", "TJ", "'", '"') and not invisible:
            return drawn, Text("chữ hiện đè lên hình", "words that show over the picture")
        elif operator not in _WORDS and operator not in _OTHERS:
            return drawn, Text(f"lệnh vẽ lạ {operator}", f"a drawing operator that records do not use: {operator}")
    return drawn, None


def _matrix(numbers: Iterable[object]) -> Matrix:
    a, b, c, d, e, f = (float(str(number)) for number in numbers)
    return a, b, c, d, e, f


def _fills(image: pikepdf.Object, matrix: Matrix, width: float, height: float) -> bool:
    """Whether ``image`` under ``matrix`` is the page: a picture is the unit square, a form its own box."""
    x0, y0, x1, y1 = 0.0, 0.0, 1.0, 1.0
    if image.get("/Subtype") == Name.Form:
        matrix = multiply(_matrix(image.get("/Matrix", _UNIT)), matrix)
        x0, y0, x1, y1 = (float(number) for number in image.BBox)
    corners = [apply(matrix, x, y) for x in (x0, x1) for y in (y0, y1)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    edges = (min(xs), min(ys), max(xs) - width, max(ys) - height)
    return max(map(abs, edges)) <= _SLACK


def _objects(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    """Objects that nothing refers to, and keys that act or hide, wherever they stand."""
    seen: set[tuple[int, int]] = set()
    risky: set[str] = set()
    outside = False
    waiting: list[pikepdf.Object] = [pdf.trailer]
    while waiting:
        value = waiting.pop()
        if value.is_indirect:
            if value.objgen in seen:
                continue
            seen.add(value.objgen)
        if isinstance(value, (Dictionary, Stream)):
            keys = set(value.keys())
            risky |= keys & _RISKY
            outside = outside or (isinstance(value, Stream) and "/F" in keys)
            waiting += [item for item in value.values() if isinstance(item, (Dictionary, Stream, Array))]
        elif isinstance(value, Array):
            waiting += [item for item in value if isinstance(item, (Dictionary, Stream, Array))]
    if risky:
        names = ", ".join(sorted(risky))
        yield _block("tệp / file", f"tính năng không có trong bản ghi: {names}", f"features no record has: {names}")
    if outside:
        yield _block("tệp / file", "nội dung nằm ngoài tệp", "content that is outside the file")
    hidden = [one for one in pdf.objects if _stands_alone(one) and one.objgen not in seen]
    if hidden:
        numbers = ", ".join(str(one.objgen[0]) for one in hidden[:10])
        yield _block("tệp / file", f"đối tượng giấu: {numbers}", f"objects that nothing refers to: {numbers}")


def _stands_alone(value: pikepdf.Object) -> bool:
    """Whether an object should be referred to: cross-references and object streams are not."""
    if isinstance(value, Stream):
        return value.get("/Type") not in (Name.XRef, Name.ObjStm)
    return isinstance(value, (Dictionary, Array))


def _block(where: str, vi: str, en: str) -> Finding:
    return block("shape", vi, en, where)
