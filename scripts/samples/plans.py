"""Which papers lie in which file of a dossier, under which conditions.

Below seed 1000 there are two fixed plans, one for each theme. From there on the kinds of papers go round, as do the
conditions: any thirty dossiers in a row hold every kind at least three times and every condition at least once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from samples import chance
from samples.forms import FORMS
from samples.forms.cards import card_kinds
from samples.story import VARIED_FROM, Story


@dataclass(frozen=True, slots=True)
class Plan:
    """A scan file: its name, the kinds of papers in it, the conditions they are usually under."""

    name: str
    kinds: tuple[str, ...]
    conditions: tuple[str, ...] = ()

    @property
    def born_digital(self) -> bool:
        """Whether it was never on paper."""
        return not self.conditions


_FIXED: dict[str, tuple[Plan, ...]] = {
    "civil": (
        Plan("01-giay-tiep-nhan.pdf", ("giay_tiep_nhan_va_hen_tra",), ("tint",)),
        Plan("02-don.jpg", ("don",), ("tint", "skew")),
        Plan("03-can-cuoc.jpg", ("can_cuoc_cong_dan",), ("tint",)),
        Plan("04-giay-khai-sinh.tif", ("giay_khai_sinh",), ("noise",)),
        Plan("05-quyet-dinh.pdf", ("quyet_dinh",), ("tint", "skew")),
        Plan("06-cong-van.tif", ("cong_van",), ("fax",)),
        Plan("07-chong-giay-to.pdf", ("to_trinh", "thong_bao"), ("tint", "bleed_through")),
    ),
    "estate": (
        Plan("01-giay-tiep-nhan.pdf", ("giay_tiep_nhan_va_hen_tra",), ("noise",)),
        Plan("02-giay-chung-nhan-dat.pdf", ("giay_chung_nhan_quyen_su_dung_dat",), ("noise", "rot90")),
        Plan("03-dang-ky-doanh-nghiep.jpg", ("giay_chung_nhan_dang_ky_doanh_nghiep",), ("uneven_light",)),
        Plan("04-can-cuoc.jpg", ("can_cuoc_cong_dan",), ("photo",)),
        Plan("05-chong-giay-to.pdf", ("don", "quyet_dinh"), ("tint", "skew")),
        Plan("06-thong-bao-dien-tu.pdf", ("thong_bao",)),
        Plan("07-cong-van.pdf", ("cong_van",), ("box_stamp", "noise")),
    ),
}
FEEDER = (
    ("clean",),
    ("tint",),
    ("tint", "skew"),
    ("noise",),
    ("tint", "bleed_through"),
    ("uneven_light",),
    ("rot180", "tint"),
    ("jpeg", "tint"),
    ("faded", "noise"),
    ("blur",),
    ("stamp", "tint"),
    ("box_stamp", "noise"),
    ("skew", "noise"),
)
"""What happens to papers that go through a feeder."""
_ALL = (
    *FEEDER,
    ("photo",),
    ("rot90", "noise"),
    ("rot270", "skew"),
    ("fax",),
    ("skew_varying", "tint"),
    ("low_res",),
    ("tint", "uneven_light"),
)
_COARSE = {"low_res", "fax"}
"""Nobody hands in a card like this: there is nothing left to be read on it."""
_SIZES = (6, 7, 8, 9)
"""Papers in a dossier, in turn."""


@cache
def _order() -> tuple[str, ...]:
    kinds = sorted(FORMS)
    chance.words(0, "order of kinds").shuffle(kinds)
    return tuple(kinds)


def _conditions(number: int, kind: str) -> tuple[str, ...]:
    """Conditions of the paper with this number since seed 1000: each comes once in every round, in changing order."""
    order = list(_ALL)
    chance.words(number // len(_ALL), "order of conditions").shuffle(order)
    chosen = order[number % len(_ALL)]
    return ("photo",) if kind in card_kinds() and _COARSE & set(chosen) else chosen


def _stem(story: Story, number: int, kinds: tuple[str, ...], taken: str) -> str:
    """File names as people and devices give them, one habit a dossier."""
    label = "chong-giay-to" if len(kinds) > 1 else kinds[0].replace("_", "-")
    day = f"{story.received:%Y%m%d}"
    habits = (f"{number:02d}-{label}", f"{taken}_{day}_{number:04d}", f"{number:02d} {label.replace('-', ' ').title()}")
    return habits[story.seed % len(habits)]


def _going_round(story: Story) -> tuple[Plan, ...]:
    turn = story.seed - VARIED_FROM
    rounds, place = divmod(turn, len(_SIZES))
    first = rounds * sum(_SIZES) + sum(_SIZES[:place])
    order = _order()
    plans: list[Plan] = []
    numbers = list(range(first, first + _SIZES[place]))
    while numbers:
        number = numbers.pop(0)
        kinds: tuple[str, ...] = (order[number % len(order)],)
        conditions = _conditions(number, kinds[0])
        if len(numbers) == 1 and turn % 3 == 0:
            kinds += (order[numbers.pop() % len(order)],)
        photo = "photo" in conditions
        suffix = ".jpg" if photo and len(kinds) == 1 else (".pdf", ".pdf", ".jpg", ".tif")[number % 4]
        name = _stem(story, len(plans) + 1, kinds, "IMG" if photo else "SCAN")
        plans.append(Plan(f"{name}{'.pdf' if len(kinds) > 1 else suffix}", kinds, conditions))
    return tuple(plans)


def plans_of(story: Story) -> tuple[Plan, ...]:
    """The files of a story's dossier. A ``.jpg`` or ``.tif`` may turn out to have several pages: see the dossier."""
    return _going_round(story) if story.varied else _FIXED[story.theme]
