"""What a run of the bench of records found, and whether it reaches the bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.bars import Bar, most
from benchmarks.records import steps
from benchmarks.records.cases import ODD, SETS
from benchmarks.records.cost import Costs
from benchmarks.records.maker import STAGES
from benchmarks.records.picture import BYTES, OTHER, PIXELS, VECTOR, Look, worst
from benchmarks.records.steps import Memory, Timed
from benchmarks.records.tampering import Tried
from benchmarks.records.validity import Checked, Sized, Walk

SSIM = 0.999
_ODD_INPUTS = 60
_MEGABYTES = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a run measured; parts that were not asked for are empty."""

    walk: Walk = field(default_factory=Walk)
    attacks: tuple[Tried, ...] = ()
    good: tuple[Tried, ...] = ()
    costs: Costs | None = None
    load: float | None = None
    """Processes that were running before, on average; costs are only worth something where it is low."""


def bars_of(outcome: Outcome) -> list[Bar]:
    """All bars, in the order of the requirements."""
    return [
        *_validity(outcome.walk.checked),
        *_pictures(outcome.walk.looks),
        *_tampering(outcome),
        *_costs(outcome.costs),
        *_sizes(outcome.walk.sizes),
    ]


def _share(what: str, good: int, all_: int, bar: str = "all") -> Bar:
    return Bar(what, f"{good} of {all_}" if all_ else "–", bar, good == all_ if all_ else None)


def _validity(checked: Sequence[Checked]) -> Iterator[Bar]:
    for name in SETS:
        ours = [one for one in checked if one.set == name]
        yield _share(
            f"valid PDF/A, {name}: files of all stages and flavours", sum(one.valid for one in ours), len(ours)
        )
    odd = len({one.name for one in checked if one.set == ODD})
    yield Bar("odd inputs tried", str(odd) if odd else "–", f"≥ {_ODD_INPUTS}", odd >= _ODD_INPUTS if odd else None)
    stages = {one.stage for one in checked}
    missing = [stage for stage in STAGES if stage not in stages]
    yield Bar(
        "stages checked", ", ".join(stage for stage in STAGES if stage in stages) or "–", ", ".join(STAGES),
        not missing if checked else None,
    )  # fmt: skip
    asked = [one for one in checked if one.verapdf is not None]
    yield _share("veraPDF agrees", sum(one.verapdf is one.valid for one in asked), len(asked))


def _pictures(looks: Sequence[Look]) -> Iterator[Bar]:
    scanned = [look for look in looks if look.kept != VECTOR]
    passed = [look for look in scanned if look.kept in (BYTES, PIXELS)]
    yield Bar(
        "pages whose picture is the scan's own, pixel for pixel",
        f"{len(passed)} of {len(scanned)}" if scanned else "–",
        f"all, else SSIM ≥ {SSIM}",
        None if not scanned else all((look.ssim or 0) >= SSIM for look in scanned if look.kept == OTHER),
    )
    low = worst(scanned)
    yield Bar(
        "least SSIM of a drawn page against its upright scan",
        "–" if low is None or low.ssim is None else f"{low.ssim:.5f}",
        f"≥ {SSIM}",
        None if low is None or low.ssim is None else low.ssim >= SSIM,
    )


def _tampering(outcome: Outcome) -> Iterator[Bar]:
    attacks = outcome.attacks
    yield _share("attacks found", sum(one.found for one in attacks), len(attacks))
    yield _share("… for what was done", sum(one.rightly for one in attacks), len(attacks))
    alarms = sum(one.found for one in outcome.good)
    measured = f"{alarms} of {len(outcome.good)}" if outcome.good else "–"
    yield Bar("false alarms on good records", measured, "0", alarms == 0 if outcome.good else None)


def _costs(costs: Costs | None) -> Iterator[Bar]:
    def page(timed: Timed) -> float:
        return timed.cpu / (costs.pages if costs else 1)

    def wall(timed: Timed) -> float:
        return timed.wall

    for what, step, figure, bar in (
        ("package with checks, CPU-s a page", steps.PACKAGE, page, 0.05),
        ("sign B-T (officer)", steps.named(steps.OFFICER, "B-T"), wall, 0.4),
        ("sign B-T (agency)", steps.named(steps.SEAL, "B-T"), wall, 0.4),
        ("verify a sealed B-T record", steps.named(steps.VERIFY, "B-T"), wall, 0.3),
    ):
        timed = costs.timed(step) if costs else None
        if costs and timed is None:
            yield Bar(what, "refused", f"≤ {bar:g} s", False)
        else:
            yield most(what, figure(timed) if timed else None, bar, " s")
    yield _memory(costs.memory[-1] if costs else None)


def _memory(long: Memory | None) -> Bar:
    wanted = f"≤ {_MEGABYTES} MB"
    if long is None:
        return Bar("peak memory, 300 pages", "–", wanted, None)
    measured = f"{long.resident:.0f} MB" + (" and broke off" if long.refused else "")
    return Bar(f"peak memory, {long.pages} pages", measured, wanted, not long.refused and long.resident <= _MEGABYTES)


def _sizes(sizes: Sequence[Sized]) -> Iterator[Bar]:
    real = [one for one in sizes if one.set != ODD]
    over = max((100 * (one.packaged / one.scan - 1) for one in real), default=None)
    within = sum(one.packaged <= 1.05 * one.scan for one in real)
    yield _share("records ≤ scan + 5 %, scans and drawn papers", within, len(real))
    yield most("… the largest growth", over, 5, " %")
    light = [one.light / one.pages / 1e3 for one in sizes if one.light is not None and one.full]
    yield most("light copy, largest mean of a document, KB a page", max(light, default=None), 100, " KB")
