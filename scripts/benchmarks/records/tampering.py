"""Is every attack found, with its reason, and is no good record suspected? Others judge the same files beside us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.records import opinions
from benchmarks.records.attack_tools import Attack, Key, Target, forge
from benchmarks.records.attacks import attacks
from benchmarks.records.cases import Case
from benchmarks.records.maker import FLAVOURS, LEVELS, PACKAGED, RENEWED, SEALED, SIGNED, Maker
from pipeline.packaging import AGENCY_FIELD, OFFICER_FIELD
from pipeline.settings.site import Level
from pki import Pki

_OTHERS = ("impostor", "expired", "encryption")


@dataclass(frozen=True, slots=True)
class Tried:
    """An attack or a good record: what speaks against it, by us with the reasons, and by others.

    ``wanted`` are the reasons that an attack is to be found for, any of them; none for a good record.
    """

    name: str
    level: str
    found: bool
    reasons: tuple[str, ...]
    pyhanko: opinions.Opinion
    pdfsig: opinions.Opinion
    wanted: frozenset[str] = field(default_factory=frozenset)

    @property
    def rightly(self) -> bool:
        """Whether it was found for what was done."""
        return self.found and bool(self.wanted.intersection(self.reasons))


def attacked(
    cases: tuple[Case, Case], pki: Pki, maker: Maker, level: Level, work: Path, step: Callable[[], object]
) -> Iterator[Tried]:
    """Every attack on the record of the first case at ``level``; the second one is another record of the same hands.

    Nothing is asked on line, but for a revoked certificate: nothing in the file tells of it when it was signed by
    somebody who does not want to be found out.
    """
    one = maker.at(level)
    folder = work / f"attacked-{level}"
    made, second = (
        {stage: pdf for stage, pdf in one.stages(case.document, folder / name, "2b") if isinstance(pdf, Path)}
        for case, name in zip(cases, ("first", "second"), strict=True)
    )

    def key(label: str) -> Key:
        return Key(pki.p12(label), pki.passphrase)

    target = Target(
        plain=made[PACKAGED],
        officer=made[SIGNED],
        sealed=made[SEALED],
        second=second[SEALED],
        officer_key=key("officer"),
        agency_key=key("agency"),
        others={label: key(label) for label in _OTHERS},
        tsa="" if level == "B-B" else pki.tsa(),
        level=level,
    )
    for attack in attacks(target, folder / "files"):
        yield judged(attack.name, attack.pdf, one, attack)
        step()
    if target.tsa:
        yield judged("officer: revoked", _revoked(target, key("revoked"), folder), one, online=True)


def _revoked(target: Target, key: Key, folder: Path) -> Path:
    officer = forge(target.plain, folder / "revoked-officer.pdf", key, OFFICER_FIELD, tsa=target.tsa)
    return forge(officer, folder / "revoked.pdf", target.agency_key, AGENCY_FIELD, tsa=target.tsa)


def judged(name: str, pdf: Path, maker: Maker, attack: Attack | None = None, *, online: bool = False) -> Tried:
    """What we and others say of ``pdf``; they know nothing but the file and the trusted root (and ``expected``, we)."""
    verdict = maker.verify(pdf, attack.expected if attack else None, online=online)
    reasons = tuple(dict.fromkeys(found.rule for found in verdict.findings))
    wanted = attack.rules if attack else frozenset({"revoked"} if online else ())
    others = opinions.pyhanko(pdf, maker.chain), opinions.pdfsig(pdf)
    return Tried(name, maker.keys.level, not verdict.ok, reasons, *others, wanted)


def good(
    cases: Iterable[Case],
    maker: Maker,
    work: Path,
    step: Callable[[], object],
    *,
    flavours: Sequence[str] = FLAVOURS,
    levels: Sequence[Level] = LEVELS,
) -> Iterator[Tried]:
    """Records of all cases in all flavours and levels, sealed and renewed: none of them may be suspected."""
    for case in cases:
        for flavour in flavours:
            for level in levels:
                folder = work / f"good-{flavour}-{level}"
                for stage, made in maker.at(level).stages(case.document, folder, flavour):
                    name = f"{case.set}/{case.name} {flavour} {stage}"
                    if isinstance(made, str):
                        nothing = opinions.Opinion(True, "not made")
                        yield Tried(name, level, True, (made,), nothing, nothing)
                    elif stage in (SEALED, RENEWED):
                        yield judged(name, made, maker.at(level))
                step()
