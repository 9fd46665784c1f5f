"""``site.yaml``: this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator

from pipeline.settings.base import Language, Model
from pipeline.settings.engine import Backfill, Broker, Database, WatchedFolder, Work


class Agency(Model):
    """The agency that digitises: named in the seal."""

    name: str
    identifier: str = Field(default="", max_length=35)


class Store(Model):
    """The object store. ``endpoint: bundled`` is the SeaweedFS of ``sohoa services up``."""

    endpoint: str = "bundled"
    bucket: str = Field(default="sohoa", pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")
    work_bucket: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9-]{1,61}[a-z0-9])?$")
    """For papers in progress, which are removed when they are stored; empty: the bucket's name and ``-work``."""
    secure: bool = True
    region: str = "us-east-1"
    access_key_file: Path | None = None
    secret_key_file: Path | None = None
    seconds: float = Field(default=20, gt=0)


class Token(Model):
    """A PKCS#11 token or smart card. Its PIN is asked for once a session and never kept."""

    library: Path
    """The maker's PKCS#11 library."""
    label: str = ""
    """Label of the token; it or the serial number tells tokens apart where several are plugged in."""
    serial: str = ""
    certificate: str
    """Label of the certificate on the token."""
    key: str = ""
    """Label of the private key; empty: as the certificate's."""


class Remote(Model):
    """A remote signing service (Cloud Signature Consortium API 1.0); its PIN is asked for once a session, not kept."""

    url: str
    credential: str
    """The ``credentialID`` at the service."""
    token_file: Path | None = None
    """File with the OAuth bearer token of this installation."""
    pin: bool = True
    """Whether the service wants a PIN."""
    seconds: float = Field(default=30, gt=0)
    """How long one request may take."""

    @model_validator(mode="after")
    def _private(self) -> Self:
        address = urlsplit(self.url)
        if address.scheme != "https" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("url: https, since PIN and token go there")
        return self


class KeySource(Model):
    """Where a signing key is: just one of a PKCS#12 file (with the file of its passphrase), a token, a service."""

    p12: Path | None = None
    passphrase_file: Path | None = None
    token: Token | None = None
    remote: Remote | None = None
    chain: tuple[Path, ...] = ()
    """Certificates of issuers below the trusted roots (PEM or DER), where the key does not bring them along."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(place is not None for place in (self.p12, self.token, self.remote)) != 1:
            raise ValueError("just one of p12, token, remote")
        return self


Level = Literal["B-B", "B-T", "B-LT", "B-LTA"]


class Keys(Model):
    """Signing keys of officer and agency, how much their signatures prove, and who is trusted when verifying."""

    officer: KeySource
    agency: KeySource
    trust: tuple[Path, ...] = ()
    """Root certificates of signers and time-stamping authorities (PEM or DER)."""
    level: Level = "B-B"
    """PAdES baseline level (ETSI EN 319 142-1): B-T adds time stamps, B-LT what a later check needs, B-LTA an archive
    time stamp over all of it."""
    timestamp_urls: tuple[str, ...] = ()
    """Time-stamping authorities (RFC 3161); the first that answers is used."""
    timestamp_seconds: float = Field(default=10, gt=0)
    """How long one of them may take."""
    timestamp_retry_minutes: float = Field(default=10, ge=0)
    """How long one that failed is left alone while another answers."""
    clock_skew_minutes: float = Field(default=5, gt=0)
    """How far the clock of a time-stamping authority may be from ours."""
    revocation: Literal["off", "soft", "hard"] = "soft"
    """Before signing: ``soft`` refuses a certificate known to be revoked, ``hard`` also one of unknown state."""
    revocation_seconds: float = Field(default=10, gt=0)
    """How long asking for the state of one certificate (OCSP, CRL) may take."""
    revocation_minutes: float = Field(default=60, ge=0)
    """How long an answer is used again within a process, at most until its issuer says that a newer one is out."""
    renew_before_days: int = Field(default=90, ge=0)
    """How long before the proof of a record ends its archive time stamp is to be renewed."""

    @model_validator(mode="after")
    def _stamped(self) -> Self:
        if self.level != "B-B" and not self.timestamp_urls:
            raise ValueError(f"timestamp_urls: {self.level} needs a time-stamping authority")
        if self.level in ("B-LT", "B-LTA") and self.revocation == "off":
            raise ValueError(f"revocation: {self.level} keeps the state of certificates, so it has to be asked for")
        return self


class Record(Model):
    """How records are written."""

    flavour: Literal["2b", "2u", "3b"] = "2b"
    """PDF/A flavour (ISO 19005): 3b carries the fields and the reading as attachments."""
    light_copy: bool = False
    """Whether a small copy for reading on line is made and stored beside the record."""


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


class Site(Model):
    """``site.yaml``: this installation."""

    language: Language = "vi"
    data: Path
    agency: Agency
    store: Store = Store()
    index: Path
    keys: Keys
    record: Record = Record()
    reading: Reading = Reading()
    limits: Limits = Limits()
    accept: Accept = Accept()
    splitting: Splitting = Splitting()
    quality: Quality = Quality()
    database: Database = Database()
    broker: Broker = Broker()
    work: Work = Work()
    backfill: Backfill = Backfill()
    watch: tuple[WatchedFolder, ...] = ()
    jobs: int = Field(default=0, ge=0)
    """Pages read side by side; 0: one a processor."""
