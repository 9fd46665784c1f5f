"""``config/*.yaml`` becomes one frozen, validated :class:`Settings`; legal values live there, none in code.

Unknown keys are refused with file, line and the nearest known key. Relative paths are taken from the folder of the
configuration. Stages are handed the part they need; nobody reads settings from globals or the environment.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipeline.dossier import Text
from pipeline.errors import ConfigError

Language = Literal["vi", "en"]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


M = TypeVar("M", bound=_Model)


class Label(_Model):
    """A label in two languages."""

    vi: str
    en: str

    @property
    def text(self) -> Text:
        """The label as :class:`~pipeline.dossier.Text`."""
        return Text(self.vi, self.en)


# -- site.yaml --------------------------------------------------------------------------------------------------


class Agency(_Model):
    """The agency that digitises: named in the seal."""

    name: str
    identifier: str = Field(default="", max_length=35)


class Store(_Model):
    """The object store. ``endpoint: bundled`` is the SeaweedFS of ``sohoa services up``."""

    endpoint: str = "bundled"
    bucket: str = Field(default="sohoa", pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")
    secure: bool = True
    region: str = "us-east-1"
    access_key_file: Path | None = None
    secret_key_file: Path | None = None
    seconds: float = Field(default=20, gt=0)


class KeyFile(_Model):
    """A PKCS#12 file and the file that holds its passphrase."""

    p12: Path
    passphrase_file: Path | None = None


class Keys(_Model):
    """Signing keys of officer and agency, and the certificates trusted when verifying."""

    officer: KeyFile
    agency: KeyFile
    trust: tuple[Path, ...] = ()
    timestamp_url: str = ""


class Reading(_Model):
    """Readers and how hard to try."""

    language: str = "vie"
    readers: tuple[str, ...] = ("tesseract", "trueocr")
    """The first reads, the second checks; others come through the entry-point group ``sohoa.readers``."""
    review_below: float = Field(default=0.85, ge=0, le=1)
    """Words and fields below this confidence are shown to a person."""


class Limits(_Model):
    """For every file from outside."""

    megabytes: int = Field(default=512, gt=0)
    megapixels: float = Field(default=160, gt=0)
    pages: int = Field(default=1000, gt=0)
    seconds_page: float = Field(default=120, gt=0)
    seconds_file: float = Field(default=600, gt=0)
    memory_megabytes: int = Field(default=6144, ge=1024)


class Accept(_Model):
    """The human gate. ``never``: a person confirms every document. ``agreed``: documents without doubt go on."""

    policy: Literal["never", "agreed"] = "agreed"


Weight = Annotated[
    Literal["block", "warning", "info", "off"],
    BeforeValidator(lambda value: "off" if value is False else value),  # how YAML reads a bare off
]


class Quality(_Model):
    """What a finding about a page weighs, by its rule; a document with one that blocks waits for an override."""

    low_resolution: Weight = "warning"
    not_colour: Weight = "warning"
    paper_size: Weight = "info"
    dpi_guessed: Weight = "warning"
    orientation_doubtful: Weight = "warning"
    blank_page: Weight = "info"
    blurred: Weight = "warning"
    uneven_light: Weight = "warning"
    cut_edge: Weight = "warning"
    page_twice: Weight = "warning"
    page_gap: Weight = "warning"
    page_number_twice: Weight = "warning"
    page_order: Weight = "warning"
    no_text: Weight = "warning"
    text_layer_bad: Weight = "warning"
    photo: Weight = "info"
    bent_page: Weight = "info"
    mirrored_page: Weight = "warning"
    page_mode: Weight = "warning"
    bleed_through: Weight = "warning"
    unread_ink: Weight = "info"
    reader_missing: Weight = "warning"


class Broker(_Model):
    """Message broker for several machines; empty: this machine alone."""

    url: str = ""


class Site(_Model):
    """``site.yaml``: this installation."""

    language: Language = "vi"
    data: Path
    agency: Agency
    store: Store = Store()
    index: Path
    keys: Keys
    reading: Reading = Reading()
    limits: Limits = Limits()
    accept: Accept = Accept()
    quality: Quality = Quality()
    broker: Broker = Broker()
    jobs: int = Field(default=0, ge=0)
    """Pages read side by side; 0: one a processor."""


# -- legal.yaml -------------------------------------------------------------------------------------------------


class Stamp(_Model):
    """A visible signature: lines of text (``{name}``, ``{time}``, ``{form}``, ``{agency}``), place and type size."""

    basis: str
    corner: Literal["top-left", "top-right"]
    lines: tuple[str, ...]
    font_points: float = Field(gt=0)
    min_font_points: float = Field(gt=0)
    width_mm: float = Field(gt=0)
    margin_mm: float = Field(gt=0)


class FieldRule(_Model):
    """One of the nine fields of Circular 01/2023/TT-VPCP art. 9(2), or a type's own field."""

    label: Label
    limit: int | None = None
    kind: Literal["text", "date", "validity"] = "text"


class Flag(_Model):
    """A paper that is not to be digitised (art. 4): the mark as printed, folded for matching."""

    rule: str
    basis: str
    marks: tuple[str, ...]
    zone: Literal["alone", "anywhere"] = "alone"
    severity: Literal["warning", "block"] = "block"
    message: Label


class Legal(_Model):
    """``legal.yaml``: what the law prescribes, with the basis named beside it."""

    basis: str
    form_of_copy: str
    demo_mark: str
    utc_offset_hours: float
    officer_stamp: Stamp
    agency_stamp: Stamp
    fields: dict[str, FieldRule]
    permanent: str
    """The normalised value of ``thoi_han_hieu_luc`` for papers without an end."""
    min_dpi: int
    min_dpi_maps: int
    map_archive_types: tuple[str, ...] = ()
    """Archive types of which :attr:`min_dpi_maps` is asked."""
    min_bits: int = Field(default=1, ge=1)
    """Least bits a pixel."""
    paper_sizes: dict[str, tuple[float, float]] = {}
    """Papers by name: width and height in millimetres, either way round."""
    flags: tuple[Flag, ...] = ()


# -- codes.yaml, procedures.yaml --------------------------------------------------------------------------------


class Codes(_Model):
    """``codes.yaml``: templates of codes and loose patterns (they warn, they do not refuse)."""

    basis: str
    component: str
    result: str
    dossier_patterns: tuple[str, ...]
    procedure_patterns: tuple[str, ...]
    owner_patterns: tuple[str, ...]
    provinces: dict[str, str]


class Procedure(_Model):
    """One administrative procedure."""

    name: str
    field: str = ""
    returns_paper_result: bool = True


class Procedures(_Model):
    """``procedures.yaml``: the procedures known at this counter; others are taken with a warning."""

    procedures: dict[str, Procedure] = {}


# -- document_types/*.yaml --------------------------------------------------------------------------------------


class OwnField(_Model):
    """A type's own field: the labels it stands behind, a pattern for its value, a validator's name."""

    label: Label
    labels: tuple[str, ...] = ()
    pattern: str = ""
    kind: Literal["text", "date", "personal_id", "tax_code", "number", "name"] = "text"
    zone: str = ""
    fills: str = ""
    """Key of the legal field that takes the same value (``so_ky_hieu``, ``ngay_cap``, ``ma_dinh_danh`` …)."""


class DocumentType(_Model):
    """``document_types/KEY.yaml``: how a paper is recognised and what is taken from it."""

    key: str = Field(pattern=r"^[a-z0-9_]+$")
    name: Label
    code: str = ""
    """Code of the paper type (``KQ.G15.000031``); empty: the key stands for it."""
    titles: tuple[str, ...]
    title_zone: Literal["title", "head", "anywhere"] = "title"
    anchors: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    """Abbreviation in the number: ``QĐ`` in ``15/QĐ-UBND``."""
    barcode: str = ""
    """Pattern of a QR code or bar code that proves the type."""
    fields: dict[str, OwnField] = {}
    validity: str = ""
    """Default of ``thoi_han_hieu_luc``: the permanent word, a number of months (``6m``) or empty."""
    sensitive: bool = False
    archive_type: str = "32"
    """typeName of Circular 05/2025/TT-BNV."""


def _semicolons(value: object) -> object:
    return tuple(part.strip() for part in value.split(";")) if isinstance(value, str) else value


class Vocabulary(_Model):
    """``vocabulary.yaml``: the closed vocabulary of administrative papers, spelt with all marks."""

    head: tuple[str, ...] = ()
    """National title and motto, agencies."""
    titles: tuple[str, ...] = ()
    """Names of papers; those of the document types are added to them."""
    signature: tuple[str, ...] = ()
    """Authorities and offices, as above a name."""
    phrases: Annotated[tuple[str, ...], BeforeValidator(_semicolons)] = ()
    """Words that stand beside each other; in the file separated by semicolons."""


class Settings(_Model):
    """All of the configuration."""

    folder: Path
    site: Site
    legal: Legal
    codes: Codes
    procedures: Procedures
    types: tuple[DocumentType, ...]
    vocabulary: Vocabulary = Vocabulary()

    def type(self, key: str) -> DocumentType | None:
        """The document type of that key, if it is configured."""
        return next((found for found in self.types if found.key == key), None)


# -- loading ----------------------------------------------------------------------------------------------------


def bundled_folder() -> Path:
    """The configuration that comes with the program."""
    inside = Path(__file__).parent / "_config"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "config"


def load(folder: Path) -> Settings:
    """Read and validate the configuration in ``folder``.

    Raises:
        ConfigError: a file is missing or unreadable, a key unknown, a value refused.
    """
    folder = folder.resolve()
    types = tuple(_read(path, DocumentType) for path in sorted((folder / "document_types").glob("*.yaml")))
    if not types:
        raise ConfigError(
            file=folder / "document_types", line=0, what="không có loại giấy tờ nào", hint="Chạy `sohoa init` để tạo."
        )
    keys = [found.key for found in types]
    for twice in sorted({key for key in keys if keys.count(key) > 1}):
        raise ConfigError(file=folder / "document_types", line=0, what=f"key '{twice}' × 2", hint="")
    site = _read(folder / "site.yaml", Site)
    own = folder / "vocabulary.yaml"
    words = _read(own if own.exists() else bundled_folder() / own.name, Vocabulary)
    return Settings(
        folder=folder,
        site=_rebase(site, folder),
        legal=_read(folder / "legal.yaml", Legal),
        codes=_read(folder / "codes.yaml", Codes),
        procedures=_read(folder / "procedures.yaml", Procedures),
        types=types,
        vocabulary=words.model_copy(update={"titles": (*words.titles, *(title for t in types for title in t.titles))}),
    )


def _read(path: Path, model: type[M]) -> M:
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=_LOADER)
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - the safe loader, in C where there is one
    except FileNotFoundError as missing:
        raise ConfigError(
            file=path, line=0, what="không có tệp này / no such file", hint="`sohoa init DIR`"
        ) from missing
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file=path, line=0, what=f"không đọc được / unreadable: {error}", hint="") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigError(
            file=path, line=mark.line + 1 if mark else 0, what=f"YAML: {getattr(error, 'problem', error)}", hint=""
        ) from error
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        first = error.errors()[0]
        where = tuple(part for part in first["loc"])
        raise ConfigError(
            file=path, line=_line(tree, where), **_explain(model, first["type"], where, first["msg"])
        ) from error


def _line(node: yaml.Node | None, where: tuple[int | str, ...]) -> int:
    """Line (from 1) of the deepest node on the way ``where``; a mapping's entry counts at its key."""
    line = node.start_mark.line + 1 if node is not None else 0
    for part in where:
        if isinstance(node, yaml.MappingNode):
            entry = next(((k, v) for k, v in node.value if k.value == part), None)
            if entry is None:
                break
            line, node = entry[0].start_mark.line + 1, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _explain(model: type[BaseModel], kind: str, where: tuple[int | str, ...], message: str) -> dict[str, str]:
    name = ".".join(map(str, where))
    if kind != "extra_forbidden":
        return {"what": f"'{name}': {message}", "hint": ""}
    near = difflib.get_close_matches(str(where[-1]), _known(model, where[:-1]), n=1, cutoff=0.5)
    return {
        "what": f"không có khóa '{name}' / unknown key",
        "hint": f"Ý bạn là '{near[0]}'? / Did you mean '{near[0]}'?" if near else "",
    }


def _known(model: type[BaseModel], where: tuple[int | str, ...]) -> list[str]:
    """Names allowed at the place ``where`` of ``model``."""
    here: type[BaseModel] | None = model
    for part in where:
        if here is not None and isinstance(part, str) and part in here.model_fields:
            here = _model_in(here.model_fields[part].annotation)
    return list(here.model_fields) if here else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)


def _rebase(site: Site, folder: Path) -> Site:
    """Take relative paths of ``site`` from ``folder``."""

    def at(path: Path | None) -> Path | None:
        return None if path is None else (folder / path.expanduser()).resolve()

    def key(found: KeyFile) -> KeyFile:
        return found.model_copy(update={"p12": at(found.p12), "passphrase_file": at(found.passphrase_file)})

    keys = site.keys.model_copy(
        update={
            "officer": key(site.keys.officer),
            "agency": key(site.keys.agency),
            "trust": tuple(at(path) for path in site.keys.trust),
        }
    )
    store = site.store.model_copy(
        update={
            "access_key_file": at(site.store.access_key_file),
            "secret_key_file": at(site.store.secret_key_file),
        }
    )
    return site.model_copy(update={"data": at(site.data), "index": at(site.index), "keys": keys, "store": store})
