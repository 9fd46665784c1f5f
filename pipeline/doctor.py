"""Looks an installation over: programs, languages, fonts, keys, store, index, broker, disk; each with its fix."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kombu.connection import Connection
from kombu.exceptions import OperationalError

from pipeline import ocr, packaging, programs, storage
from pipeline.dossier import Text
from pipeline.errors import ProgramMissing, SohoaError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.packaging.signing.inspection import AuthorityState, KeyState

Level = Literal["ok", "warning", "bad"]
_LEAST_GB = 5
_SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. ``fix`` says what to do when it is not in order; ``error`` carries the exit code."""

    name: Text
    level: Level
    detail: Text
    error: SohoaError | None = None

    @property
    def fix(self) -> Text:
        """What to do, from the error's message."""
        return self.error.text if self.error else Text("", "")


def examine(settings: Settings, now: datetime) -> Iterator[Check]:
    """Look at everything an installation needs, one check after the other."""
    yield _fact(Text("Python", "Python"), sys.version.split()[0])
    yield from _programs()
    yield from _packages()
    yield _tried(Text("dữ liệu nhận dạng", "OCR data"), lambda: str(ocr.data_folder(settings.site.reading.language)))
    yield _tried(
        Text("phông chữ ký", "stamp font"), lambda: str(packaging.stamp_font(settings.legal.form_of_copy).path.name)
    )
    yield from signing(settings, now)
    yield _tried(Text("kho", "store"), lambda: _store(settings))
    yield _tried(Text("chỉ mục", "index"), lambda: _index(settings))
    yield _broker(settings.site.broker.url)
    yield _room(settings.site.data)


def _fact(name: Text, detail: str) -> Check:
    return Check(name, "ok", Text(detail, detail))


def _tried(name: Text, look: Callable[[], str]) -> Check:
    try:
        return _fact(name, look())
    except SohoaError as error:
        return Check(name, "bad", Text("không dùng được", "not usable"), error)


def _programs() -> Iterator[Check]:
    for program, flag in (("tesseract", "--version"), ("pdftoppm", "-v")):
        found = programs.version(program, flag)
        name = Text(program, program)
        if found:
            yield _fact(name, found)
        else:
            missing = ProgramMissing(program=program, fix=programs.install_hint(program))
            yield Check(name, "bad", Text("chưa cài", "not installed"), missing)


def _packages() -> Iterator[Check]:
    for package in ("tesserocr", "trueocr", "pikepdf", "pyhanko", "minio", "celery"):
        name = Text(package, package)
        try:
            yield _fact(name, importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            missing = ProgramMissing(program=package, fix=f"pip install {package}")
            yield Check(name, "warning" if package == "trueocr" else "bad", Text("chưa cài", "not installed"), missing)


def signing(settings: Settings, now: datetime, ask: Callable[[Text], str] | None = None) -> Iterator[Check]:
    """Keys and time-stamping authorities, each tried; without ``ask`` nobody is asked for a PIN."""
    from pipeline.packaging.signing import inspection  # noqa: PLC0415 - heavy, and only needed here

    keys = settings.site.keys
    chain: list[Any] = []
    for role, state in inspection.key_states(keys, now, ask):
        name = Text(f"khóa {'cán bộ' if role == 'officer' else 'cơ quan'}", f"{role} key")
        if isinstance(state, SohoaError):
            yield Check(name, "bad", Text("không dùng được", "not usable"), state)
        else:
            chain += state.chain
            yield _key(name, state, now)
    if keys.level != "B-B":
        for authority in inspection.authority_states(keys, now, chain):
            yield _authority(authority)
    yield Check(Text("mức chữ ký", "signature level"), "ok", Text(f"PAdES {keys.level}", f"PAdES {keys.level}"))


def _key(name: Text, state: KeyState, now: datetime) -> Check:
    until, days = state.not_after.date().isoformat(), (state.not_after - now).days
    told = Text(f"đến {until} (còn {days} ngày)", f"until {until} ({days} days left)")
    standing = {
        True: Text("không bị thu hồi", "not revoked"),
        False: Text("KHÔNG HỎI ĐƯỢC có bị thu hồi hay không", "NOBODY TOLD whether it was revoked"),
        None: Text("không có nơi hỏi thu hồi", "nobody to ask about revocation"),
    }[state.known]
    if state.demo:
        vi, en = "KHÓA THỬ NGHIỆM, không có giá trị pháp lý", "DEMO KEY without legal value"
        told = Text(f"{vi}; {told.vi}", f"{en}; {told.en}")
    doubtful = state.demo or days < _SOON_DAYS or state.known is False
    return Check(name, "warning" if doubtful else "ok", Text(f"{told.vi}; {standing.vi}", f"{told.en}; {standing.en}"))


def _authority(state: AuthorityState) -> Check:
    name = Text(f"dấu thời gian {state.address}", f"time stamp {state.address}")
    if state.error is not None:
        return Check(name, "bad", Text("không dùng được", "not usable"), state.error)
    return _fact(name, f"{state.seconds:.2f} s")


def _store(settings: Settings) -> str:
    store = storage.open_store(settings.site)
    store.ping()
    return f"{settings.site.store.endpoint} / {settings.site.store.bucket}"


def _index(settings: Settings) -> str:
    return f"{storage.open_index(settings.site).count()}"


def _broker(url: str) -> Check:
    name = Text("hàng đợi", "broker")
    if not url:
        return Check(name, "ok", Text("không dùng: chỉ máy này", "not used: this machine alone"))
    try:
        with Connection(url, connect_timeout=5) as connection:  # type: ignore[no-untyped-call]
            connection.ensure_connection(max_retries=1, timeout=5)
    except (OperationalError, OSError) as error:
        failed = SohoaError(what=f"broker: {type(error).__name__}")
        return Check(name, "bad", Text("không trả lời; kiểm tra broker.url", "no answer; check broker.url"), failed)
    return Check(name, "ok", Text("trả lời", "answers"))


def _room(folder: Path) -> Check:
    name = Text("chỗ trên đĩa", "room on the disk")
    place = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    free = shutil.disk_usage(place).free / 1e9
    detail = Text(f"còn {free:.0f} GB", f"{free:.0f} GB free")
    return Check(name, "ok" if free >= _LEAST_GB else "warning", detail)
