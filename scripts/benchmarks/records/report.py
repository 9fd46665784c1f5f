"""Tables of a run of the bench of records, for the terminal and for the documentation."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import pairwise

from benchmarks import report as general
from benchmarks import tables
from benchmarks.records import opinions, steps
from benchmarks.records.cost import Costs
from benchmarks.records.figures import Outcome, bars_of
from benchmarks.records.maker import LEVELS, PACKAGED, STAGES
from benchmarks.records.picture import BYTES, OTHER, PIXELS, VECTOR, worst
from benchmarks.records.tampering import Tried
from benchmarks.tables import Cells, figure
from pipeline import programs

_PACKAGES = (
    "certomancer", "img2pdf", "ocrmypdf", "opencv-python-headless", "pikepdf", "pyhanko", "pyhanko-certvalidator",
    "pypdfium2", "sohoa",
)  # fmt: skip

VALID_HEAD = ("set", "flavour", "documents", *STAGES)
PICTURE_HEAD = ("set", "", "pages", BYTES, PIXELS, OTHER, VECTOR, "drawn", "least SSIM", "least SSIM born digital")
ATTACK_HEAD = ("attack", "ours", "reason", "pyHanko alone", "pdfsig")
GOOD_HEAD = ("", "", "ours", "pyHanko alone", "pdfsig")
COST_HEAD = ("step", "", "seconds", "CPU-s", "CPU-s a page")
_STEPS = ("package", "check", "sign", "seal", "verify")
MEMORY_HEAD = ("pages", "record MB", "before", *(f"after {name}" for name in _STEPS), "own at most", "")
SIZE_HEAD = ("set", "source", "pages", "scan KB", "record KB", "growth %", "sealed KB", "light KB a page")
LEVEL_HEAD = ("level", "", "first signature KB", "second KB", "renewal KB")


def sections(outcome: Outcome) -> Iterator[tuple[str, Sequence[str], Cells]]:
    """Title, head and cells of every table that has something to tell."""
    told = (
        ("Bars", tables.BAR_HEAD, tables.bar_cells(bars_of(outcome))),
        ("Validity", VALID_HEAD, valid_cells(outcome)),
        ("Picture", PICTURE_HEAD, picture_cells(outcome)),
        ("Tampering", GOOD_HEAD, [*found_cells(outcome.attacks), *good_cells(outcome.good)]),
        ("Attacks", ATTACK_HEAD, attack_cells(outcome.attacks)),
        ("Cost", COST_HEAD, cost_cells(outcome.costs)),
        ("Memory (MB)", MEMORY_HEAD, memory_cells(outcome.costs)),
        ("Bytes that signatures add", LEVEL_HEAD, level_cells(outcome.costs)),
        ("Size", SIZE_HEAD, size_cells(outcome)),
    )
    return ((title, head, body) for title, head, body in told if body)


def valid_cells(outcome: Outcome) -> Cells:
    """Valid files of those tried, by set, flavour and stage."""
    groups = dict.fromkeys((one.set, one.flavour) for one in outcome.walk.checked)
    rows = []
    for name, flavour in groups:
        own = [one for one in outcome.walk.checked if (one.set, one.flavour) == (name, flavour)]
        row = [name, flavour, str(len({one.name for one in own}))]
        for stage in STAGES:
            at = [one for one in own if one.stage == stage]
            row.append(f"{sum(one.valid for one in at)} of {len(at)}" if at else "–")
        rows.append(row)
    return rows


def picture_cells(outcome: Outcome) -> Cells:
    """How the pictures were taken over, by set."""
    rows = []
    for name in dict.fromkeys(look.set for look in outcome.walk.looks):
        own = [look for look in outcome.walk.looks if look.set == name]
        counts = [str(sum(look.kept == kept for look in own)) for kept in (BYTES, PIXELS, OTHER, VECTOR)]
        least = [worst([look for look in own if (look.kept == VECTOR) is vector]) for vector in (False, True)]
        drawn = str(sum(look.ssim is not None for look in own))
        rows.append([name, "", str(len(own)), *counts, drawn, *(figure(one.ssim if one else None, 5) for one in least)])
    return rows


def attack_cells(attacks: Sequence[Tried]) -> Cells:
    """A row for every attack, whatever the levels it was tried at."""
    rows = []
    for name in dict.fromkeys(one.name for one in attacks):
        own = [one for one in attacks if one.name == name]
        missed = [one.level for one in own if not one.found]
        reasons = dict.fromkeys(reason for one in own for reason in one.reasons)
        rows.append(
            [
                name,
                f"MISSED ({', '.join(missed)})"
                if missed
                else "found"
                if all(one.rightly for one in own)
                else "found (?)",
                ", ".join(reasons) or "–",
                _against([one.pyhanko for one in own]),
                _against([one.pdfsig for one in own]),
            ]
        )
    return rows


def _against(said: Sequence[opinions.Opinion]) -> str:
    against = dict.fromkeys(opinion.what for opinion in said if opinion.against)
    if all(opinion.against for opinion in said):
        return f"found ({', '.join(against)})"
    return "found in part" if against else ", ".join(dict.fromkeys(opinion.what or "passes" for opinion in said))


def found_cells(attacks: Sequence[Tried]) -> Cells:
    """How many attacks each finds."""
    if not attacks:
        return []
    against = (sum(one.found for one in attacks), *(sum(o.against for o in os) for os in _others(attacks)))
    return [["attacks found", "", *(f"{count} of {len(attacks)}" for count in against)]]


def good_cells(good: Sequence[Tried]) -> Cells:
    """How many good records each suspects."""
    if not good:
        return []
    against = (sum(one.found for one in good), *(sum(o.against for o in os) for os in _others(good)))
    return [["good records suspected", "", *(f"{count} of {len(good)}" for count in against)]]


def _others(tried: Sequence[Tried]) -> tuple[list[opinions.Opinion], list[opinions.Opinion]]:
    return [one.pyhanko for one in tried], [one.pdfsig for one in tried]


def cost_cells(costs: Costs | None) -> Cells:
    """A row for every step, ours and the peer's."""
    if costs is None:
        return []
    return [
        [one.what, "", "refused", "–", "–"] if one.refused else
        [one.what, "", figure(one.wall, 3), figure(one.cpu, 3), figure(one.cpu / costs.pages, 4)]
        for one in (*costs.ours, costs.peer)
    ]  # fmt: skip


def memory_cells(costs: Costs | None) -> Cells:
    """A row for every length."""
    if costs is None:
        return []
    return [
        [
            str(one.pages),
            figure(one.record, 1),
            figure(one.before, 0),
            *(figure(one.after.get(name), 0) for name in _STEPS),
            figure(one.own, 0),
            "refused" if one.refused else "",
        ]
        for one in costs.memory
    ]


def level_cells(costs: Costs | None) -> Cells:
    """What each level adds to the file."""
    packaged = costs.timed(steps.PACKAGE) if costs else None
    if costs is None or packaged is None:
        return []
    rows = []
    for level in LEVELS:
        sizes = [packaged.size]
        for step in (steps.OFFICER, steps.SEAL, steps.RENEW):
            found = costs.timed(steps.named(step, level))
            sizes.append(found.size if found else 0)
        added = [(after - before) / 1e3 if after and before else None for before, after in pairwise(sizes)]
        rows.append([level, "", *(figure(size, 1) for size in added)])
    return rows


def size_cells(outcome: Outcome) -> Cells:
    """A row for every source."""
    return [
        [
            one.set,
            one.name,
            str(one.pages),
            figure(one.scan / 1e3, 0),
            figure(one.packaged / 1e3, 0),
            figure(100 * (one.packaged / one.scan - 1), 1),
            figure(one.sealed / 1e3, 0),
            figure(one.light / one.pages / 1e3 if one.light is not None else None, 0),
        ]
        for one in outcome.walk.sizes
    ]


def facts(outcome: Outcome) -> Iterator[str]:
    """What does not fit into tables, a line each; every failure is among them."""
    if outcome.load is not None:
        yield f"Load of the machine before the run: {outcome.load:.1f} processes."
    costs = outcome.costs
    if costs:
        yield f"Timed on {costs.pages} pages, {costs.megabytes:.1f} MB; medians of {costs.ours[0].runs} runs."
        ours = costs.timed(steps.PACKAGE)
        if ours and not costs.peer.refused:
            yield (
                f"OCRmyPDF (`{' '.join(steps.OCRMYPDF_OPTIONS)}`): {costs.peer.cpu / ours.cpu:.1f} times the CPU "
                f"time, {costs.peer.size / ours.size:.3f} times the bytes."
            )
        for timed in (*costs.ours, costs.peer):
            if timed.refused:
                yield f"Not done: {timed.what}: {timed.refused}."
        for memory in costs.memory:
            if memory.refused:
                yield f"Memory, {memory.pages} pages, broke off: {memory.refused}."
    checked = outcome.walk.checked
    proofs = sum(one.proofs for one in checked)
    if proofs:
        refused = [(one, what) for one in checked for what in one.unproven]
        yield f"openssl accepts {proofs - len(refused)} of {proofs} signatures and time stamps."
        yield from (f"  {_place(one)}: {what}" for one, what in refused)
        signed = [one for one in checked if one.proofs and one.stage != PACKAGED]
        against = [one for one in signed if one.pdfsig]
        yield f"pdfsig accepts {len(signed) - len(against)} of {len(signed)} signed files."
        yield from (f"  {_place(one)}: {one.pdfsig}" for one in against)
    if checked and not opinions.has_verapdf():
        yield "veraPDF is not installed here and was not asked."
    yield from (f"NOT VALID: {_place(one)}: {'; '.join(one.findings[:3])}." for one in checked if not one.valid)
    yield from (f"veraPDF disagrees: {_place(one)}." for one in checked if one.verapdf not in (None, one.valid))
    yield from (f"No light copy: {one.set} {one.name}: {one.refused}." for one in outcome.walk.sizes if one.refused)
    for look in outcome.walk.looks:
        if look.ssim is not None and look.ssim < 0.999:
            yield f"SSIM {look.ssim:.5f}: {look.set}/{look.name} page {look.page} ({look.kept})."
    yield from (f"MISSED: {one.name} ({one.level})." for one in outcome.attacks if not one.found)
    yield from (
        f"Found for another reason than what was done: {one.name} ({one.level}): {', '.join(one.reasons)}."
        for one in outcome.attacks
        if one.found and not one.rightly
    )
    yield from (f"FALSE ALARM: {one.name} {one.level}: {', '.join(one.reasons)}." for one in outcome.good if one.found)


def _place(one: object) -> str:
    return " ".join(str(getattr(one, part)) for part in ("set", "name", "flavour", "level", "stage"))


def versions() -> str:
    """Versions of what makes and judges records, in one line."""
    installed = {one.name.lower() for one in importlib.metadata.distributions()}
    packages = [f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES if name in installed]
    return ", ".join([f"Python {platform.python_version()}", *packages, *_programs()])


def _programs() -> Iterator[str]:
    asked = (programs.version("openssl", "version"), programs.version("pdfsig", "-v"), programs.version("verapdf"))
    return (said.split("  ")[0] for said in asked if said)


def as_markdown(outcome: Outcome) -> str:
    """The page ``docs/benchmarks-records.md``."""
    parts = [
        "# Benchmarks: records",
        "Written by `scripts/bench records --write`; do not edit by hand. What is made and how it is judged is said in "
        "`scripts/benchmarks/records/`.",
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {general.machine()}. {versions()}.",
        "`scans`: real scans. `drawn`: drawn papers of invented persons with the text that is on them. `odd`: inputs "
        "that are seldom met. Every record is packaged, signed by an officer, sealed by an agency and renewed, in "
        "three flavours of PDF/A; levels of signatures take turns. CA, OCSP, CRL and TSA answer on this machine. "
        "Attacks are judged from the file and the trusted root alone.",
    ]
    for title, head, body in sections(outcome):
        parts += [f"## {title}", tables.markdown(head, body)]
    parts += ["## Remarks", "\n".join(f"- {line.strip()}" for line in facts(outcome))]
    return "\n\n".join(parts) + "\n"


def as_json(outcome: Outcome) -> str:
    """Everything, file by file."""
    told = {
        "machine": general.machine(),
        "versions": versions(),
        "bars": [asdict(bar) for bar in bars_of(outcome)],
        "checked": [asdict(one) for one in outcome.walk.checked],
        "pictures": [asdict(one) for one in outcome.walk.looks],
        "sizes": [asdict(one) for one in outcome.walk.sizes],
        "attacks": [_plain(one) for one in outcome.attacks],
        "good": [_plain(one) for one in outcome.good],
        "costs": asdict(outcome.costs) if outcome.costs else None,
        "load": outcome.load,
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _plain(one: Tried) -> dict[str, object]:
    return {**asdict(one), "wanted": sorted(one.wanted)}
