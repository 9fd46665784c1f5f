"""The steps that are timed, and what they need; each runs in a process of its own that has loaded only this."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import img2pdf

from benchmarks.cost import Meter, peak_megabytes
from benchmarks.records.maker import LEVELS, Maker
from pipeline import packaging
from pipeline.dossier import Document
from pipeline.errors import SohoaError
from pipeline.packaging.signing.keys import Ask
from pipeline.settings import KeySource
from pipeline.settings.site import Level

OCRMYPDF_OPTIONS = (
    "--output-type", "pdfa", "--pdfa-backend", "internal", "--rasterizer", "pypdfium", "--ocr-engine", "none",
    "--optimize", "0", "--jobs", "1",
)  # fmt: skip
_SAMPLED = 0.02
RECORD = "packaged.pdf"
"""Name of the packaged record in the folder of work."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Medians over several runs, in seconds: by the clock, and of processor time; ``size`` in bytes of what came out.

    ``refused`` says why it could not be done.
    """

    what: str
    runs: int
    wall: float = 0.0
    cpu: float = 0.0
    size: int = 0
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """Most memory of a process that packages, checks, signs, seals and verifies once, in MB of 10^6 bytes.

    ``resident`` counts pages of mapped files that the system may take back at any time, ``own`` does not; ``before`` is
    what the process holds after loading the program. ``record`` is the size of the record in MB.
    """

    pages: int
    before: float = 0.0
    resident: float = 0.0
    own: float = 0.0
    record: float = 0.0
    after: dict[str, float] = field(default_factory=dict)
    """The most resident memory so far, after each step."""
    refused: str = ""


PACKAGE, CHECK, OFFICER, SEAL, VERIFY, RENEW = "package", "check", "sign", "seal", "verify", "renew"
LIGHT = "light copy"
PEER = "OCRmyPDF"


def named(step: str, level: str) -> str:
    """Name of a step at a level."""
    return f"{step} {level}"


def time_steps(
    document: Document, maker: Maker, work: Path, runs: int, levels: Sequence[Level] = LEVELS
) -> list[Timed]:
    """Package, check, then at each of ``levels`` sign, seal, verify, renew and verify again."""
    packaged = work / RECORD
    done = [_timed(PACKAGE, runs, lambda: maker.package(document, packaged), packaged)]
    if done[0].refused:
        return done
    done.append(_timed(CHECK, runs, lambda: _checked(packaged), packaged))
    light = work / "light.pdf"
    for level in levels:
        done += _time_level(level, maker.at(level), packaged, work, runs)
    done.append(_timed(LIGHT, runs, lambda: maker.light(document, packaged, light), light))
    return done


def _time_level(level: str, maker: Maker, packaged: Path, work: Path, runs: int) -> Iterator[Timed]:
    signed, sealed, renewed = (work / f"{level}-{name}.pdf" for name in ("signed", "sealed", "renewed"))
    steps: dict[str, tuple[Callable[[], object], Path]] = {
        OFFICER: (lambda: maker.sign(packaged, signed), signed),
        SEAL: (lambda: maker.seal(signed, sealed), sealed),
        VERIFY: (lambda: _verified(maker, sealed), sealed),
        RENEW: (lambda: maker.renew(sealed, renewed), renewed),
        f"{VERIFY} renewed": (lambda: _verified(maker, renewed), renewed),
    }
    for name, (step, out) in steps.items():
        yield _timed(named(name, level), runs, step, out)


def _checked(pdf: Path) -> None:
    if found := packaging.check(pdf):
        raise RuntimeError(f"{pdf.name} is not valid: {found[0].rule}")


def _verified(maker: Maker, pdf: Path) -> None:
    verdict = maker.verify(pdf)
    if not verdict.ok:
        raise RuntimeError(f"{pdf.name} is {verdict.level}: {', '.join(found.rule for found in verdict.findings)}")


def _timed(what: str, runs: int, step: Callable[[], object], out: Path) -> Timed:
    walls, cpus = [], []
    try:
        step()
        for _ in range(runs):
            with Meter() as meter:
                step()
            walls.append(meter.wall)
            cpus.append(meter.cpu)
    except (SohoaError, RuntimeError, AttributeError) as refused:
        return Timed(what, runs, refused=f"{type(refused).__name__}: {refused}")
    return Timed(what, runs, statistics.median(walls), statistics.median(cpus), out.stat().st_size)


def time_key(what: str, source: KeySource, ask: Ask, maker: Maker, pdf: Path, runs: int) -> list[Timed]:
    """Open the officer's key where it is, and sign ``pdf`` with it; ``ask`` answers for its PIN."""
    out, keys = pdf.with_name("by-key.pdf"), []

    def open_() -> None:
        keys.append(packaging.open_key("officer", source, datetime.now(UTC), ask))

    def sign() -> None:
        packaging.sign_officer(pdf, out, keys[-1], maker.legal, datetime.now(UTC), maker.keys)

    done = [_timed(f"open {what}", 1, open_, pdf)]
    return done if done[0].refused else [*done, _timed(f"{OFFICER} {maker.keys.level} by {what}", runs, sign, out)]


def time_peer(document: Document, work: Path, runs: int) -> Timed:
    """OCRmyPDF makes PDF/A of the same pictures, without reading them."""
    scan, out = work / "scan.pdf", work / "peer.pdf"
    pictures = [str(page.carrier) for page in document.pages]
    scan.write_bytes(img2pdf.convert(pictures, engine=img2pdf.Engine.internal))
    command = [sys.executable, "-m", "ocrmypdf", "--quiet", *OCRMYPDF_OPTIONS, str(scan), str(out)]

    def step() -> None:
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode("utf-8", "replace").strip()[-200:])

    return _timed(PEER, runs, step, out)


def use_memory(document: Document, maker: Maker, work: Path) -> Memory:
    """Package, check, sign, seal, verify once."""
    folder = work / f"memory-{len(document.pages)}"
    folder.mkdir()
    packaged, signed, sealed = (folder / f"{name}.pdf" for name in ("packaged", "signed", "sealed"))
    steps: dict[str, Callable[[], object]] = {
        "package": lambda: maker.package(document, packaged),
        "check": lambda: _checked(packaged),
        "sign": lambda: maker.sign(packaged, signed),
        "seal": lambda: maker.seal(signed, sealed),
        "verify": lambda: _verified(maker, sealed),
    }
    before, after, refused = _resident("VmRSS"), {}, ""
    with _sampled() as own:
        for name, step in steps.items():
            try:
                step()
            except (SohoaError, RuntimeError) as error:
                refused = f"{name}: {type(error).__name__}: {error}"
                break
            after[name] = peak_megabytes()
    size = sealed.stat().st_size / 1e6 if sealed.exists() else 0.0
    for file in (packaged, signed, sealed):
        file.unlink(missing_ok=True)
    return Memory(len(document.pages), before, peak_megabytes(), max(own), size, after, refused)


@contextmanager
def _sampled() -> Iterator[list[float]]:
    """The process's own memory (no files), looked at again and again while the block runs."""
    seen, ended = [_resident("RssAnon")], threading.Event()

    def look() -> None:
        while not ended.wait(_SAMPLED):
            seen.append(_resident("RssAnon"))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()
        seen.append(_resident("RssAnon"))


def _resident(line: str) -> float:
    for each in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if each.startswith(f"{line}:"):
            return int(each.split()[1]) * 1024 / 1e6
    return 0.0
