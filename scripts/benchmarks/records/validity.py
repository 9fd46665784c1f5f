"""Every record at every stage before the project's own checker, and before veraPDF where it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.records import opinions, picture
from benchmarks.records.cases import Case
from benchmarks.records.maker import FLAVOURS, LEVELS, PACKAGED, SEALED, SIGNED, Maker
from pipeline import packaging
from pipeline.errors import SohoaError

_DRAWN_PAGES = 3
_LIGHT_PAGES = 20
"""No light copy is made of longer documents: it is as much work for each page."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One file, or a stage that could not be made: ``findings`` is empty when it is valid PDF/A.

    ``verapdf`` is its answer, ``None`` where it was not asked; ``unproven`` are stamps and signatures that openssl
    refused, of ``proofs`` looked at; ``pdfsig`` what speaks against the file, ``size`` its bytes.
    """

    set: str
    name: str
    flavour: str
    level: str
    stage: str
    findings: tuple[str, ...]
    size: int = 0
    verapdf: bool | None = None
    proofs: int = 0
    unproven: tuple[str, ...] = ()
    pdfsig: str = ""

    @property
    def valid(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Sized:
    """The record of one source beside its scan, in bytes; ``refused`` says why there is no light copy."""

    set: str
    name: str
    pages: int
    full: bool
    scan: int
    packaged: int
    sealed: int
    light: int | None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """What was seen of all cases."""

    checked: list[Checked] = field(default_factory=list)
    looks: list[picture.Look] = field(default_factory=list)
    sizes: list[Sized] = field(default_factory=list)


def walk(
    cases: Iterable[Case],
    maker: Maker,
    work: Path,
    *,
    flavours: Sequence[str] = FLAVOURS,
    keep: Path | None = None,
    step: Callable[[], object] = lambda: None,
) -> Walk:
    """Make the records of all cases and look at every stage; levels take turns.

    Others are asked about the signed records of the first flavour; its pictures and sizes are looked at, too.

    Args:
        cases: the documents.
        maker: makes the records.
        work: folder for what is made; emptied after each case.
        flavours: PDF/A flavours to make.
        keep: folder that all PDFs are copied to.
        step: called after each case.
    """
    seen = Walk()
    for number, case in enumerate(cases):
        for turn, flavour in enumerate(flavours):
            level = LEVELS[(number + turn) % len(LEVELS)]
            folder = work / "made"
            made: dict[str, Path] = {}
            for checked, pdf in _stages(case, maker.at(level), folder, flavour, seconded=turn == 0):
                seen.checked.append(checked)
                if pdf is not None:
                    made[checked.stage] = pdf
                    if keep is not None:
                        _keep(pdf, keep, f"{case.set}-{case.name}-{flavour}-{level}-{checked.stage}")
            if turn == 0 and PACKAGED in made:
                seen.looks.extend(picture.looks(case, made[PACKAGED], _DRAWN_PAGES))
                seen.sizes.append(_size(case, maker, made, folder / "light.pdf"))
            shutil.rmtree(folder, ignore_errors=True)
        step()
    return seen


def _stages(
    case: Case, maker: Maker, folder: Path, flavour: str, *, seconded: bool
) -> Iterator[tuple[Checked, Path | None]]:
    level = maker.keys.level
    for stage, made in maker.stages(case.document, folder, flavour):
        about = (case.set, case.name, flavour, level, stage)
        if isinstance(made, str):
            yield Checked(*about, findings=(f"not made: {made}",)), None
            continue
        findings = tuple(f"{found.rule} {found.where}" for found in packaging.check(made))
        verapdf = opinions.verapdf(made, flavour) if opinions.has_verapdf() else None
        signed = seconded and stage != PACKAGED
        proofs = opinions.openssl(made, maker.chain) if signed else opinions.Proofs()
        pdfsig = opinions.pdfsig(made) if signed else opinions.Opinion(False, "")
        yield (
            Checked(
                *about,
                findings=findings,
                size=made.stat().st_size,
                verapdf=verapdf,
                proofs=proofs.count,
                unproven=proofs.refused,
                pdfsig=pdfsig.what if pdfsig.against else "",
            ),
            made,
        )


def _keep(pdf: Path, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    safe = "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in name)
    shutil.copyfile(pdf, folder / f"{safe}.pdf")


def _size(case: Case, maker: Maker, made: dict[str, Path], light: Path) -> Sized:
    sealed, pages, refused = made.get(SEALED) or made.get(SIGNED), len(case.document.extraction.pages), ""
    if pages <= _LIGHT_PAGES:
        try:
            maker.light(case.document, made[PACKAGED], light)
        except SohoaError as error:
            refused = f"{error.rule}: {error.text.en}"
    return Sized(
        case.set,
        case.name,
        pages,
        case.full,
        case.document.source.size,
        made[PACKAGED].stat().st_size,
        sealed.stat().st_size if sealed else 0,
        light.stat().st_size if light.exists() else None,
        refused,
    )
