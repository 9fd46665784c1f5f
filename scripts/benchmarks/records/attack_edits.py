"""What is changed: by a revision written below a signature, or in a file prepared before it is signed."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.sign.validation.dss import DocumentSecurityStore

from benchmarks.records.attack_tools import (
    Edit,
    Preparation,
    Writer,
    box,
    dictionary,
    first_page,
    helvetica,
    white_form,
    white_image,
)

# -- revisions below a signature ------------------------------------------------------------------------------------


def page_content(writer: Writer) -> None:
    """The content of page 1 overridden: a white field over it."""
    page = first_page(writer)
    stream = page["/Contents"]
    stream._data = stream.data + b"\nq 1 g 60 500 400 200 re f Q\n"
    stream._encoded_data = None
    writer.update_container(stream)


def overlay_annotation(writer: Writer) -> None:
    """A white stamp annotation over the page."""
    page = first_page(writer)
    look = writer.add_object(white_form(300, 60))
    note = dictionary(Type="/Annot", Subtype="/Stamp", F=4, Rect=[60, 700, 360, 760], AP=dictionary(N=look))
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])


def free_text(writer: Writer) -> None:
    """A commenter's note, as certified documents allow it."""
    page = first_page(writer)
    note = dictionary(Type="/Annot", Subtype="/FreeText", F=4, Rect=[60, 700, 360, 760])
    note[pdf_name("/Contents")] = generic.pdf_string("1.000.000.000")
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])


def image_swapped(writer: Writer) -> None:
    """Another picture in place of the scan."""
    image = first_page(writer)["/Resources"]["/XObject"]["/P0"]
    white = generic.StreamObject(
        dictionary(Type="/XObject", Subtype="/Image", Width=1, Height=1, ColorSpace="/DeviceRGB", BitsPerComponent=8),
        stream_data=b"\xff\xff\xff",
    )
    writer.objects[(image.container_ref.generation, image.container_ref.idnum)] = white
    writer.update_container(image)
    first_page(writer)["/Resources"]["/XObject"][pdf_name("/P0")] = writer.add_object(white)
    writer.update_container(first_page(writer))


def stamp_swapped(writer: Writer) -> None:
    """Another look in place of the officer's stamp."""
    widget = first_page(writer)["/Annots"][0]
    widget[pdf_name("/AP")] = dictionary(N=writer.add_object(white_form(100, 30)))
    writer.update_container(widget)


def stamp_stream_changed(writer: Writer) -> None:
    """The same look object, with other content."""
    look = first_page(writer)["/Annots"][0]["/AP"]["/N"]
    look._data = b"1 g 0 0 500 500 re f"
    look._encoded_data = None
    writer.update_container(look)


def stamp_moved(writer: Writer) -> None:
    """The officer's stamp laid over the text."""
    widget = first_page(writer)["/Annots"][0]
    widget[pdf_name("/Rect")] = generic.ArrayObject(map(generic.NumberObject, (60, 300, 500, 700)))
    writer.update_container(widget)


def stamp_hidden(writer: Writer) -> None:
    """The stamp is there, and not shown."""
    widget = first_page(writer)["/Annots"][0]
    widget[pdf_name("/F")] = generic.NumberObject(2)
    writer.update_container(widget)


def open_action(writer: Writer) -> None:
    """A script that runs on opening."""
    action = dictionary(S="/JavaScript")
    action[pdf_name("/JS")] = generic.pdf_string("app.alert(1)")
    writer.root[pdf_name("/OpenAction")] = action
    writer.update_root()


def catalog_language(writer: Writer) -> None:
    """Another value of a harmless key of the catalog."""
    writer.root[pdf_name("/Lang")] = generic.pdf_string("en")
    writer.update_root()


def catalog_replaced(writer: Writer) -> None:
    """Another catalog, another page tree, of one white page."""
    page = dictionary(Type="/Page", MediaBox=[0, 0, 595, 842])
    pages = dictionary(Type="/Pages", Count=1)
    reference = writer.add_object(pages)
    page[pdf_name("/Parent")] = reference
    pages[pdf_name("/Kids")] = generic.ArrayObject([writer.add_object(page)])
    writer.root[pdf_name("/Pages")] = reference
    writer.update_root()


def layers(writer: Writer) -> None:
    """Optional content added."""
    group = writer.add_object(dictionary(Type="/OCG", Name="/X"))
    writer.root[pdf_name("/OCProperties")] = dictionary(OCGs=[group], D=dictionary(OFF=[group]))
    writer.update_root()


def attachment(writer: Writer) -> None:
    """A file attached."""
    file = writer.add_object(generic.StreamObject(dictionary(Type="/EmbeddedFile"), stream_data=b"x"))
    spec = writer.add_object(dictionary(Type="/Filespec", EF=dictionary(F=file)))
    names = generic.ArrayObject([generic.pdf_string("x"), spec])
    writer.root[pdf_name("/Names")] = dictionary(EmbeddedFiles=dictionary(Names=names))
    writer.update_root()


def metadata(writer: Writer) -> None:
    """Another title in the XMP metadata."""
    stream = writer.root["/Metadata"]
    stream._data = stream.data.replace(b"15/Q", b"99/Q")
    stream._encoded_data = None
    writer.update_container(stream)


def information(writer: Writer) -> None:
    """Another title in the document information."""
    info = writer.trailer["/Info"]
    info[pdf_name("/Title")] = generic.pdf_string("khác")
    writer.update_container(info)


def page_added(writer: Writer) -> None:
    """A page more, behind the others."""
    pages = writer.root["/Pages"]
    page = dictionary(Type="/Page", MediaBox=[0, 0, 595, 842], Parent=writer.root.raw_get("/Pages"))
    pages["/Kids"].append(writer.add_object(page))
    pages[pdf_name("/Count")] = generic.NumberObject(len(pages["/Kids"]))
    writer.update_container(pages)


def page_twice(writer: Writer) -> None:
    """Page 1 shown again at the end: the order of pages is another."""
    pages = writer.root["/Pages"]
    pages["/Kids"].append(pages["/Kids"].raw_get(0))
    pages[pdf_name("/Count")] = generic.NumberObject(len(pages["/Kids"]))
    writer.update_container(pages)


def _page_key(name: str, value: generic.PdfObject) -> Edit:
    def edit(writer: Writer) -> None:
        page = first_page(writer)
        page[pdf_name(name)] = value
        writer.update_container(page)

    return edit


def field_renamed(writer: Writer) -> None:
    """The officer's signature under another name."""
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[pdf_name("/T")] = generic.pdf_string("CanBoSoHoa2")
    writer.update_container(field)


def field_dropped(writer: Writer) -> None:
    """The officer's signature taken off the list."""
    form = writer.root["/AcroForm"]
    del form["/Fields"][0]
    writer.update_container(form["/Fields"])


def field_twice(writer: Writer) -> None:
    """A second field that shows the officer's signature as its own."""
    form = writer.root["/AcroForm"]
    field = form["/Fields"][0]
    twin = dictionary(FT="/Sig", Type="/Annot", Subtype="/Widget", F=132, Rect=[0, 0, 0, 0], V=field.raw_get("/V"))
    twin[pdf_name("/T")] = generic.pdf_string("BanSao")
    form["/Fields"].append(writer.add_object(twin))
    writer.update_container(form["/Fields"])


def text_field(writer: Writer) -> None:
    """A field for text, filled in."""
    form = writer.root["/AcroForm"]
    field = dictionary(FT="/Tx", Type="/Annot", Subtype="/Widget", F=4, Rect=[60, 400, 300, 430])
    field[pdf_name("/T")] = generic.pdf_string("t")
    field[pdf_name("/V")] = generic.pdf_string("1.000.000.000")
    reference = writer.add_object(field)
    form["/Fields"].append(reference)
    first_page(writer)["/Annots"].append(reference)
    writer.update_container(form["/Fields"])
    writer.update_container(first_page(writer)["/Annots"])


def signature_overridden(writer: Writer) -> None:
    """The officer's signature value written again."""
    value = writer.root["/AcroForm"]["/Fields"][0]["/V"]
    value[pdf_name("/Name")] = generic.pdf_string("khác")
    writer.update_container(value)


def foreign_store(writer: Writer) -> None:
    """Validation data that are none: a picture hidden among them."""
    stream = writer.add_object(generic.StreamObject(stream_data=b"\xff\xd8\xff\xe0 no certificate"))
    writer.root[pdf_name("/DSS")] = dictionary(Type="/DSS", Certs=[stream])
    writer.update_root()


def empty_store(writer: Writer) -> None:
    """The validation data thrown away."""
    writer.root[pdf_name("/DSS")] = writer.add_object(DocumentSecurityStore(writer).as_pdf_object())
    writer.update_root()


def loose_object(writer: Writer) -> None:
    """An object that nothing refers to."""
    writer.add_object(white_form(595, 842))


def nothing(writer: Writer) -> None:
    """A revision that changes nothing."""
    writer.update_root()


EDITS: dict[str, Edit] = {
    "object overridden": page_content,
    "overlay annotation": overlay_annotation,
    "free text annotation": free_text,
    "image swapped": image_swapped,
    "stamp appearance swapped": stamp_swapped,
    "stamp appearance rewritten": stamp_stream_changed,
    "stamp moved": stamp_moved,
    "stamp hidden": stamp_hidden,
    "catalog key": open_action,
    "catalog language": catalog_language,
    "catalog and pages replaced": catalog_replaced,
    "optional content": layers,
    "attachment": attachment,
    "XMP changed": metadata,
    "document information changed": information,
    "page added": page_added,
    "page order changed": page_twice,
    "page rotated": _page_key("/Rotate", generic.NumberObject(90)),
    "user unit": _page_key("/UserUnit", generic.NumberObject(2)),
    "page box": _page_key("/CropBox", generic.ArrayObject(map(generic.NumberObject, (0, 400, 595, 842)))),
    "signature field renamed": field_renamed,
    "signature field dropped": field_dropped,
    "signature field twice": field_twice,
    "text field": text_field,
    "signature object overridden": signature_overridden,
    "foreign validation data": foreign_store,
    "loose object": loose_object,
    "empty revision": nothing,
}
"""What is written below a signature."""


# -- files prepared before they are signed ----------------------------------------------------------------------------


def hide_image(pdf: pikepdf.Pdf) -> None:
    """Hide: a picture over the scan, to be taken away later (shadow attack, by an image)."""
    page = pdf.pages[0]
    page.Resources.XObject["/P1"] = white_image(pdf)
    page.Contents = Stream(pdf, page.Contents.read_bytes() + b"q 300 0 0 100 100 400 cm /P1 Do Q\n")


def hide_masked_page(pdf: pikepdf.Pdf) -> None:
    """Hide: a second full picture over the scan, with a mask."""
    page = pdf.pages[0]
    cover = white_image(pdf)
    cover.SMask = pdf.make_indirect(
        Stream(
            pdf, b"\xff", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, ColorSpace=Name.DeviceGray,
            BitsPerComponent=8,
        )
    )  # fmt: skip
    page.Resources.XObject["/P1"] = cover
    page.Resources.XObject["/P2"] = cover
    page.Contents = Stream(
        pdf, page.Contents.read_bytes() + b"q 595 0 0 842 0 0 cm /P1 Do Q\nq 595 0 0 842 0 0 cm /P2 Do Q\n"
    )


def hide_annotation(pdf: pikepdf.Pdf) -> None:
    """Hide: an annotation over the scan, to be deleted later."""
    page = pdf.pages[0]
    look = Stream(pdf, b"1 g 0 0 300 60 re f", Type=Name.XObject, Subtype=Name.Form, BBox=box(0, 0, 300, 60))
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.Stamp, F=4, Rect=box(60, 700, 360, 760),
        AP=Dictionary(N=pdf.make_indirect(look)),
    )  # fmt: skip
    page.Annots = Array([pdf.make_indirect(note)])


def hide_layer(pdf: pikepdf.Pdf) -> None:
    """Hide: a layer that is off, to be switched on later."""
    page = pdf.pages[0]
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("x")))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group])))
    page.Resources.Properties = Dictionary(L=group)
    page.Contents = Stream(pdf, page.Contents.read_bytes() + b"/OC /L BDC q 1 g 60 400 300 100 re f Q EMC\n")


def replace_form(pdf: pikepdf.Pdf) -> None:
    """Replace: a text field whose look and value differ (shadow attack, by a form)."""
    page = pdf.pages[0]
    look = Stream(pdf, b"BT ET", Type=Name.XObject, Subtype=Name.Form, BBox=box(0, 0, 200, 30))
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("tien"), V=String("1.000.000.000"), F=4,
            Rect=box(60, 400, 260, 430), AP=Dictionary(N=pdf.make_indirect(look)),
        )
    )  # fmt: skip
    page.Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))


def replace_font(pdf: pikepdf.Pdf) -> None:
    """Replace: words in a font that can be swapped later."""
    page = pdf.pages[0]
    page.Resources.Font = Dictionary({**dict(page.Resources.get("/Font", Dictionary()).items()), "/X": helvetica()})
    page.Contents = Stream(pdf, page.Contents.read_bytes() + b"BT 0 Tr /X 20 Tf 60 400 Td (1.000.000) Tj ET\n")


def hide_and_replace(pdf: pikepdf.Pdf) -> None:
    """Hide and replace: a whole other page tree in the file, that a later cross-reference can bring to light."""
    second = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=1))
    page = pdf.make_indirect(Dictionary(Type=Name.Page, MediaBox=box(0, 0, 595, 842), Parent=second))
    page.Contents = pdf.make_indirect(Stream(pdf, b"1 0 0 rg 0 0 595 842 re f"))
    second.Kids = Array([page])
    # Something has to lead there or it is not written; viewers do not look at it.
    pdf.pages[0].obj.PieceInfo = Dictionary(X=Dictionary(Private=second))


def script(pdf: pikepdf.Pdf) -> None:
    """A script that runs on opening."""
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def outside_stream(pdf: pikepdf.Pdf) -> None:
    """The picture's data in another file."""
    image = pdf.pages[0].Resources.XObject["/P0"]
    image.F = String("other.jpg")


def alternate(pdf: pikepdf.Pdf) -> None:
    """Another picture for printing."""
    image = pdf.pages[0].Resources.XObject["/P0"]
    image.Alternates = Array([Dictionary(Image=white_image(pdf), DefaultForPrinting=True)])


def small_picture(pdf: pikepdf.Pdf) -> None:
    """The scan shown outside the page, something else in its place."""
    page = pdf.pages[0]
    page.Contents = Stream(pdf, b"q 10 0 0 10 0 0 cm /P0 Do Q\nq 0 g 60 400 300 100 re f Q\n")


def undrawn_picture(pdf: pikepdf.Pdf) -> None:
    """A picture among the resources of the page that is not drawn."""
    pdf.pages[0].Resources.XObject["/P7"] = white_image(pdf)


def hidden_attachment(pdf: pikepdf.Pdf) -> None:
    """A file attached that the record does not name."""
    pdf.attachments["x.pdf"] = pikepdf.AttachedFileSpec(pdf, b"%PDF-1.7", mime_type="application/pdf")


def template_page(pdf: pikepdf.Pdf) -> None:
    """A page among the templates."""
    page = pdf.make_indirect(Dictionary(Type=Name.Template, MediaBox=box(0, 0, 595, 842)))
    pdf.Root.Names = Dictionary(Templates=Dictionary(Names=Array([String("x"), page])))


def additional_actions(pdf: pikepdf.Pdf) -> None:
    """An action on opening the page."""
    pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.URI, URI=String("http://127.0.0.1/")))


def turned_page(pdf: pikepdf.Pdf) -> None:
    """A page turned and scaled by its dictionary."""
    pdf.pages[0].obj.Rotate = 180
    pdf.pages[0].obj.UserUnit = 2


def split_content(pdf: pikepdf.Pdf) -> None:
    """Content in two parts, one of which can be swapped."""
    page = pdf.pages[0]
    page.obj.Contents = Array([pdf.make_indirect(page.Contents), pdf.make_indirect(Stream(pdf, b"\n"))])


PREPARATIONS: dict[str, Preparation] = {
    "hide (picture)": hide_image,
    "hide (masked page)": hide_masked_page,
    "hide (annotation)": hide_annotation,
    "hide (layer)": hide_layer,
    "replace (form)": replace_form,
    "replace (font)": replace_font,
    "hide and replace": hide_and_replace,
    "script": script,
    "outside stream": outside_stream,
    "alternate picture": alternate,
    "small picture": small_picture,
    "undrawn picture": undrawn_picture,
    "hidden attachment": hidden_attachment,
    "template page": template_page,
    "page action": additional_actions,
    "turned page": turned_page,
    "split content": split_content,
}
"""What is prepared before officer and agency sign in good faith."""
