"""``site.yaml``: this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from pipeline.settings.base import Language, Model


class Agency(Model):
    """The agency that digitises: named in the seal."""

    name: str
    identifier: str = Field(default="", max_length=35)


class Store(Model):
    """The object store. ``endpoint: bundled`` is the SeaweedFS of ``sohoa services up``."""

    endpoint: str = "bundled"
    bucket: str = Field(default="sohoa", pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")
    secure: bool = True
    region: str = "us-east-1"
    access_key_file: Path | None = None
    secret_key_file: Path | None = None
    seconds: float = Field(default=20, gt=0)


class KeyFile(Model):
    """A PKCS#12 file and the file that holds its passphrase."""

    p12: Path
    passphrase_file: Path | None = None


class Keys(Model):
    """Signing keys of officer and agency, and the certificates trusted when verifying."""

    officer: KeyFile
    agency: KeyFile
    trust: tuple[Path, ...] = ()
    timestamp_url: str = ""


class Reading(Model):
    """Readers and how hard to try."""

    language: str = "vie"
    readers: tuple[str, ...] = ("tesseract", "trueocr")
    """The first reads, the second checks; others come through the entry-point group ``sohoa.readers``."""
    review_below: float = Field(default=0.85, ge=0, le=1)
    """Words and fields below this confidence are shown to a person."""


class Limits(Model):
    """For every file from outside."""

    megabytes: int = Field(default=512, gt=0)
    megapixels: float = Field(default=160, gt=0)
    pages: int = Field(default=1000, gt=0)
    seconds_page: float = Field(default=120, gt=0)
    seconds_file: float = Field(default=600, gt=0)
    memory_megabytes: int = Field(default=6144, ge=1024)


class Accept(Model):
    """The human gate. ``never``: a person confirms every document. ``agreed``: documents without doubt go on."""

    policy: Literal["never", "agreed"] = "agreed"


class Splitting(Model):
    """How a stack of pages is told apart."""

    separators: tuple[str, ...] = ("PATCHT", "PATCH-T", "SOHOA-SEPARATOR")
    """Texts of bar codes and QR codes on separator sheets; what follows one of them in a code is passed over."""
    sure: float = Field(default=0.9, ge=0, le=1)
    """A start of a document less sure than this is shown for confirmation."""


Weight = Annotated[
    Literal["block", "warning", "info", "off"],
    BeforeValidator(lambda value: "off" if value is False else value),  # how YAML reads a bare off
]


class Quality(Model):
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


class Broker(Model):
    """Message broker for several machines; empty: this machine alone."""

    url: str = ""


class Site(Model):
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
    splitting: Splitting = Splitting()
    quality: Quality = Quality()
    broker: Broker = Broker()
    jobs: int = Field(default=0, ge=0)
    """Pages read side by side; 0: one a processor."""
