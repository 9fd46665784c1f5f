"""Is every attack found, with its reason, and is no good record suspected? Others judge the same files beside us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.records import opinions
from benchmarks.records.cases import Case
from benchmarks.records.maker import FLAVOURS, LEVELS, RENEWED, SEALED, Maker


@dataclass(frozen=True, slots=True)
class Tried:
    """An attack or a good record: whether something speaks against it, by us with the reasons, and by others."""

    name: str
    found: bool
    reasons: tuple[str, ...]
    pyhanko: opinions.Opinion
    pdfsig: opinions.Opinion


def judged(name: str, pdf: Path, maker: Maker) -> Tried:
    """What we and others say of ``pdf``, from nothing but the file and the trusted root."""
    verdict = maker.verify(pdf)
    reasons = tuple(dict.fromkeys(found.rule for found in verdict.findings))
    return Tried(name, not verdict.ok, reasons, opinions.pyhanko(pdf, maker.chain), opinions.pdfsig(pdf))


def good(
    cases: Iterable[Case], maker: Maker, work: Path, *, step: Callable[[], object] = lambda: None
) -> Iterator[Tried]:
    """Records of all cases in all flavours and levels, sealed and renewed: none of them may be suspected."""
    for case in cases:
        for flavour in FLAVOURS:
            for level in LEVELS:
                folder = work / f"good-{flavour}-{level}"
                for stage, made in maker.at(level).stages(case.document, folder, flavour):
                    name = f"{case.set}/{case.name} {flavour} {level} {stage}"
                    if isinstance(made, str):
                        nothing = opinions.Opinion(True, "not made")
                        yield Tried(name, True, (made,), nothing, nothing)
                    elif stage in (SEALED, RENEWED):
                        yield judged(name, made, maker.at(level))
            step()
